"""How the bundled classifiers are trained: pictures moved about, and a network that learns and is kept."""

from dataclasses import replace

import pytest
import torch
from toys import pictures

from checkpoints import classifiers
from gan_core.evaluation.extractors import classifier
from gan_core.evaluation.extractors.network import Classifier, fold_batch_norm

STILL = replace(classifiers.PLANS["fashion"], flip=False, rotation=0, scale=0, shift=0, erase=0)


@pytest.mark.parametrize(("channels", "size"), [(1, 28), (3, 64), (3, 32)])
def test_folding_the_norms_changes_nothing(channels, size):
    torch.manual_seed(0)
    network = Classifier(channels, size, 5)
    batch = torch.randn(6, channels, size, size)
    for _ in range(3):
        network(batch)  # so that the running statistics are not those of the beginning
    before = network.eval()(batch)
    after = fold_batch_norm(network)(batch)
    assert before[0].shape == (6, 128) and before[1].shape == (6, 5)
    for one, two in zip(before, after, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-5)


def test_pictures_that_are_not_to_be_moved_stay():
    batch = torch.rand(8, 1, 28, 28) * 2 - 1
    assert torch.equal(classifiers._augment(batch, STILL), batch)
    mirrored = classifiers._augment(batch, replace(STILL, flip=True))
    assert all(torch.equal(a, b) or torch.equal(a, b.flip(2)) for a, b in zip(mirrored, batch, strict=True))


def test_moved_pictures_keep_their_background_and_their_range():
    batch = torch.full((16, 1, 28, 28), -1.0)
    batch[:, :, 8:20, 8:20] = 1
    moved = classifiers._augment(batch, replace(STILL, flip=True, rotation=10, scale=0.1, shift=0.1))
    assert moved.shape == batch.shape and moved.min() >= -1.001 and moved.max() <= 1.001
    assert (moved[:, :, :2] == -1).all() and not torch.equal(moved, batch)
    assert moved.mean().item() == pytest.approx(batch.mean().item(), abs=0.15)
    patched = classifiers._erase(torch.ones(50, 1, 28, 28), 1.0)
    assert (patched == 0).sum(dim=(1, 2, 3)).tolist() == [9 * 9] * 50
    assert (classifiers._erase(torch.ones(50, 1, 28, 28), 0.0) == 1).all()


def test_it_learns_and_what_is_kept_is_what_was_learned(tmp_path, monkeypatch):
    learn, test = pictures(count=96), replace(pictures(count=30), split="test")
    monkeypatch.setattr(classifiers, "BATCH", 16)
    monkeypatch.setattr(classifiers.data, "load", lambda name, split: learn if split == "train" else test)
    monkeypatch.setattr(classifier, "FOLDER", tmp_path)
    torch.manual_seed(0)
    network = Classifier(1, 28, 3)
    classifiers.fit(network, learn, STILL, epochs=6, rate=3e-3)
    said = classifiers.save("digits", STILL, network)
    kept = classifier.load("digits")
    assert kept.accuracy == 1.0 and "100.00% of" in said and kept.classes == learn.classes
    logits = kept.features(test.images).logits
    assert logits is not None and logits.argmax(1).tolist() == test.labels.tolist()
