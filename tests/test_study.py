"""A study from start to end: interrupted, resumed, reported; and the report's parts one by one."""

import base64
import itertools
import json
import math
import re
import shlex
import signal
import statistics
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from gan_core import presets, runs, studies
from gan_core.__main__ import main
from gan_core.presets import recipe
from gan_core.reports import document, svg
from gan_core.reports.document import Code, Heading, Picture, Table, Text
from gan_core.runs import summary
from gan_core.studies import Study
from gan_core.studies import _report as report
from gan_core.studies.study import StudyRun
from gan_core.system.errors import WorkshopError
from gan_core.worker.worker import Worker

ACGAN, WGAN = "clothing-homework-acgan", "clothing-homework-wgan"
TINY = {
    "network.width": 4,
    "network.z_dim": 8,
    "data.limit": 40,
    "schedule.batch": 8,
    "schedule.epochs": 3,
    "schedule.sample_epochs": [1, 3],
}
SETTINGS = [part for field, value in TINY.items() for part in ("--set", f"{field}={json.dumps(value)}")]
STUDY = Study("Two rows", "A study for the tests.", (ACGAN, WGAN), pairs=((ACGAN, WGAN),), idea="the critic")


@pytest.fixture(autouse=True)
def _study(home, monkeypatch):
    monkeypatch.setattr(studies, "all_studies", lambda: {"tiny": STUDY})
    monkeypatch.delenv("GAN_MAX_RUNNING", raising=False)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    assert {number: signal.getsignal(number) for number in handlers} == handlers, "a study gives the signals back"


@pytest.fixture
def trained(monkeypatch):
    """The names of the runs that were trained, in order."""
    names, work = [], Worker.work

    def counted(worker):
        names.append(worker.run.name)
        return work(worker)

    monkeypatch.setattr(Worker, "work", counted)
    return names


def read(work: StudyRun) -> str:
    """The report, with plain spaces."""
    return work.report_path.read_text().replace("\u00a0", " ")


