"""What a discriminator looks at: gradients by hand, by finite differences, smoothed, painted; and uploads."""

import dataclasses
import io

import numpy as np
import pytest
import torch
from PIL import Image
from test_judges import trained
from torch import nn
from toys import ALL, pictures, tiny

from gan_core import variants
from gan_core.explore import saliency, uploads
from gan_core.models import bundled, checkpoint
from gan_core.models.checkpoint import LoadedDiscriminator
from gan_core.nets import DiscriminatorOutput
from gan_core.system.errors import WorkshopError


class Toy(nn.Module):
    """A discriminator whose score is `rule` of the pictures (N, C, H, W) in [-1, 1]."""

    def __init__(self, rule):
        super().__init__()
        self.rule = rule

    def forward(self, x, labels=None):
        return DiscriminatorOutput(self.rule(x))


def toy(rule, size=2, channels=1, variant="dcgan"):
    return LoadedDiscriminator(tiny(variant), Toy(rule), ("a", "b", "c"), size, channels, 0)


def linear(weights):
    """The score is the sum of the values in [-1, 1], each times its weight (C, H, W)."""
    w = torch.tensor(weights)
    return lambda x: (x * w).sum((1, 2, 3))


def picture(judge, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (judge.size, judge.size, judge.channels)).astype(np.uint8)


def of(variant, path, **given):
    trained(path / "a.safetensors", variant, **given)
    return checkpoint.load_discriminator(path / "a.safetensors")


def test_a_linear_score_by_hand():
    judge = toy(linear([[[1.0, -4.0], [0.0, 2.0]]]))
    found = saliency.saliency_map(judge, np.array([[[255], [0]], [[0], [255]]], np.uint8))
    assert found.signed.tolist() == [[0.25, -1], [0, 0.5]] and found.signed.dtype == np.float32
    assert found.steepest == 8  # from black, −1, to white, 1, are two
    assert found.score == 1 + 4 + 2 and found.label == -1
    assert found.opinion == pytest.approx(1 / (1 + np.exp(-7)))


def test_a_critics_opinion_is_its_score():
    found = saliency.saliency_map(toy(linear([[[1.0, 1], [1, 1]]]), variant="wgan"), np.zeros((2, 2, 1), np.uint8))
    assert found.score == found.opinion == -4


def test_the_slope_is_that_of_the_strongest_channel_the_sign_that_of_all():
    judge = toy(linear([[[1.0]], [[-3.0]], [[1.0]]]), size=1, channels=3)
    found = saliency.saliency_map(judge, np.zeros((1, 1, 3), np.uint8))
    assert found.signed.tolist() == [[-1]] and found.steepest == 6


def test_a_score_that_hangs_on_nothing_has_an_empty_map():
    judge = toy(lambda x: x.sum((1, 2, 3)) * 0 + 2)
    found = saliency.saliency_map(judge, picture(judge))
    assert not found.signed.any() and found.steepest == 0 and found.score == 2
    assert saliency.overlay(picture(judge), found).max() <= 128


@pytest.mark.parametrize("variant", ALL)
def test_gradients_are_those_of_the_scores(tmp_path, variant):
    """Central differences at the strongest pixels, D in evaluation mode."""
    judge = of(variant, tmp_path)
    conditional = variants.get(variant).conditional is True
    shown, label = picture(judge), 2 if conditional else -1
    found = saliency.saliency_map(judge, shown, label)
    assert found.label == (-1 if variant == "acgan" else label)  # whose score is not told the class
    np.testing.assert_allclose(found.score, judge.scores(shown[None], np.array([label]))[0], rtol=1e-6)
    strength = np.abs(found.signed)
    assert strength.shape == (28, 28) and strength.max() == 1
    x = torch.from_numpy(shown).permute(2, 0, 1)[None] / 127.5 - 1
    labels = torch.tensor([max(label, 0)])
    for pixel in np.argsort(-strength, axis=None)[:3]:
        row, column = np.unravel_index(pixel, strength.shape)
        step = torch.zeros_like(x)
        step[0, 0, row, column] = 0.01
        with torch.inference_mode():
            rise = (judge.discriminator(x + step, labels).score - judge.discriminator(x - step, labels).score).item()
        assert 2 * rise / 0.02 == pytest.approx(found.signed[row, column] * found.steepest, rel=0.05)


