"""Every preset: valid, of a data set that exists, and able to train."""

import json

import pytest
from toys import TINY, pictures

from gan_core import config, data, presets, variants
from gan_core.__main__ import main
from gan_core.presets import Preset, recipe
from gan_core.system import discovery
from gan_core.system.errors import WorkshopError
from gan_core.training.trainer import Trainer

ALL = sorted(presets.all_presets())


@pytest.mark.parametrize("name", ALL)
def test_it_is_valid_and_says_what_it_is(name):
    preset = presets.get(name)
    built = config.flatten(recipe.build({"preset": name}))
    assert preset.dataset in data.sources() and preset.summary.endswith((".", "?")) and preset.title
    assert not set(preset.values) & recipe.unused(preset.variant), "all it sets does something"
    assert "seed" not in preset.values and "preset" not in preset.values
    usual = {**preset.values, **variants.get(preset.variant).presets.get(name, {})}
    assert {field: built[field] for field in usual} == usual
    assert built["preset"] == name


@pytest.mark.parametrize("name", ALL)
def test_it_trains(name):
    small = recipe.build({"preset": name, **TINY})
    source = data.get(small.data.dataset)
    trainer = Trainer(small, pictures(small.data.size or source.size, source.channels))
    list(trainer.events())
    assert trainer.step == 2 and trainer.samples().shape[-1] == source.channels


def test_what_is_given_beside_it_wins():
    assert recipe.build({"preset": "clothing-homework-dcgan"}).schedule.epochs == 50
    beside = {"schedule.epochs": 3, "variant": "wgan", "data.dataset": "fashion-mnist"}
    built = recipe.build({"preset": "clothing-homework-dcgan", **beside})
    assert (built.variant, built.data.dataset, built.schedule.epochs, built.schedule.batch) == (
        "wgan",
        "fashion-mnist",
        3,
        32,
    )
    assert recipe.build({"preset": "clothing-homework-dcgan", "schedule.epochs": None}).schedule.epochs is None


@pytest.mark.parametrize("given", [{}, {"preset": ALL[0]}, {"preset": ALL[0], "schedule.epochs": None, "seed": 3}])
def test_changes_are_the_inverse_of_build(given):
    built = recipe.build(given)
    changes = recipe.changes(built)
    assert recipe.build(changes) == built
    assert set(changes) == {"variant", "data.dataset", *given}


def test_changes_of_a_run_whose_preset_is_gone():
    gone = recipe.build({"preset": "clothing-homework-dcgan"}).model_copy(update={"preset": "gone"})
    assert recipe.build(recipe.changes(gone)) == gone.model_copy(update={"preset": None})


def test_what_another_variant_does_not_use_is_left_behind(monkeypatch):
    clipped = Preset("Clipped", "A test.", {"variant": "wgan", "data.dataset": "fashion-small", "objective.clip": 0.5})
    monkeypatch.setattr(discovery, "look_up", lambda table, name, what: {**table, "clipped": clipped}[name])
    assert recipe.build({"preset": "clipped"}).objective.clip == 0.5
    assert recipe.build({"preset": "clipped", "variant": "dcgan"}).objective.clip == 0.01


def test_a_preset_must_name_variant_and_data_set():
    with pytest.raises(ValueError, match=r"Half: a preset says data.dataset as well"):
        Preset("Half", "A test.", {"variant": "dcgan"})


def test_an_unknown_one_lists_the_valid_ones():
    with pytest.raises(WorkshopError, match=r"Unknown preset 'intro-dcgann'\. Did you mean 'intro-dcgan'\?"):
        recipe.build({"preset": "intro-dcgann"})


def test_the_command_line_lists_them(capsys):
    assert main(["presets", "--json"]) == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert sorted(rows) == ALL
    row = rows["clothing-homework-wgan"]
    assert (row["variant"], row["dataset"], row["values"]["schedule.sample_epochs"]) == (
        "wgan_gp",
        "fashion-small",
        [1, 6, 16, 46],
    )
    assert main(["presets"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(presets.all_presets())


EVERYWHERE = [name for name in ALL if presets.get(name).every_variant]


@pytest.mark.parametrize("variant", sorted(variants.all_variants()))
@pytest.mark.parametrize("name", EVERYWHERE)
def test_a_preset_for_every_variant_is_valid_for_each(name, variant):
    own = variants.get(variant).presets.get(name, {})
    built = config.flatten(recipe.build({"preset": name, "variant": variant}))
    assert not set(own) & recipe.unused(variant), "all it sets does something"
    assert {field: built[field] for field in own} == own and built["variant"] == variant
    assert recipe.changes(recipe.build({"preset": name, "variant": variant, "seed": 3}))["seed"] == 3


@pytest.mark.parametrize("variant", sorted(variants.all_variants()))
def test_a_variant_names_only_presets_made_for_every_variant(variant):
    assert set(variants.get(variant).presets) <= set(EVERYWHERE)
