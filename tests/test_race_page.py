"""The Race page, run by AppTest."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from test_pages import choice, number, opened, shown
from toys import finished

from gan_core import runs
from gan_core.runs import lanes, race
from pages.ui.live import curves

pytestmark = pytest.mark.slow

TINY = {"network.width": 4, "network.z_dim": 8}
COMMON = {"schedule.batch": 8, "schedule.steps": 3, "data.limit": 50}


@pytest.fixture(autouse=True)
def _home(home):
    return home


@pytest.fixture
def started(monkeypatch) -> list[str]:
    """The names of the runs that were started; no worker is."""
    names: list[str] = []
    monkeypatch.setattr(runs.Run, "start", lambda run: names.append(run.name))
    return names


def made(*texts: str) -> race.Race:
    """A race whose runs have ended, one after the other in this process."""
    contest = race.create(lanes.build([{**lanes.parse(text), **TINY} for text in texts], COMMON))
    for run in contest.runs():
        finished(run)
    return contest


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def test_two_lanes_start_with_one_seed_and_one_length(started):
    app = opened("pages/race.py")
    assert not app.exception and not app.error
    assert (choice(app, "Lane 1").value, choice(app, "Lane 2").value) == ("dcgan", "wgan_gp")
    assert "the same pictures in the same order" in shown(app) and "DCGAN: 1, WGAN-GP: 5" in shown(app)
    number(app, "Steps").set_value(200).run()
    number(app, "Seed").set_value(7).run()
    number(app, "Batch size").set_value(16).run()
    app.button(key="start-race").click().run()
    assert not app.exception
    assert started == ["00001-dcgan-fashion-small-s7", "00002-wgan_gp-fashion-small-s7"]
    assert app.query_params["race"] == "00001"
    for run in race.find("1").runs():
        settings = run.config()
        assert (settings.seed, settings.schedule.steps, settings.schedule.batch) == (7, 200, 16)


def test_the_same_variant_with_and_without_a_remedy(started):
    app = opened("pages/race.py")
    offered = next(box for box in app.selectbox if box.label == "With and without")
    assert "One-sided label smoothing 0.1" in offered.options
    assert not [title for title in offered.options if "critic" in title], "which is for critics"
    offered.set_value("One-sided label smoothing 0.1").run()
    assert not app.exception and not app.error
    assert (choice(app, "Lane 1").value, choice(app, "Lane 2").value) == ("dcgan", "dcgan")
    assert number(app, "One-sided label smoothing").value == 0.1
    assert "They begin with the same weights" in shown(app)
    assert app.query_params["lanes"] == "dcgan;dcgan,regularization.label_smoothing=0.1"
    app.button(key="start-race").click().run()
    first, second = (run.config() for run in race.find("1").runs())
    assert (first.regularization.label_smoothing, second.regularization.label_smoothing) == (0.0, 0.1)
    assert first.network == second.network and first.schedule == second.schedule


def test_what_no_setting_may_be_cannot_be_typed(started):
    app = opened("pages/race.py")
    assert (number(app, "Time limit (s)").min or 0) > 0, "0 would be refused by the schema"
    number(app, "Time limit (s)").set_value(0.5).run()
    app.button(key="start-race").click().run()
    assert not app.exception and race.find("1").runs()[0].config().schedule.seconds == 0.5


def test_a_lane_is_duplicated_changed_and_removed():
    app = opened("pages/race.py")
    app.button(key="copy-2").click().run()
    assert not app.exception
    assert [choice(app, f"Lane {i}").value for i in (1, 2, 3)] == ["dcgan", "wgan_gp", "wgan_gp"]
    assert "Two lanes have the same settings" in shown(app)
    fields = app.multiselect[2]
    fields.set_value(["objective.gp_weight"]).run()
    number(app, "Gradient penalty λ").set_value(1.0).run()
    assert not app.exception and "Two lanes" not in shown(app)
    assert app.query_params["lanes"] == "dcgan;wgan_gp;wgan_gp,objective.gp_weight=1.0"
    app.button(key="remove-1").click().run()
    assert [choice(app, f"Lane {i}").value for i in (1, 2)] == ["wgan_gp", "wgan_gp"]
    assert number(app, "Gradient penalty λ").value == 1.0
    assert app.button(key="remove-1").disabled


def test_a_link_fills_the_form():
    query = {"lanes": "sngan;clothing-homework-dcgan,regularization.ema=0", "schedule.steps": "40", "seed": "3"}
    app = opened("pages/race.py", **query)
    assert not app.exception and not app.error
    assert (choice(app, "Lane 1").value, choice(app, "Lane 2").value) == ("sngan", "clothing-homework-dcgan")
    assert (number(app, "Steps").value, number(app, "Seed").value, number(app, "EMA of G").value) == (40, 3, 0.0)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"lanes": "gan9000;dcgan"}, "'gan9000' is neither"),
        ({"lanes": "dcgan,seed=many;wgan"}, "seed: 'many' was given"),
        ({"lanes": "dcgan,objective.clip=1;wgan"}, "dcgan does not use this field"),
        ({"schedule.steps": "-4"}, "schedule.steps: -4 was given"),
        ({"data.dataset": "cats"}, "Unknown data set 'cats'"),
        ({"race": "77"}, "There is no race '77'"),
        ({"race": "../.."}, "There is no race"),
    ],
)
def test_a_bad_link_is_one_sentence(query, said):
    app = opened("pages/race.py", **query)
    assert not app.exception
    assert said in shown(app)
    assert app.button(key="start-race")


def test_a_race_that_has_ended():
    contest = made("dcgan", "wgan_gp")
    for over in ("step", "images", "seconds"):
        app = opened("pages/race.py", race=contest.name, over=over)
        assert not app.exception
        assert app.query_params.get("over", "step") == over
    text = shown(app)
    assert "**DCGAN** against **WGAN-GP**" in text and "24 images seen" in text and "120 images seen" in text
    links = str([element.proto for element in app.get("page_link")])
    first, second = contest.runs()
    assert "Open in Compare" in links and f"{first.name}%2C{second.name}" in links
    assert not [b for b in app.button if b.label in ("Pause all", "Stop all", "Resume all")]


def test_pause_stop_and_resume_ask_all(started):
    contest = made("dcgan", "lsgan")
    for run in contest.runs():
        run.write_status(run.status().model_copy(update={"state": "running", "pid": 0, "heartbeat": 9e9}))
    app = press(opened("pages/race.py", race=contest.name), "Pause all")
    assert [run.request().action for run in contest.runs()] == ["pause", "pause"]
    app = press(app, "Resume all")
    assert [run.request().action for run in contest.runs()] == ["run", "run"] and not started
    app = press(app, "Stop all")
    assert [run.request().action for run in contest.runs()] == ["stop", "stop"]
    first, second = contest.runs()
    first.write_status(first.status().model_copy(update={"state": "stopped"}))
    press(opened("pages/race.py", race=contest.name), "Resume all")
    assert started == [first.name] and second.request().action == "run"


def test_race_again_fills_the_form():
    contest = made("dcgan", "dcgan,regularization.r1=2.0")
    app = press(opened("pages/race.py", race=contest.name), "Race again")
    assert not app.exception and not app.error
    assert number(app, "R1 penalty γ").value == 2.0 and number(app, "Batch size").value == 8
    assert number(app, "Steps").value == 3
    assert "Earlier races" in shown(app)


def test_a_race_without_its_runs_is_said():
    contest = made("dcgan", "lsgan")
    contest.runs()[0].delete()
    assert not opened("pages/race.py", race=contest.name).exception
    contest.runs()[0].delete()
    assert "were deleted" in opened("pages/race.py", race=contest.name).warning[0].value


def test_the_ends_of_an_interval_are_no_curves_of_their_own():
    ends = {name: np.ones(2) for name in ("step", "frechet/distance", "frechet/low", "frechet/high")}
    lines = curves.lines_of_runs({"DCGAN: ": ends, "LSGAN: ": ends}, "frechet", "step")
    assert [line.name for line in lines] == ["DCGAN: Fréchet distance", "LSGAN: Fréchet distance"]
    assert all(line.low is not None and line.high is not None for line in lines)
