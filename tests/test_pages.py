"""Every page, run by AppTest: with nothing there, with runs in every state, and with bad links."""

import itertools
import json
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from toys import finished, opened, own_set

from gan_core import config, presets, runs
from gan_core.data import own
from gan_core.presets import recipe
from gan_core.runs import race
from gan_core.worker.worker import Worker
from pages.ui.live import run as live_run
from pages.ui.live.plots import score_figure

ROOT = Path(__file__).parent.parent
PAGES = ["app.py", *(f"pages/{p.name}" for p in sorted((ROOT / "pages").glob("*.py")))]
TINY = {"network.width": 4, "schedule.batch": 8, "schedule.steps": 3, "data.limit": 50}


def made(variant="dcgan", **given) -> runs.Run:
    """A run that has ended, made in this process."""
    return finished(runs.create(recipe.build({"variant": variant, **TINY, **given})))


def shown(app: AppTest) -> str:
    """All text of a page."""
    kinds = ("title", "subheader", "markdown", "caption", "info", "warning", "error")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def choice(app: AppTest, label: str):
    """The select box with that label."""
    return next(box for box in app.selectbox if box.label == label)


def number(app: AppTest, label: str):
    """The number field with that label."""
    return next(widget for widget in app.number_input if widget.label == label)


@pytest.fixture(autouse=True)
def _home(home):
    return home


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_with_nothing_there(page):
    app = opened(page)
    assert not app.exception
    assert len(app.title) == 1


@pytest.mark.parametrize("page", ["app.py", "pages/compare.py"])
def test_empty_pages_say_what_to_do_next(page):
    assert "Train" in opened(page).info[0].value


@pytest.mark.slow
def test_every_page_opens_with_runs_in_every_state():
    states = ["finished", "stopped", "failed", "interrupted", "paused", "waiting", "created"]
    for run, state in zip([made() for _ in states], states, strict=True):
        written = "running" if state == "interrupted" else state
        pid = 2**22 + 1 if state == "interrupted" else 0  # no process has that number
        run.write_status(run.status().model_copy(update={"state": written, "pid": pid, "heartbeat": 9e9}))
        assert run.status().state == state
    names = ",".join(run.name for run in runs.list_runs()[:2])
    for page in PAGES:
        assert not opened(page, runs=names).exception, page
    for run in runs.list_runs():
        assert not opened("pages/train.py", run=run.name).exception, run.status().state


def test_home_shows_the_runs():
    run = made()
    assert run.name in str([element.proto for element in opened("app.py").get("page_link")])


def test_the_form_follows_the_variant():
    app = opened("pages/train.py", variant="dcgan")
    choice(app, "Variant").set_value("wgan_gp").run()
    assert not app.exception
    labels = [widget.label for widget in app.number_input]
    assert "Gradient penalty λ" in labels
    assert "Weight clipping bound" not in labels
    assert next(w.value for w in app.number_input if w.label == "Learning rate of G") == 1e-4
    assert app.query_params["variant"] == "wgan_gp"


def choices(app: AppTest, label: str) -> list[str]:
    """What the selectbox with this label offers; nothing if there is none."""
    return next((list(widget.options) for widget in app.selectbox if widget.label == label), [])


def test_the_form_offers_only_what_the_variant_can_use():
    app = opened("pages/train.py", **{"network.norm_d": '"instance"', "network.residual": '"both"'})
    assert not app.error
    assert choices(app, "Norm in D") == ["batch", "instance", "none", "spectral"]
    next(w for w in app.selectbox if w.label == "Variant").set_value("wgan").run()
    next(w for w in app.selectbox if w.label == "Norm in D").set_value("batch").run()
    next(w for w in app.selectbox if w.label == "Variant").set_value("wgan_gp").run()
    assert not app.exception and not app.error
    assert choices(app, "Norm in D") == ["instance", "none", "spectral"]
    assert "network.norm_d" not in app.query_params
    next(w for w in app.selectbox if w.label == "Variant").set_value("vanilla").run()
    assert not app.exception and not app.error
    assert choices(app, "Norm in D") == choices(app, "Residual blocks") == []
    assert not {"network.norm_d", "network.residual"} & set(app.query_params)


def test_a_switch_is_set_and_carried_in_the_link():
    app = opened("pages/train.py", variant="sngan")
    next(w for w in app.toggle if w.label == "Conditional").set_value(True).run()
    assert not app.exception
    assert app.query_params["network.conditional"] == "true"
    again = opened("pages/train.py", **{"variant": "sngan", "network.conditional": "true"})
    assert next(w.value for w in again.toggle if w.label == "Conditional") is True


