"""Discriminators asked after training: a judge, the tournament, and the nearest training pictures."""

import math

import numpy as np
import pytest
import safetensors.torch
import torch
from toys import ALL, pictures, tiny

from gan_core.evaluation import nearest, tournament
from gan_core.evaluation.tournament import Player
from gan_core.models import checkpoint
from gan_core.system.errors import WorkshopError
from gan_core.training.trainer import Trainer


def trained(path, variant="dcgan", *, steps: int = 2, **given):
    """A tiny network after some steps on synthetic pictures, kept in `path`; returns its trainer."""
    dataset = pictures(classes=10, count=40)
    trainer = Trainer(tiny(variant, **given), dataset)
    for _ in range(steps):
        trainer.advance()
    checkpoint.save(path, trainer, dataset)
    return trainer


@pytest.mark.parametrize("variant", ALL)
def test_a_judge_scores_as_the_trained_discriminator_did(tmp_path, variant):
    trainer = trained(tmp_path / "a.safetensors", variant)
    judge = checkpoint.load_discriminator(tmp_path / "a.safetensors")
    assert judge.is_critic == trainer.variant.critic and judge.step == 2
    images = pictures(classes=10, count=7).images
    labels = np.arange(7)
    x = torch.from_numpy(images).float() / 127.5 - 1
    with torch.inference_mode():
        expected = trainer.D.eval()(x, torch.from_numpy(labels)).score.numpy()
    found = judge.scores(images.transpose(0, 2, 3, 1), labels, batch=3)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert found.dtype == np.float32 and found.std() > 0


def test_a_picture_without_a_label_gets_the_best_score_of_any_class(tmp_path):
    trained(tmp_path / "a.safetensors", "cgan")
    judge = checkpoint.load_discriminator(tmp_path / "a.safetensors")
    images = pictures(count=3).images.transpose(0, 2, 3, 1)
    each = np.stack([judge.scores(images, np.full(3, k)) for k in range(10)])
    assert each.std(0).min() > 0  # the class matters to this one
    np.testing.assert_allclose(judge.scores(images, np.full(3, -1)), each.max(0), rtol=1e-5)
    mixed = judge.scores(images, np.array([4, -1, 2]))
    np.testing.assert_allclose(mixed, [each[4, 0], each[:, 1].max(), each[2, 2]], rtol=1e-5)


def test_an_opinion_is_a_probability_or_a_critics_score(tmp_path):
    trained(tmp_path / "gan.safetensors", "dcgan")
    trained(tmp_path / "critic.safetensors", "wgan")
    scores = np.array([0.0, math.log(3), -math.log(3)], np.float32)
    opinion = checkpoint.load_discriminator(tmp_path / "gan.safetensors").realness(scores)
    np.testing.assert_allclose(opinion, [0.5, 0.75, 0.25], rtol=1e-6)
    np.testing.assert_array_equal(
        checkpoint.load_discriminator(tmp_path / "critic.safetensors").realness(scores), scores
    )


def test_what_a_judge_refuses_is_one_sentence(tmp_path):
    path = tmp_path / "a.safetensors"
    trained(path)
    judge = checkpoint.load_discriminator(path)
    with pytest.raises(WorkshopError, match=r"pictures of 28 × 28 pixels with 1 channel\(s\); 16 × 16 with 3"):
        judge.scores(np.zeros((1, 16, 16, 3), np.uint8), np.zeros(1, np.int64))
    with safetensors.safe_open(path, framework="pt") as file:
        metadata, names = file.metadata(), list(file.keys())
        generator = {name: file.get_tensor(name) for name in names if not name.startswith("discriminator.")}
        damaged = {name: file.get_tensor(name) for name in names if name != "discriminator.score.0.weight"}
    safetensors.torch.save_file(generator, path, metadata)
    with pytest.raises(WorkshopError, match="holds no discriminator"):
        checkpoint.load_discriminator(path)
    assert len(damaged) == len(names) - 1
    safetensors.torch.save_file(damaged, path, metadata)
    with pytest.raises(WorkshopError, match=r"discriminator in .* does not match"):
        checkpoint.load_discriminator(path)


@pytest.mark.parametrize("variant", ALL)
def test_parameters_are_counted_without_building_the_networks(tmp_path, variant):
    trainer = trained(tmp_path / "a.safetensors", variant, steps=0)
    expected = tuple(sum(p.numel() for p in network.parameters()) for network in (trainer.G, trainer.D))
    assert checkpoint.count_parameters(tmp_path / "a.safetensors") == expected


def play(entries, **options):
    told = []
    game = tournament.play(entries, **options)
    while True:
        try:
            told.append(next(game))
        except StopIteration as end:
            return end.value, told


