"""What the parts of the Compare page make of runs, by value."""

import base64
import json
import math

import numpy as np
import pytest
from toys import finished

from gan_core import runs
from gan_core.evaluation import comparison
from gan_core.models import checkpoint
from gan_core.presets import recipe
from gan_core.runs import scores
from gan_core.system import files
from pages.ui.live import exports, film, plots
from pages.ui.live.plots import PlotLine
from pages.ui.shell import resources

TINY = {"network.width": 4, "schedule.batch": 8, "schedule.steps": 3, "data.limit": 50, "schedule.keep_every": 1}


@pytest.fixture(autouse=True)
def _home(home):
    return home


def made(variant="dcgan", **given) -> runs.Run:
    return finished(runs.create(recipe.build({"variant": variant, **TINY, **given})))


def test_reports_are_chosen_to_stand_side_by_side():
    mine = [report("a", 5.0), report("a", 4.9, count=9000)]
    found = comparison.side_by_side({"a": mine, "b": [report("b", 1.0)], "c": []}, "a")
    assert found == {"a": mine[0], "b": report("b", 1.0)}
    alone = comparison.side_by_side({"a": mine, "b": [report("b", 1.0, count=70)]}, "a")
    assert alone["a"] == mine[1] and alone["b"].protocol.count == 70
    assert comparison.side_by_side({"b": mine}, "a") == {"b": mine[1]}


def test_what_a_model_draws_with_is_compared():
    mine = [report("a", 5.0), raw_of(report("a", 4.0, count=9000))]
    found = comparison.side_by_side({"a": mine, "b": [report("b", 1.0, count=9000)]}, "a")
    assert found["a"] == mine[0]
    found = comparison.side_by_side({"a": [report("a", 5.0)], "b": [report("b", 5.0), raw_of(report("b", 9.0))]}, "a")
    assert found["b"].scores["frechet"].value == 5.0
    chosen = [report("a", 5.0), raw_of(report("b", 9.0), by_choice=True), raw_of(report("c", 9.0))]
    _, rows, refused = comparison.score_table(chosen, "a")
    assert rows[0][1:] == ["5 (4.9 to 5.1)", "9 (8.9 to 9.1)", "9 (8.9 to 9.1), worse"]
    assert len(refused) == 1 and refused[0].startswith("b: These scores cannot be compared: one is of raw weights")


# The table


def report(subject, value, half=0.1, step=3, count=5000, better="lower"):
    score = {
        "id": "frechet",
        "title": "Fréchet distance (x)",
        "value": value,
        "low": value - half,
        "high": value + half,
    }
    protocol = {"extractor": "x", "extractor_digest": "d", "count": count, "reference": "r", "reference_count": 9}
    protocol |= {"reference_digest": "h", "classes": (), "weights": "ema", "seed": 0}
    scored = {"frechet": score | {"better": better, "read": "", "interval": ""}}
    return scores.ScoreReport.model_validate({"subject": subject, "step": step, "protocol": protocol, "scores": scored})


def raw_of(one, by_choice=False):
    """The same scores, of raw weights."""
    how = one.protocol.model_copy(update={"weights": "raw", "by_choice": by_choice})
    return one.model_copy(update={"protocol": how})


def test_scores_are_marked_where_they_differ_by_more_than_chance():
    reports = [report("a", 5.0), report("b", 5.12), report("c", 6.0), report("d", 4.0), report("e", 1.0, count=1000)]
    head, rows, refused = comparison.score_table(reports, "a")
    assert head == ["Score", "a", "b", "c", "d", "e"]
    said = [
        "5 (4.9 to 5.1)",
        "5.12 (5.02 to 5.22)",
        "6 (5.9 to 6.1), worse",
        "4 (3.9 to 4.1), better",
        "1 (0.9 to 1.1)",
    ]
    assert rows == [["Fréchet distance (x)", *said]]
    assert len(refused) == 1 and refused[0].startswith("e: These scores cannot be compared")
    higher = [report("a", 0.5, 0.01, better="higher"), report("b", 0.6, 0.01, better="higher")]
    assert str(comparison.score_table(higher, "a")[1][0][2]).endswith(", better")
    assert comparison.score_table(reports, "nobody") == (head, [[str(r).split(", ")[0] for r in rows[0]]], [])