def test_batch_norm_and_dropout_judge_as_after_training(tmp_path):
    judge = of("dcgan", tmp_path, **{"network.norm_d": "batch", "network.dropout": 0.5})
    before = {key: value.clone() for key, value in judge.discriminator.state_dict().items()}
    expected = saliency.saliency_map(judge, picture(judge), smooth=3)
    x = torch.rand(2, 1, 28, 28)
    gradient = saliency._gradient(judge, x, -1)
    judge.discriminator.train()
    assert torch.equal(saliency._gradient(judge, x, -1), gradient) and judge.discriminator.training
    judge.discriminator.eval()
    again = saliency.saliency_map(judge, picture(judge), smooth=3)
    np.testing.assert_array_equal(again.signed, expected.signed)
    after = judge.discriminator.state_dict()
    assert all(torch.equal(value, after[key]) for key, value in before.items())


def test_a_conditional_judge_without_a_label_is_asked_for_its_best_class(tmp_path):
    judge = of("cgan", tmp_path)
    shown = picture(judge)
    each = judge.scores(np.repeat(shown[None], 10, axis=0), np.arange(10))
    found = saliency.saliency_map(judge, shown)
    assert found.label == each.argmax() and found.score == pytest.approx(each.max(), rel=1e-5)
    np.testing.assert_array_equal(found.signed, saliency.saliency_map(judge, shown, int(each.argmax())).signed)
    other = (found.label + 1) % 10
    assert not np.array_equal(found.signed, saliency.saliency_map(judge, shown, other).signed)
    with pytest.raises(WorkshopError, match=r"label: 10 was given; allowed: −1 \(any\) to 9\."):
        saliency.saliency_map(judge, shown, 10)


# SmoothGrad


def test_smoothing_a_straight_line_changes_nothing():
    judge = toy(linear([[[1.0, -4.0], [0.0, 2.0]]]))
    shown = np.array([[[255], [0]], [[0], [255]]], np.uint8)
    np.testing.assert_allclose(
        saliency.saliency_map(judge, shown, smooth=20).signed, saliency.saliency_map(judge, shown).signed, atol=1e-6
    )


def test_smoothing_is_the_mean_over_noise_of_the_stated_spread():
    """The score Σ x³ / 6 in −1..1: with x = 2p − 1 its slope by p is x², and the mean of x² is (mean x)² + (2 σ)²."""
    judge = toy(lambda x: (x**3).sum((1, 2, 3)) / 6, size=16)
    shown = np.full((16, 16, 1), 0, np.uint8)
    shown[:8] = 255  # the range is 1, the slope everywhere 1
    plain, smooth = (saliency.saliency_map(judge, shown, smooth=n) for n in (0, 256))
    mean = smooth.signed.mean() * smooth.steepest
    assert plain.steepest == pytest.approx(1) and mean == pytest.approx(1 + 0.3**2, abs=0.02)
    flat = saliency.saliency_map(judge, np.zeros((16, 16, 1), np.uint8), smooth=5)  # no range, no noise
    np.testing.assert_array_equal(flat.signed, np.ones((16, 16)))


def test_the_noise_is_the_same_each_time(tmp_path):
    judge = of("dcgan", tmp_path)
    shown = picture(judge)
    first, same, plain = (saliency.saliency_map(judge, shown, smooth=n).signed for n in (8, 8, 0))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, plain)
    torch.manual_seed(5)
    state = torch.get_rng_state()
    saliency.saliency_map(judge, shown, smooth=8)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"label": -2}, "label: -2 was given; allowed: −1 (any) to 2."),
        (
            {"picture": np.zeros((3, 2, 1), np.uint8)},
            "picture: uint8 (3, 2, 1) was given; allowed: uint8 (2, 2, 1), as the model's own pictures.",
        ),
        (
            {"picture": np.zeros((2, 2, 1))},
            "picture: float64 (2, 2, 1) was given; allowed: uint8 (2, 2, 1), as the model's own pictures.",
        ),
    ],
)
def test_what_is_not_allowed_is_told_in_a_sentence(given, sentence):
    judge = toy(linear([[[1.0, 1], [1, 1]]]))
    with pytest.raises(WorkshopError) as told:
        saliency.saliency_map(judge, **{"picture": np.zeros((2, 2, 1), np.uint8)} | given)
    assert str(told.value) == sentence


# The discriminator of a loaded model


@pytest.mark.parametrize("name", ["fashion-acgan", "fashion-wgan", "emoji-r3gan", "digits-cgan"])
def test_the_judge_of_a_bundled_model(name):
    model = bundled.load(name)
    judge, from_file = saliency.discriminator_of(model), checkpoint.load_discriminator(bundled.weights(name))
    images, labels = model.sample(2, 3)
    assert (judge.size, judge.channels, judge.classes) == (from_file.size, from_file.channels, from_file.classes)
    np.testing.assert_array_equal(judge.scores(images, labels), from_file.scores(images, labels))
    found = saliency.saliency_map(judge, images[0], int(labels[0]), smooth=10)
    assert found.score == pytest.approx(float(from_file.scores(images[:1], labels[:1])[0]), rel=1e-4, abs=1e-4)
    assert found.steepest > 0 and 0 < np.abs(found.signed).mean() < 1


