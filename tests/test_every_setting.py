"""Every setting and every choice of it can be switched on in the form and on the command line."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from gan_core import config, runs, variants
from gan_core.__main__ import main
from gan_core.presets import recipe

ROOT = Path(__file__).parent.parent
LISTS = {"data.classes": [0, 2], "schedule.sample_epochs": [1, 6]}
LEFT = {"preset", "seed", "variant", "data.dataset", "schedule.device"}  # a device must be there
CASES = [("dcgan", choice) for choice in range(4)]
CASES += [(name, 1) for name in ("cgan", "acgan", "wgan", "wgan_gp", "sngan", "r3gan")]


def other_values(variant: str, choice: int) -> dict[str, object]:
    """For each field the variant reads a value that is not the usual one; `choice` counts through those with a list."""
    usual, forbids = config.flatten(recipe.build({"variant": variant})), variants.get(variant).forbids
    found: dict[str, object] = {}
    for field in set(usual) - LEFT - recipe.unused(variant):
        group, name = field.split(".")
        schema = config.groups()[group].model_json_schema()["properties"][name]
        number = next((part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"), schema)
        if field in LISTS:
            found[field] = LISTS[field]
        elif "enum" in schema:
            options = [o for o in schema["enum"] if o != usual[field] and o not in forbids.get(field, ())]
            found[field] = options[choice % len(options)]
        elif schema.get("type") == "boolean":
            found[field] = not usual[field]
        else:
            low, high = (number.get(k, number.get(f"exclusive{k.capitalize()}")) for k in ("minimum", "maximum"))
            step = min(1, (high - low) / 8)
            value = (usual[field] or low) + step
            value = value if value < high else usual[field] - step
            found[field] = int(value) if number["type"] == "integer" else value
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("variant", "choice"), CASES)
def test_in_the_form_and_on_the_command_line(variant, choice, home, monkeypatch):
    monkeypatch.setattr(runs.Run, "start", lambda run: None)
    wanted = other_values(variant, choice)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).switch_page("pages/train.py")
    for field, value in {"variant": variant, **wanted}.items():
        app.query_params[field] = value if isinstance(value, str) else json.dumps(value)
    app.run().button(key="start").click().run()
    assert not app.exception and not app.error
    (from_form,) = runs.list_runs()
    chosen = config.flatten(from_form.config())
    assert {field: chosen[field] for field in wanted} == wanted

    monkeypatch.setattr("gan_core.cli.training._work_on", lambda run: 0)
    settings = [f"--set={field}={json.dumps(value)}" for field, value in wanted.items()]
    assert main(["train", "--variant", variant, *settings, "--runs", str(home / "other")]) == 0
    (from_line,) = runs.list_runs(home / "other")
    assert from_line.config() == from_form.config()


def test_no_field_is_left_out():
    everything = set(config.fields()) - LEFT
    assert everything == {field for case in CASES for field in other_values(*case)}