def test_the_command_line_of_a_run_starts_the_same_run():
    given = {"network.conditional": True, "network.norm_g": "none", "data.classes": [1, 2], "network.slope_d": 0.1}
    settings = recipe.build({"variant": "sngan", **given})
    parts = live_run.command_line(settings).split()
    assert parts[:2] == ["--variant", "sngan"]
    sets = [config.parse_assignment(text) for flag, text in itertools.pairwise(parts) if flag == "--set"]
    assert recipe.build({"variant": "sngan", **dict(sets)}) == settings


def test_what_was_set_survives_a_change_of_variant():
    app = opened("pages/train.py")
    next(w for w in app.number_input if w.label == "Steps").set_value(77).run()
    choice(app, "Variant").set_value("acgan").run()
    assert next(w.value for w in app.number_input if w.label == "Steps") == 77


def test_a_link_fills_the_form():
    app = opened("pages/train.py", **{"variant": "wgan", "objective.clip": "0.05", "schedule.steps": "12", "seed": "5"})
    assert not app.error
    values = {widget.label: widget.value for widget in app.number_input}
    assert values["Weight clipping bound"] == 0.05
    assert values["Steps"] == 12
    assert values["Seed"] == 5


def test_every_remedy_is_in_the_form_with_a_sentence():
    link = {"regularization.ema_warmup": "false", "regularization.augment": "basic", "regularization.r1": "2.5"}
    app = opened("pages/train.py", variant="dcgan", **link)
    assert not app.exception and not app.error
    widgets = {w.label: w for w in (*app.number_input, *app.selectbox, *app.toggle)}
    for name, field in config.RegularizationConfig.model_fields.items():
        assert field.title and (field.title in widgets) == (name != "critic_magnitude")  # which is for critics
        assert name == "critic_magnitude" or widgets[field.title].help.endswith(".")
    warm_up = widgets["EMA with warm-up"]
    assert (warm_up.value, widgets["Augmentation"].value, widgets["R1 penalty γ"].value) == (False, "basic", 2.5)
    warm_up.set_value(True).run()
    assert "regularization.ema_warmup" not in app.query_params and app.query_params["regularization.r1"] == "2.5"


def test_a_list_of_numbers_is_typed():
    app = opened("pages/train.py", **{"schedule.sample_epochs": "[1, 6]"})
    field = next(widget for widget in app.text_input if widget.label == "Pictures at epochs")
    assert field.value == "1, 6"
    field.set_value("2, 3").run()
    assert app.query_params["schedule.sample_epochs"] == "[2, 3]"
    next(widget for widget in app.text_input if widget.label == "Pictures at epochs").set_value("2, soon").run()
    app.run()
    assert not app.exception and "schedule.sample_epochs" in shown(app)


def test_a_preset_sets_variant_data_set_and_settings_and_what_is_changed_wins(monkeypatch):
    monkeypatch.setattr(runs.Run, "start", lambda run: None)
    app = opened("pages/train.py", **{"variant": "vanilla", "network.width": "16", "seed": "4"})
    choice(app, "Preset").set_value("clothing-homework-wgan").run()
    assert not app.exception
    assert choice(app, "Variant").value == "wgan_gp"
    assert [number(app, label).value for label in ("Epochs", "Batch size", "Width", "Seed")] == [50, 32, 64, 4]
    assert presets.get("clothing-homework-wgan").summary in shown(app) and "Changed from" not in shown(app)
    assert (app.query_params["preset"], app.query_params["variant"]) == ("clothing-homework-wgan", "wgan_gp")
    number(app, "Epochs").set_value(2).run()
    choice(app, "Variant").set_value("dcgan").run()
    assert "Changed from the preset: Variant, Epochs." in shown(app) or "Epochs, Variant." in shown(app)
    app.button(key="start").click().run()
    assert not app.exception
    settings = runs.list_runs()[0].config()
    assert (settings.preset, settings.variant, settings.seed) == ("clothing-homework-wgan", "dcgan", 4)
    assert (settings.schedule.epochs, settings.schedule.batch, settings.data.limit) == (2, 32, 1005)