def table(page: str, first: str) -> dict[str, dict[str, str]]:
    """The first table of the page whose first column is called `first`: row name to its cells by column."""
    for text in re.findall(r"<table>(.*?)</table>", page, re.S):
        head, *rows = (re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", row, re.S) for row in text.split("</tr>")[:-1])
        if head[0] == first:
            return {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    raise AssertionError(f"no table begins with {first!r}")


def test_interrupted_resumed_and_reported(home, trained):
    heard = []

    def press_ctrl_c(at, status):
        heard.append((at.number, at.rows, status.state, at.left))
        if at.number == 2 and status.state == "running":
            signal.raise_signal(signal.SIGINT)

    work = StudyRun("tiny", overrides=TINY)
    assert work.out == home / "studies" / "tiny"
    assert work.work(press_ctrl_c) is False
    first, second = (row.run for row in work.rows)
    assert first and second
    assert [run.status().state for run in (first, second)] == ["finished", "stopped"]
    assert "1 of 2 rows finished." in read(work)
    assert {(number, rows) for number, rows, *_ in heard} == {(1, 2), (2, 2)}
    stamp = first.metrics_path.stat().st_mtime_ns

    again = StudyRun("tiny", overrides=TINY)
    assert again.work() is True
    assert [row.run for row in again.rows] == [first, second], "the same runs"
    assert trained == [first.name, second.name, second.name]
    assert first.metrics_path.stat().st_mtime_ns == stamp and second.status().state == "finished"
    assert StudyRun("tiny", overrides=TINY).work() is True and len(trained) == 3, "nothing is left to train"

    text = read(work)
    assert "2 of 2 rows finished." in text
    for row, run in ((ACGAN, first), (WGAN, second)):
        cells = table(text, "Row")[row]
        expected = by_hand(run)
        assert {name: cells[name] for name in expected} == expected
        assert cells["Oscillation"] == expected["D loss"].partition(" ± ")[2]
        assert cells["Seconds"] == f"{run.status().seconds:,.1f}" and cells["State"] == "finished"
    assert table(text, "Row")[WGAN]["Accuracy class"] == "–"
    protocol = {name: cells["All rows"] for name, cells in table(text, "").items()}
    assert protocol["Pictures"] == "40, 28 × 28, grey" and protocol["Batch size"] == "8" and protocol["Seed"] == "0"
    assert protocol["Epochs"] == "3 (reached: 3.0)"
    assert protocol["Device and precision"] == first.status().device
    assert f"{WGAN}: the critic " in text and "may be chance" in text
    assert "The critic lowered the oscillation in " in text
    assert table(text, "Setting")["Batch size"]["Value"] == "8"
    assert "study tiny --set network.width=4" in text

    # the pictures are those of the ends of the epochs: 40 pictures in batches of 8, five at once for the critic
    sheets = table(text[text.index("<h2>Samples</h2>") :], "Row")
    for row, run, epoch, step in (
        (ACGAN, first, 1, 5),
        (ACGAN, first, 3, 15),
        (WGAN, second, 1, 1),
        (WGAN, second, 3, 3),
    ):
        cell = sheets[row][f"Epoch {epoch}"]
        assert base64.b64encode(run.samples()[step].read_bytes()).decode() in cell
        assert f"<figcaption>Epoch {epoch}, step {step}</figcaption>" in cell
    assert text.count('<img alt="') == 4 and text.count("<svg") == 5
    assert not re.search(r'(src|href)="(?!data:)', text), "the page needs no other file"
    assert sorted(path.name for path in work.out.iterdir()) == ["report.html", "study.json"]


def by_hand(run: runs.Run) -> dict[str, str]:
    """The figures of the last epoch, worked out from the lines of metrics.jsonl with nothing of ours."""
    rows = [json.loads(line) for line in run.metrics_path.read_text().splitlines()]
    rows = list({row["step"]: row for row in rows}.values())
    last = [row for row in rows if row["images"] > rows[-1]["images"] - 40]
    names = {"D loss": "loss/d", "G loss": "loss/g", "Accuracy real": "accuracy/real", "Accuracy fake": "accuracy/fake"}
    names |= {"Accuracy class": "accuracy/class"} if "acgan" in run.name else {}
    assert 1 <= len(last) <= 5
    return {
        title: " ± ".join(
            summary.format_number(value) for value in (statistics.fmean(values), statistics.pstdev(values))
        )
        for title, key in names.items()
        if (values := [row[key] for row in last])
    }


def test_interrupted_between_two_rows(monkeypatch, trained):
    create = runs.create

    def first_only(*arguments):
        if trained:
            raise KeyboardInterrupt
        return create(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(runs, "create", first_only)
        assert StudyRun("tiny", overrides=TINY).work() is False
    assert StudyRun("tiny", overrides=TINY).work() is True
    assert len(trained) == 2


def test_other_settings_are_other_runs(home, trained):
    assert StudyRun("tiny", overrides=TINY).work()
    other = StudyRun("tiny", overrides=TINY | {"schedule.epochs": 1})
    assert [row.run for row in other.rows] == [None, None]
    elsewhere = StudyRun("tiny", overrides=TINY, folder=home / "elsewhere")
    assert [row.run for row in elsewhere.rows] == [None, None]
    taken = StudyRun("tiny", overrides=TINY)
    assert all(row.run for row in taken.rows)
    runs.list_runs()[0].delete()
    assert [bool(row.run) for row in StudyRun("tiny", overrides=TINY).rows] == [True, False]


def test_the_command_in_the_report_makes_the_same_study(home, monkeypatch):
    monkeypatch.chdir(home)
    changes = {"data.classes": [0, 1, 2], "data.dataset": "fashion-small"}
    usual = StudyRun("tiny", overrides=changes, seeds=2, out=home / "studies" / "tiny", folder=home)
    assert usual.command == (
        "python -m gan_core study tiny --seeds 2 --set 'data.classes=[0, 1, 2]' --set data.dataset=fashion-small"
    )
    made = StudyRun("tiny", overrides=changes, out=Path("my report"), folder=home / "r")
    started: list[StudyRun] = []
    monkeypatch.setattr(StudyRun, "work", lambda work, _: started.append(work) or True)
    main(shlex.split(made.command)[3:])
    (again,) = started
    assert (again.out, again.folder) == (made.out, made.folder) == (home / "my report", home / "r")
    assert [row.config for row in again.rows] == [row.config for row in made.rows] and again.command == made.command


def test_seeds(home, capsys):
    assert main(["study", "tiny", "--seeds", "2", *SETTINGS, "--runs", str(home / "r"), "--out", str(home / "o")]) == 0
    out, err = capsys.readouterr()
    assert out == f"{home / 'o' / 'report.html'}\n" and "row 4 of 4" in err and "left for all" in err
    text = (home / "o" / "report.html").read_text()
    assert set(table(text, "Row")) == {f"{name}, seed {seed}" for name in (ACGAN, WGAN) for seed in (0, 1)}
    assert "(means of 2 seeds; lower with " in text and "may be chance" not in text
    sheets = re.findall(r'<img alt="Samples of (.*?) after', text)
    assert {*sheets} == {f"{name}, seed 0" for name in (ACGAN, WGAN)}
    assert "Sheets and curves are those of seed 0." in text
    assert sorted(run.config().seed for run in runs.list_runs(home / "r")) == [0, 0, 1, 1]


def test_a_row_that_fails_is_told():
    work = StudyRun("tiny", overrides=TINY | {"data.limit": 4})
    assert work.work() is True and not work.finished()
    text = read(work)
    assert f"{ACGAN} failed: schedule.batch: 8 was given" in text and "0 of 2 rows finished." in text


def test_a_failed_row_is_an_error_of_the_command(capsys):
    assert main(["study", "tiny", *SETTINGS, "--set", "data.limit=4"]) == 2
    out, err = capsys.readouterr()
    assert Path(out.strip()).is_file() and err.endswith("error: 2 of 2 rows failed; the report says why.\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none"], "Unknown study 'none'"),
        (["tiny", "--seeds", "0"], "--seeds: 0 was given"),
        (["tiny", "--set", "schedule.epochs=0"], "schedule.epochs: 0 was given"),
        (["tiny", "--set", "objective.clip=1"], "acgan does not use this field"),
    ],
)
def test_mistakes(capsys, arguments, said):
    assert main(["study", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not runs.list_runs()


def test_a_damaged_state_is_one_sentence(home):
    (home / "studies" / "tiny").mkdir(parents=True)
    for text in ("{", "[]", '{"rows": [1]}', '{"rows": 3}'):
        (home / "studies" / "tiny" / "study.json").write_text(text)
        with pytest.raises(WorkshopError, match=r"study\.json is damaged; delete it to begin the study anew"):
            StudyRun("tiny")


def test_time_left_goes_by_the_variant():
    work = StudyRun("tiny", overrides=TINY, seeds=2)
    acgan, wgan, acgan_1, _ = work.rows
    running = runs.Status(state="running", seconds=30, eta=10)
    assert work._seconds_left(acgan, running, {}) == 10 + 3 * 40, "all rows like this one"
    assert work._seconds_left(wgan, running, {acgan.label: 7}) == 10 + 7 + 40
    assert work._seconds_left(acgan_1, running, {acgan.label: 10, wgan.label: 100}) == 10 + 100
    assert work._seconds_left(acgan, runs.Status(state="running"), {}) is None


# The studies that come with the program


def test_the_studies_are_made_of_presets(monkeypatch, capsys):
    monkeypatch.undo()
    for name, study in studies.all_studies().items():
        configs = [recipe.build({"preset": preset, **study.values}) for preset in study.presets]
        assert len(configs) == len(set(study.presets)) and set(study.presets) <= set(presets.all_presets()), name
        assert study.summary.endswith(".") and study.idea
    assert main(["studies", "--json"]) == 0
    assert [row["id"] for row in json.loads(capsys.readouterr().out)] == list(studies.all_studies())


def test_a_pair_must_be_of_rows():
    with pytest.raises(ValueError, match=r"pairs of what is no row: \['b'\]"):
        Study("Odd", "A test.", ("a",), pairs=(("a", "b"),))


# Sentences, numbers, charts, documents


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (0.5, 0.25, "helped; D's loss oscillates by 0.250 over the last epoch, against 0.500 in a, 50% less"),
        (0.5, 0.6, "did not help; D's loss oscillates by 0.600 over the last epoch, against 0.500 in a, 20% more"),
        (0.5, 0.51, "made hardly a difference; "),
        (0.0, 0.1, "did not help; "),
    ],
)
def test_the_verdict_says_what_the_numbers_say(before, after, said):
    assert report.verdict("smoothing", "a", "b", before, after).startswith(f"b: smoothing {said}")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.00"), (0.03123, "0.0312"), (1.2345, "1.23"), (-12.345, "-12.3"), (1234.5, "1,234"), (math.nan, "–")],
)
def test_numbers_have_three_digits(value, text):
    assert summary.format_number(value) == text


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3.7, 12.2), (0.001, 0.0013), (0, 46870), (-1e-9, 1e-9)])
def test_ticks_are_round_and_inside(low, high):
    found = svg.ticks(low, high)
    assert 3 <= len(found) <= 11
    assert low - 1e-12 <= found[0] and found[-1] <= high + 1e-12
    assert len({round(b - a, 12) for a, b in itertools.pairwise(found)}) <= 2


