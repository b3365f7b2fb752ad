"""What is in `checkpoints/`: every model there is whole, and draws what its picture shows; and none is missing."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from checkpoints import class_shares, make, packing
from gan_core import data
from gan_core.data import sample_grid
from gan_core.models import bundled
from gan_core.presets import recipe

FOLDER = Path(__file__).parent.parent / "checkpoints"
THERE = sorted(path.stem for path in FOLDER.glob("*.json"))
PLANS = {plan.name: plan for plan in make.PLANS}
LEVELS = 2
"""How far a pixel (0 to 255) may be from the kept picture: another processor adds up in another order."""
POINTS = 0.05


@pytest.fixture(autouse=True)
def _the_bundled_ones(monkeypatch):
    monkeypatch.delenv("GAN_MODELS", raising=False)


def test_none_is_missing_and_nothing_else_is_there():
    missing = [name for name in PLANS if name not in THERE]
    assert not missing, f"not trained yet: {', '.join(missing)}; `python -m checkpoints.make` does it"
    extra = {path.stem for suffix in ("json", "png", "safetensors") for path in FOLDER.glob(f"*.{suffix}")} - set(PLANS)
    assert not extra, f"files of no plan: {extra}"
    assert [model.id for model in bundled.list_all()[0]] == list(PLANS)


@pytest.mark.parametrize("name", THERE)
def test_it_is_whole(name):
    model, content = bundled.get(name), bundled.weights_path(name).read_bytes()
    assert model.bytes == len(content) <= packing.MAX_BYTES
    assert model.sha256 == hashlib.sha256(content).hexdigest()
    loaded = bundled.load(name)
    assert loaded.config == model.config and loaded.classes == model.classes and loaded.step == model.step
    assert (loaded.discriminator is not None) == model.discriminator
    source = data.get(model.dataset)
    assert model.licence == source.licence
    part = f", {len(model.classes)} of {len(source.classes)} classes" if model.classes != source.classes else ""
    assert model.dataset_title == source.title + part


@pytest.mark.parametrize("name", THERE)
def test_its_picture_is_what_it_draws(name):
    kept = sample_grid.read(bundled.samples_path(name).read_bytes())
    assert np.abs(kept.astype(int) - bundled.load(name).draw_sample_grid()).max() <= LEVELS


@pytest.mark.parametrize("name", THERE)
def test_it_is_what_its_command_makes(name):
    model, plan = bundled.get(name), PLANS[name]
    assert model.command == plan.command and model.settings == plan.given
    assert model.config == plan.config, f"the settings of {plan.preset!r} have changed since {name} was trained"
    assert recipe.build({**model.settings, "scoring.score": "off"}) == model.config
    assert plan.seconds <= model.seconds <= plan.seconds * 1.05


@pytest.mark.parametrize("name", THERE)
def test_its_scores_are_there_with_their_protocol(name):
    model = bundled.get(name)
    how = model.report.protocol
    assert how.count == make.COUNT and how.reference == f"{model.dataset}, test pictures"
    assert how.extractor == f"{model.dataset.partition('-')[0]}-cnn"
    assert {"frechet", "kid", "precision", "recall", "class_coverage", "memorisation"} <= set(model.report.scores)
    assert not set(model.report.skipped) - {"class_accuracy", "intra_frechet"}
    assert model.rounding <= LEVELS or model.precision == "fp16"
    counts = [share.count for share in model.shares]
    assert counts == ([class_shares.EACH] * len(model.classes) if model.conditional else [])


@pytest.mark.parametrize("name", [name for name in ("fashion-cgan", "fashion-acgan") if name in THERE])
def test_it_draws_the_class_as_asked(name):
    """As often as the classifier knows real pictures, over all; and no class is 5 points worse."""
    model = bundled.get(name)
    assert (
        model.class_accuracy is not None
        and model.real_class_accuracy is not None
        and model.class_accuracy >= model.real_class_accuracy
    )
    behind = {share.name: round(share.real_right - share.right, 3) for share in model.shares}
    assert max(behind.values()) <= POINTS, f"how far each class is behind real pictures: {behind}"