def test_a_link_with_a_preset_fills_the_form():
    app = opened("pages/train.py", preset="clothing-homework-acgan", **{"schedule.batch": "16"})
    assert not app.error and choice(app, "Variant").value == "acgan"
    assert (number(app, "Batch size").value, number(app, "Epochs").value) == (16, 50)
    choice(app, "Preset").set_value("").run()
    assert choice(app, "Variant").value == "acgan" and "preset" not in app.query_params
    assert (number(app, "Batch size").value, number(app, "Epochs").value) == (64, None)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"variant": "gan9000"}, "Unknown variant 'gan9000'"),
        ({"data.dataset": "cats"}, "Unknown data set 'cats'"),
        ({"preset": "none-such"}, "Unknown preset 'none-such'"),
        ({"schedule.steps": "many", "seed": "3"}, "schedule.steps: 'many' was given"),
        ({"data.classes": "[77]"}, "data.classes"),
        ({"variant": "dcgan", "objective.clip": "0.5"}, "dcgan does not use this field"),
        ({"run": "00099-nothing"}, "There is no run '00099-nothing'"),
        ({"run": "../../etc"}, "There is no run"),
        ({"data.dataset": "own-gone", "data.classes": "[12]", "network.z_dim": "abc", "seed": "3"}, "'own-gone'"),
        (
            {"optimiser.lr_g": "1e-12", "optimiser.beta2": "0.9999999999", "network.z_dim": '"50"', "seed": "x"},
            "seed: 'x' was given",
        ),
        ({"preset": "old-name", "variant": "wgan_gp", "schedule.steps": "many", "seed": "3.0"}, "'old-name'"),
    ],
)
def test_a_bad_link_is_one_sentence_and_loses_nothing_else(query, said):
    app = opened("pages/train.py", **query)
    assert not app.exception
    assert said in shown(app)
    assert app.button(key="start")
    if query.get("seed", "x") != "x":
        assert next(w.value for w in app.number_input if w.label == "Seed") == 3
    if query.get("variant") == "wgan_gp":
        assert choice(app, "Variant").value == "wgan_gp"


def test_start_makes_a_run_and_shows_it(monkeypatch):
    started = []
    monkeypatch.setattr(runs.Run, "start", lambda run: started.append(run.name))
    app = opened("pages/train.py", **{"schedule.steps": "3"})
    app.button(key="start").click().run()
    assert not app.exception
    assert started == ["00001-dcgan-fashion-small-s0"]
    assert [app.query_params["run"]] == started
    assert runs.find(started[0]).config().schedule.steps == 3


def test_a_prepared_set_is_deleted_and_no_longer_chosen(home):
    name = own_set(home)
    app = opened("pages/train.py", **{"data.dataset": name})
    assert choice(app, "Data set").value == name
    app.button(key=f"delete-{name}").click().run()
    assert not app.exception and choice(app, "Data set").value == "fashion-small"
    assert name not in own.sources() and not [b for b in app.button if b.key == f"delete-{name}"]


@pytest.mark.slow
def test_runs_that_learned_from_a_deleted_set_can_be_looked_at_and_duplicated(home):
    name = own_set(home)
    given = {"data.dataset": name, "network.width": 4, "schedule.batch": 4, "schedule.steps": 3, "optimiser.lr_g": 1.0}
    configs = [recipe.build({"variant": "dcgan", **given}), recipe.build({"variant": "lsgan", **given})]
    contest = race.create(configs)
    for run in contest.runs():
        Worker(run).work()
    own.remove(name)
    for page in ("app.py", "pages/race.py", "pages/compare.py"):
        assert not opened(page).exception
    assert not opened("pages/race.py", race=contest.name).exception
    first = contest.runs()[0].name
    assert not opened("pages/compare.py", runs=first).exception
    app = opened("pages/train.py", run=first)
    assert not app.exception and f"--dataset {name}" in app.code[0].value
    next(button for button in app.button if button.label == "Duplicate").click().run()
    assert not app.exception and f"Unknown data set '{name}'" in shown(app)
    assert number(app, "Batch size").value == 4


def test_compare_marks_differences_and_lists_figures():
    first, second = made(), made("wgan_gp", **{"schedule.steps": 2})
    app = opened("pages/compare.py", runs=f"{first.name},{second.name}")
    assert not app.exception
    figures, settings = (table.value for table in app.dataframe)
    assert list(figures["Run"]) == [first.name, second.name]
    assert list(figures["Steps"]) == [3, 2]
    assert "Variant" in set(settings["Setting"])
    assert "Batch size" not in set(settings["Setting"])  # the same in both


def test_compare_says_which_linked_runs_are_missing():
    run = made()
    app = opened("pages/compare.py", runs=f"{run.name},00042-gone")
    assert "00042-gone" in app.warning[0].value


def test_delete_removes_the_run():
    run = made()
    app = opened("pages/train.py", run=run.name)
    next(button for button in app.button if button.label == "Delete for good").click().run()
    assert not app.exception
    assert not run.path.exists()