@pytest.fixture
def entries(tmp_path, monkeypatch):
    """A GAN, a critic and a conditional GAN, trained a little; the test split is synthetic as well."""
    for number, variant in enumerate(("dcgan", "wgan_gp", "cgan")):
        trained(tmp_path / f"{number}.safetensors", variant)
    test = pictures(classes=10, count=30)

    def load(name, *, split, classes, size, limit=None):
        assert split == "test"
        return test

    monkeypatch.setattr(tournament.data, "load", load)
    return [Player(variant, tmp_path / f"{n}.safetensors") for n, variant in enumerate(("dcgan", "wgan_gp", "cgan"))]


def test_the_tournament_counts_what_each_judge_says_of_each_player(entries):
    result, told = play(entries, count=60, seed=3)
    assert (result.names, result.steps, result.critics) == (["dcgan", "wgan_gp", "cgan"], [2] * 3, [False, True, False])
    assert (result.count, result.real_count) == (60, 30)
    real = pictures(classes=10, count=30)
    drawn = [checkpoint.load(entry.path).sample(60, 3) for entry in entries]
    for i, entry in enumerate(entries):
        judge = checkpoint.load_discriminator(entry.path)
        on_real = judge.scores(real.images.transpose(0, 2, 3, 1), real.labels)
        on_fake = [judge.scores(*one) for one in drawn]
        border = (on_real.mean() + on_fake[i].mean()) / 2 if judge.is_critic else 0
        assert result.thresholds[i] == pytest.approx(border, abs=1e-5)
        assert abs(result.real[i] - (on_real > border).sum()) <= 1
        for j in range(3):
            assert abs(result.fake[i][j] - (on_fake[j] <= border).sum()) <= 1
    done = [so_far for so_far, _ in told]
    assert done == sorted(done) and {total for _, total in told} == {done[-1]} == {3 * 60 + 3 * (30 + 3 * 60)}


def test_the_same_tournament_is_kept_by_content(entries, tmp_path):
    name = tournament.result_key(entries, count=20)
    result, _ = play(entries, count=20)
    assert result == play(entries, count=20)[0]
    assert tournament.load_result(tmp_path / "cups", name) is None
    tournament.save_result(tmp_path / "cups", name, result)
    assert tournament.load_result(tmp_path / "cups", tournament.result_key(entries, count=20)) == result
    assert tournament.result_key(entries, count=21) != name != tournament.result_key(entries, count=20, seed=1)
    trained(entries[0].path, "dcgan", steps=3)
    assert tournament.result_key(entries, count=20) != name
    (tmp_path / "cups" / f"{name}.json").write_text('{"names": [')
    assert tournament.load_result(tmp_path / "cups", name) is None


def test_a_tournament_needs_two_of_the_same_kind(entries, tmp_path):
    with pytest.raises(WorkshopError, match="two or more"):
        play(entries[:1])
    with pytest.raises(WorkshopError, match="count: 0 was given"):
        play(entries, count=0)
    dataset = {"data.dataset": "digits"}
    trained(tmp_path / "other.safetensors", variant="dcgan", steps=1, **dataset)
    with pytest.raises(WorkshopError, match="digits learned from other pictures than dcgan"):
        play([*entries, Player("digits", tmp_path / "other.safetensors")])


def test_the_nearest_pictures_by_hand():
    shelf = np.zeros((4, 1, 2, 2), np.uint8)
    shelf[1, 0, 0, 0], shelf[2], shelf[3] = 255, 255, 51
    query = np.zeros((1, 1, 2, 2), np.uint8)
    found, far = nearest.FeatureIndex(shelf).nearest(query, 4)
    assert found.tolist() == [[0, 3, 1, 2]]
    np.testing.assert_allclose(far, [[0, 0.2, 0.5, 1]], atol=1e-7)
    equal = nearest.FeatureIndex(np.zeros((3, 1, 2, 2), np.uint8))
    assert equal.nearest(query, 2)[0].tolist() == [[0, 1]]  # of equals the earlier
    with pytest.raises(ValueError, match="1 to 4"):
        nearest.FeatureIndex(shelf).nearest(query, 5)


def test_nearest_asks_the_features_it_is_given_and_works_in_pieces(monkeypatch):
    monkeypatch.setattr(nearest, "BATCH", 7)
    shelf = pictures(channels=3, count=50).images
    query = shelf[[33, 5]]
    assert nearest.FeatureIndex(shelf).nearest(query, 1)[0].tolist() == [[33], [5]]

    def brightness(images):
        return images.mean((1, 2, 3), dtype=np.float32)[:, None] / 255

    _, far = nearest.FeatureIndex(shelf, "brightness", brightness).nearest(query, 3)
    means = shelf.mean((1, 2, 3)) / 255
    expected = np.sort(np.abs(means[:, None] - means[[33, 5]]), axis=0)[:3].T
    np.testing.assert_allclose(far, expected, atol=1e-4)
    known = nearest.FeatureIndex(shelf, "brightness", brightness, brightness(shelf)[::-1])
    found, _ = known.nearest(query, 1)  # what is known is not worked out again
    assert brightness(shelf)[::-1][found[:, 0]].tolist() == brightness(query).tolist()