def test_the_last_and_the_best_score_of_a_history():
    columns = {
        "step": np.array([1.0, 2, 3, 4]),
        "frechet/distance": np.array([np.nan, 2, 3, np.nan]),
        "frechet/low": np.array([np.nan, 1.5, np.nan, np.nan]),
        "frechet/high": np.array([np.nan, 2.5, np.nan, np.nan]),
    }
    last, best = comparison.last_and_best(columns)
    assert last and best and (last.step, last.value, best.step) == (3, 3, 2)
    assert (str(best), str(last), math.isnan(last.low)) == ("2.00 (1.50 to 2.50)", "3.00", True)
    assert comparison.last_and_best({"step": np.array([1.0])}) == (None, None)


def test_the_table_of_a_run():
    run = made()
    head, rows = comparison.table([comparison.row_from_run(run)])
    row = dict(zip(head, rows[0], strict=True))
    assert (row["Run"], row["State"], row["Steps"]) == (run.name, "finished", 3)
    parameters = row["Parameters of G"], row["Parameters of D"]
    assert "Final score" not in head and parameters == checkpoint.count_parameters(run.weights()[3])
    files.write_atomic(run.metrics_path, run.metrics_path.read_bytes() + b'{"step": 4, "frechet/distance": 7.5}\n')
    head, rows = comparison.table([comparison.row_from_run(run)])
    assert dict(zip(head, rows[0], strict=True))["Best score"] == "7.50 at step 4"


def test_kept_scores_are_found_by_step():
    run = made()
    for one in (report(run.name, 1.0, step=2), report(run.name, 2.0, step=2, count=9000), report(run.name, 3.0)):
        scores.save(one, run.scores_path)
    found = scores.at_step(run, 2)
    assert found and found.scores["frechet"].value == 2.0
    assert scores.at_step(run, 1) is None


# Charts and their files


def test_a_line_with_an_interval_is_drawn_in_a_band_and_not_smoothed():
    y = np.array([3.0, np.nan, 2.0])
    line = PlotLine("one", np.arange(3.0), y, low=y - 1, high=y + 1)
    band, curve = plots.lines_figure([line], title="", x_title="", y_title="", smoothing=0.9)["data"]
    read = {name: np.frombuffer(base64.b64decode(band[name]["bdata"]), "<f4") for name in "xy"}
    assert read["x"].tolist() == [0, 2, 2, 0] and read["y"].tolist() == [2, 1, 3, 4]
    assert (band["fill"], band["hoverinfo"], curve["mode"]) == ("toself", "skip", "lines+markers")
    assert band["uid"] != curve["uid"]


def test_a_figure_as_a_page_holds_plotly_and_the_data():
    line = PlotLine("the <line>", np.arange(3.0), np.arange(3.0))
    page = exports.standalone_html(plots.lines_figure([line], title="A title", x_title="step", y_title="y"))
    assert "plotly.js v" in page and "A title" in page and "cdn.plot.ly/plotly" not in page.split("<body>")[0]
    assert len(page) > 1_000_000


def test_real_pictures_lie_by_class_like_the_samples():
    wanted = recipe.build({"data.dataset": "digits"}).data
    sheet, labels = resources.real_sheet(wanted)
    assert labels.tolist() == [k % 10 for k in range(60)] and sheet.shape == (6 * 30 - 2, 10 * 30 - 2, 1)


def test_a_film_tells_the_browser_how_to_compare(monkeypatch):
    sent = []
    monkeypatch.setattr(film, "_film", lambda data, **_: sent.append(data))
    grid: film.GridShape = {"columns": 10, "rows": 6, "gap": 2, "size": 28}
    strips: list[film.FilmStrip] = [{"id": "a", "title": "a"}]
    film.live_film(strips, [1], lambda *_: b"png", "film", mode="flicker", reference="a", grid=grid, opened=5)
    size = int.from_bytes(sent[0][:4], "little")
    header = json.loads(sent[0][4 : 4 + size])
    assert {name: header[name] for name in ("mode", "reference", "opened", "grid")} == {
        "mode": "flicker", "reference": "a", "opened": 5, "grid": grid,
    }  # fmt: skip
