"""One contract for all variants, and a new one made on the fly."""

import subprocess
import sys
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


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("size", "channels"), [(28, 1), (64, 3), (100, 3)])
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


NEW = '''
"""Least squares on the fly."""
from gan_core.nets import conv
from gan_core.objectives.variant import FAKE, REAL, Variant

def d_loss(D, real, fake, y, ctx):
    on_real, on_fake = D(real, y).score, D(fake, y).score
    extra = (on_real - 1).square().mean()
    return {"total": extra + on_fake.square().mean(), "my_term": extra, REAL: on_real, FAKE: on_fake}

def g_loss(D, real, fake, y, ctx):
    return {"total": (D(fake, y).score - 1).square().mean()}

VARIANT = Variant(title="On the fly", summary="A test.", paper="https://arxiv.org/abs/1611.04076",
                  generator=conv.Generator, discriminator=conv.Discriminator, d_loss=d_loss, g_loss=g_loss)
'''


TRAIN_BOTH = """
import sys
import gan_core.variants
from gan_core.__main__ import main
gan_core.variants.__path__.append(sys.argv[1])
tiny = ["--steps", "2", "--runs", sys.argv[2], "--set", "network.width=4", "--set", "schedule.batch=8"]
sys.exit(any(main(["train", "--variant", name, "--set", "data.limit=50", *tiny]) for name in sys.argv[3:]))
"""


def test_a_new_variant_is_one_file_and_nothing_else(tmp_path):
    """Two files more, one of them the README's example: they are found, train, and an extra term is logged."""
    readme = (ROOT / "README.md").read_text().partition("## Add a variant")[2]
    (tmp_path / "from_the_readme.py").write_text(readme.partition("```python\n")[2].partition("```")[0])
    (tmp_path / "on_the_fly.py").write_text(NEW)
    folders = [str(tmp_path), str(tmp_path / "runs")]
    command = [sys.executable, "-c", TRAIN_BOTH, *folders, "on_the_fly", "from_the_readme"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    first, second = ((Path(line) / "metrics.jsonl").read_text().splitlines() for line in done.stdout.splitlines())
    assert len(first) == len(second) == 2
    assert '"d/my_term"' in first[0]


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
