"""The schema and the recipe: round trips, all problems at once, names listed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_core import config, data, presets, variants
from gan_core.config import ConfigError, TrainConfig
from gan_core.presets import recipe
from gan_core.system.errors import WorkshopError


def test_json_round_trip_keeps_every_field():
    original = recipe.build({"variant": "wgan_gp", "data.classes": [3, 1], "schedule.seconds": 2.5, "seed": 7})
    assert TrainConfig.from_json(original.to_json()) == original
    assert TrainConfig.parse(config.nest(config.flatten(original))) == original


def test_every_problem_is_reported_at_once_with_field_value_and_what_is_allowed():
    wrong = {"optimiser": {"lr_g": -1}, "schedule": {"steps": "many", "batc": 3}, "network": {"z_dim": 0}}
    with pytest.raises(ConfigError) as caught:
        TrainConfig.parse(wrong)
    assert {problem.field for problem in caught.value.problems} == {
        "optimiser.lr_g",
        "schedule.steps",
        "schedule.batc",
        "network.z_dim",
    }
    text = str(caught.value)
    assert "optimiser.lr_g: -1 was given; allowed: greater than 0" in text
    assert "did you mean schedule.batch?" in text
    assert "network.z_dim: 0 was given; allowed: greater than or equal to 1" in text


def test_a_config_is_frozen():
    with pytest.raises(ValueError, match="frozen"):
        TrainConfig().seed = 3  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("field", "what"), [("variant", "variant"), ("data.dataset", "data set"), ("preset", "preset")]
)
def test_unknown_names_list_the_valid_ones(field, what):
    valid = {"variant": variants.all_variants(), "data.dataset": data.sources(), "preset": presets.all_presets()}
    with pytest.raises(WorkshopError) as caught:
        recipe.build({field: "no-such-thing"})
    assert f"Unknown {what} 'no-such-thing'" in str(caught.value)
    for name in valid[field]:
        assert name in str(caught.value)


def test_a_setting_the_variant_does_not_use_is_refused():
    with pytest.raises(ConfigError, match=r"objective.clip: 0.1 was given; dcgan does not use this field"):
        recipe.build({"variant": "dcgan", "objective.clip": 0.1})
    assert recipe.build({"variant": "wgan", "objective.clip": 0.1}).objective.clip == 0.1


def test_classes_beyond_the_data_set_are_refused():
    with pytest.raises(ConfigError, match=r"data\.classes.*0 to 9"):
        recipe.build({"data.classes": [1, 12]})


def test_what_is_given_wins_over_the_variants_defaults():
    assert recipe.build({"variant": "wgan_gp"}).objective.d_steps == 5
    assert recipe.build({"variant": "wgan_gp", "objective.d_steps": 2}).objective.d_steps == 2


def test_pictures_at_epochs_survive_a_round_trip():
    given = {"schedule.epochs": 50, "schedule.sample_epochs": [1, 6, 16, 46]}
    built = recipe.build(given)
    assert built.schedule.sample_epochs == (1, 6, 16, 46)
    assert TrainConfig.from_json(built.to_json()) == built


@pytest.mark.parametrize("epochs", [[], [0, 1], [6, 1], [2, 2], [-1]])
def test_pictures_at_epochs_must_rise(epochs):
    with pytest.raises(ConfigError, match=r"schedule.sample_epochs: .* was given; allowed: one or more rising epochs"):
        recipe.build({"schedule.sample_epochs": epochs})


@pytest.mark.parametrize("text", ["", "{", "[]", '{"seed": 1', "null"])
def test_text_that_is_no_config_is_one_sentence(text):
    with pytest.raises(WorkshopError):
        TrainConfig.from_json(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*config.fields(), "x", "data", "data.", ".data"]), json_values, max_size=5))
def test_no_input_escapes_the_config(given_values):
    """Whatever comes in a URL or a file: a valid config that survives a round trip, or a WorkshopError."""
    try:
        built = recipe.build(given_values)
    except WorkshopError:
        return
    assert TrainConfig.from_json(built.to_json()) == built


@given(st.text(max_size=30))
def test_assignments_are_read_or_refused(text):
    try:
        path, value = config.parse_assignment(text)
    except WorkshopError:
        return
    assert path
    json.dumps(value)


def test_a_group_that_was_renamed_is_read_by_its_old_name_too():
    before = '{"variant": "dcgan", "stabilisers": {"label_smoothing": 0.1}}'
    assert TrainConfig.from_json(before).regularization.label_smoothing == 0.1
    assert config.parse_assignment("stabilisers.r1=2") == ("regularization.r1", 2)
    assert "stabilisers" not in TrainConfig.from_json(before).to_json()