def test_duplicate_keeps_the_preset_and_what_was_emptied():
    run = made("dcgan", preset="clothing-homework-dcgan", **{"schedule.epochs": None})
    app = opened("pages/train.py", run=run.name)
    assert "Started from the preset *Clothing homework: DCGAN*" in shown(app)
    assert "--preset clothing-homework-dcgan" in app.code[0].value and "schedule.epochs=null" in app.code[0].value
    next(button for button in app.button if button.label == "Duplicate").click().run()
    assert choice(app, "Preset").value == "clothing-homework-dcgan"
    assert (number(app, "Epochs").value, number(app, "Batch size").value) == (None, 8)


def test_duplicate_fills_the_form_with_the_runs_settings():
    run = made("wgan", **{"objective.clip": 0.02, "seed": 9})
    app = opened("pages/train.py", run=run.name)
    next(button for button in app.button if button.label == "Duplicate").click().run()
    assert not app.exception
    values = {widget.label: widget.value for widget in app.number_input}
    assert (values["Weight clipping bound"], values["Seed"], values["Steps"]) == (0.02, 9, 3)


def ill(**given) -> runs.Run:
    """A run that has ended, with the curves of a mode collapse."""
    run = made(**{"schedule.steps": 2, "optimiser.lr_g": 2e-3, **given})
    rows = (
        {"step": n, "loss/g": 2.0 + n % 3, "loss/d": 0.4, "diversity/nearest": 1.0 if n < 100 else 0.1}
        for n in range(1, 301)
    )
    run.metrics_path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return run


def links(app: AppTest) -> list:
    return [element.proto for element in app.get("page_link")]


def test_a_finding_is_one_line_with_a_link_to_the_form_that_may_help():
    app = opened("pages/train.py", run=ill().name)
    assert not app.exception
    (line,) = [element.value for element in app.markdown if "Mode collapse" in element.value]
    assert "Generated pictures lie only 1" in line and "Since step 1" in line
    (link,) = [link for link in links(app) if link.label.startswith("Duplicate with")]
    assert link.label == "Duplicate with learning rate of G 0.0002"
    query = {name: values[0] for name, values in parse_qs(link.query_string).items()}
    assert query["optimiser.lr_g"] == "0.0002" and "run" not in query
    # the link opens the form with the run's settings and the change
    form = opened("pages/train.py", **query)
    assert not form.error and number(form, "Learning rate of G").value == 2e-4
    assert number(form, "Width").value == 4


def test_a_link_within_the_app_replaces_what_the_form_held():
    app = opened("pages/train.py", **{"schedule.steps": "77"})
    assert number(app, "Steps").value == 77
    for name in list(app.query_params):
        del app.query_params[name]
    for name, value in {"variant": "wgan", "schedule.steps": "55"}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception and number(app, "Steps").value == 55 and choice(app, "Variant").value == "wgan"
    number(app, "Steps").set_value(66).run()
    assert number(app, "Steps").value == 66 and app.query_params["schedule.steps"] == "66"


def test_a_run_with_nothing_amiss_says_so_in_a_line():
    assert "The diagnosis begins after some fifty steps" in shown(opened("pages/train.py", run=made().name))


def test_the_score_has_a_curve_with_its_best_point():
    run = made()
    rows = [{"step": n, "loss/g": 1.0, "loss/d": 1.0, "cost/scoring": None} for n in range(1, 101)]
    for step, value in ((20, 9.0), (50, 5.0), (80, 7.0)):
        rows[step - 1] |= {"frechet/distance": value, "frechet/low": value - 1, "frechet/high": value + 1}
        rows[step - 1] |= {"cost/scoring": 0.034}
    run.metrics_path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (run.path / "weights" / "000050.safetensors").write_bytes(b"")
    best = runs.BestWeights(step=50, value=5.0, low=4.0, high=6.0, extractor="fashion-cnn", count=2000)
    run.best_path.write_text(best.model_dump_json())
    app = opened("pages/train.py", run=run.name)
    assert not app.exception
    text = shown(app)
    assert "Measured on 2,000 pictures by fashion-cnn. Scores have taken 3.4% of the training time." in text


def test_the_figure_of_a_score():
    columns = {"step": np.arange(1.0, 5), "frechet/distance": np.array([9, np.nan, 5, 7])}
    columns |= {"frechet/low": columns["frechet/distance"] - 1, "frechet/high": columns["frechet/distance"] + 1}
    data = score_figure(columns, 3, "Title", "unit")["data"]
    assert [trace["uid"] for trace in data] == ["low", "band", "score", "best"]
    assert data[2]["customdata"] == [[8, 10], [4, 6], [6, 8]]
    assert data[3]["name"] == "best so far: 5 at step 3"
    assert len(score_figure(columns, None, "Title", "unit")["data"]) == 3