def test_thinned_curves_keep_their_spikes():
    x, y = np.arange(100_000.0), np.zeros(100_000)
    y[[12_345, 77_777]] = [9, -9]
    few_x, few_y = svg.thin(x, y)
    assert len(few_y) <= 2 * svg.POINTS and (few_y.max(), few_y.min()) == (9, -9)
    assert (np.diff(few_x) > 0).all()


@pytest.mark.parametrize(
    "y", [np.array([]), np.array([1.0]), np.full(5, 2.0), np.array([np.nan, 1, np.inf, 3]), np.full(3, np.nan)]
)
def test_any_curve_makes_a_chart(y):
    text = svg.chart([svg.Curve("a < b", np.arange(float(len(y))), y)], x_title="x", y_title="y", alt='A "chart"')
    root = ElementTree.fromstring(text)
    assert "nan" not in text and "inf" not in text
    lines = root.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == (1 if np.isfinite(y).any() else 0)


def test_a_chart_draws_its_points_where_they_are():
    text = svg.chart([svg.Curve("a", np.array([0.0, 1, 2]), np.array([0.0, 1, 0]))], x_title="x", y_title="y", alt="a")
    points = ElementTree.fromstring(text).findall("{http://www.w3.org/2000/svg}polyline")[0].attrib["points"]
    middle, floor, top = (svg.LEFT + svg.WIDTH - svg.RIGHT) / 2, svg.HEIGHT - svg.BOTTOM, svg.TOP
    assert points == f"{svg.LEFT}.0,{floor}.0 {middle:.1f},{top}.0 {svg.WIDTH - svg.RIGHT}.0,{floor}.0"


def test_a_document_as_html():
    picture = Picture(b"PNG", "A <picture>", "Below")
    blocks = [Heading("On a < b", 1), Text("x | y"), Code("ls <a>"), Table(["a", "b"], [["1|2", "3"]])]
    html = document.html([*blocks, picture, Table(["a"], [[picture]])])
    assert "<h1>On a &lt; b</h1>" in html and "<td>1|2</td>" in html and "<pre>ls &lt;a&gt;</pre>" in html
    assert html.count('<img alt="A &lt;picture&gt;" src="data:image/png;base64,UE5H">') == 2
