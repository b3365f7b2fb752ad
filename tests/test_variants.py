"""One contract for all variants, and a new one made on the fly."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from toys import ALL, pictures, tiny

from gan_core import data, variants
from gan_core.nets import NetSpec
from gan_core.presets import recipe
from gan_core.training.events import Measured
from gan_core.training.trainer import Trainer

ROOT = Path(__file__).parent.parent


def test_the_six_classics_are_here_and_three_more():
    assert {"vanilla", "dcgan", "cgan", "acgan", "wgan", "wgan_gp"} <= set(ALL)
    assert {"lsgan", "sngan", "r3gan"} <= set(ALL)


@pytest.mark.parametrize(
    ("name", "size", "channels"),
    [(name, *shape) for name, shape in zip(ALL, itertools.cycle([(28, 1), (64, 3), (100, 3)]), strict=False)],
)
def test_it_builds_trains_and_draws_at_any_size(name, size, channels):
    trainer = Trainer(tiny(name), pictures(size, channels))
    before = [p.detach().clone() for network in (trainer.G, trainer.D) for p in network.parameters()]
    rows = [row for event in trainer.events() if isinstance(event, Measured) for row in event.rows]
    after = [p for network in (trainer.G, trainer.D) for p in network.parameters()]
    assert [row["step"] for row in rows] == [1, 2]
    assert all(np.isfinite(value) for row in rows for value in row.values() if value is not None)
    assert sum(not torch.equal(a, b) for a, b in zip(before, after, strict=True)) > len(before) / 2
    assert trainer.samples().shape == (60, size, size, channels)


@pytest.mark.parametrize("name", ALL)
def test_it_logs_what_every_run_logs(name):
    trainer = Trainer(tiny(name), pictures())
    trainer.advance()
    (row,) = trainer.drain()
    expected = {"step", "images", "seconds", "epoch", "loss/d", "loss/g", "grad/d", "grad/g", "speed/images"}
    expected |= {"diversity/pairs", "diversity/nearest"}
    expected |= {"accuracy/real", "accuracy/fake", "accuracy/all", "score/real", "score/fake", "lr/d", "lr/g"}
    assert expected <= set(row)
    assert row["images"] == 4 * trainer.config.objective.d_steps


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("size", [16, 28, 32, 33, 48, 64, 96, 100, 127, 128])
def test_the_networks_fit_the_size(name, size):
    spec = NetSpec(size, 3, 5, recipe.build({"variant": name, "network.width": 4}).network)
    variant = variants.get(name)
    labels = torch.tensor([0, 4])
    drawn = variant.generator(spec)(torch.randn(2, 100), labels)
    assert drawn.shape == (2, 3, size, size)
    assert drawn.abs().max() <= 1
    judged = variant.discriminator(spec)(drawn, labels)
    assert judged.score.shape == (2,)
    assert judged.classes is None or judged.classes.shape == (2, 5)


@pytest.mark.parametrize("name", ALL)
def test_it_says_what_it_is(name):
    variant = variants.get(name)
    assert variant.paper.startswith("https://arxiv.org/abs/")
    assert variant.summary.endswith(".")
    assert recipe.build({"variant": name}).variant == name  # its defaults are valid


@pytest.mark.parametrize("name", [n for n in ALL if variants.get(n).conditional])
def test_conditional_ones_obey_the_label(name):
    asked = {"network.conditional": True} if variants.get(name).conditional == "optional" else {}
    trainer = Trainer(tiny(name, **asked), pictures())
    z = torch.zeros(3, 8)
    drawn = trainer.G(z, torch.tensor([0, 1, 2]))
    assert not torch.allclose(drawn[0], drawn[1])
    assert not torch.allclose(drawn[1], drawn[2])


@pytest.mark.slow
def test_real_pictures_train():
    """A DCGAN on real Fashion-MNIST: soon its samples are no longer noise, and neither side has died."""
    given = {"network.width": 16, "schedule.steps": 120, "optimiser.lr_g": 2e-3, "optimiser.lr_d": 1e-3}
    trainer = Trainer(recipe.build(given | {"regularization.ema": 0.9}), data.load("fashion-small", limit=2000))
    assert abs(contrast(trainer.samples())) < 10
    rows = [row for event in trainer.events() if isinstance(event, Measured) for row in event.rows]
    assert contrast(trainer.samples()) > 40
    assert 0 < (rows[-1]["loss/d"] or 0) < 3


def contrast(samples: np.ndarray) -> float:
    """Clothes are dark at the border and bright in the middle; grey noise is not."""
    return float(samples[:, 8:20, 10:18].mean() - samples[:, :3].mean())