def test_a_model_without_its_discriminator_says_so():
    model = dataclasses.replace(bundled.load("fashion-dcgan"), discriminator=None)
    with pytest.raises(WorkshopError, match="without its discriminator"):
        saliency.discriminator_of(model)


# Painted


def test_painting_by_hand():
    shown = np.array([[[200], [100], [50]]], np.uint8)
    signed = np.array([[0, 1, -0.5]], np.float32)
    found = saliency.Saliency(0, 0.5, -1, signed, 1)
    both = saliency.overlay(shown, found)
    assert both.dtype == np.uint8 and both[0, 0].tolist() == [100, 100, 100] and both[0, 1].tolist() == [230, 159, 0]
    assert both[0, 2].tolist() == [56, 102, 129]  # halfway from 25 to (86, 180, 233), half up to even


def test_painting_turns_colours_into_their_luma():
    red = np.array([[[255, 0, 0]]], np.uint8)
    none = np.zeros((1, 1), np.float32)
    found = saliency.Saliency(0, 0.5, -1, none, 0)
    assert saliency.overlay(red, found)[0, 0].tolist() == [38, 38, 38]  # 0.299 · 255 / 2


# Uploads


def encoded(image, kind="PNG"):
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def test_an_upload_becomes_a_picture_of_the_models_kind():
    wide = np.zeros((40, 80, 3), np.uint8)
    wide[:, 20:60] = (255, 0, 0)  # the middle square
    content = encoded(Image.fromarray(wide))
    red = uploads.decode(content, "a.png", 28, 3)
    assert red.shape == (28, 28, 3) and (red[2:-2, 2:-2] == (255, 0, 0)).all()  # the border may blend a little
    grey = uploads.decode(content, "a.png", 28, 1)
    assert grey.shape == (28, 28, 1) and (grey[2:-2, 2:-2] == 76).all()
    np.testing.assert_array_equal(uploads.decode(content, "a.png", 28, 1, negative=True), 255 - grey)
    judge = toy(linear(np.ones((3, 16, 16), np.float32).tolist()), size=16, channels=3)
    photo = uploads.decode(encoded(Image.new("RGB", (70, 50), (255, 0, 0)), "JPEG"), "a.jpg", 16, 3)
    assert saliency.saliency_map(judge, photo).score == pytest.approx(-256, abs=12)  # 1 − 1 − 1 for each of 256 pixels


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "my\u200b file is empty."),
        (b"hello", "my\u200b file is no picture of a known kind (PNG, JPEG, GIF, BMP, WebP)."),
        (b"PK\x03\x04....", "my\u200b file is an archive, and archives within are not opened."),
        (b"\0" * (uploads.MAX_BYTES + 1), "my\u200b file has 20.0 MB; allowed: 20 MB."),
    ],
)
def test_an_upload_that_is_no_picture_is_told_in_a_sentence(content, sentence):
    with pytest.raises(WorkshopError) as told:
        uploads.decode(content, "my\u200b file", 28, 1)
    assert str(told.value) == sentence.replace("\u200b", "?")


def test_a_broken_picture_and_one_of_too_many_pixels():
    whole = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)))
    with pytest.raises(WorkshopError, match=r"^half\.png is a broken picture \(.*\)\.$"):
        uploads.decode(whole[: len(whole) // 2], "half.png", 28, 1)
    with pytest.raises(WorkshopError, match=r"^large\.png has .* pixels \(allowed: 50,000,000\)\.$"):
        uploads.decode(encoded(Image.new("1", (10_000, 6_000))), "large.png", 28, 1)


@pytest.mark.parametrize("name", ["fashion-dcgan", "emoji-r3gan", "fashion-vanilla"])
def test_the_shape_of_what_a_model_draws(name):
    model = bundled.load(name)
    images, _ = model.sample(1, 0)
    size, channels = uploads.output_shape(model)
    assert images.shape == (1, size, size, channels)
    uploads.check_shape(images[0], size, channels)


def test_pictures_of_the_data_set_fit():
    data = pictures(channels=3)
    uploads.check_shape(data.images[0].transpose(1, 2, 0), 28, 3)
    with pytest.raises(WorkshopError, match=r"\(28, 28, 3\) was given"):
        uploads.check_shape(data.images[0].transpose(1, 2, 0), 28, 1)
