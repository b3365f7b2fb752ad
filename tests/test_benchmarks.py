"""What the benchmarks work out for themselves: ratios, what is left to measure, tables, FLOPs and curves."""

import itertools
import re
from argparse import Namespace
from dataclasses import replace
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from toys import pictures, tiny

from benchmarks import (
    competitors,
    engine,
    loglog,
    measurements,
    profile_step,
    quality_report,
    report,
    textbook,
    time_to_quality,
)
from benchmarks.loglog import Curve
from benchmarks.measurements import Measurement, Reading, Training
from gan_core import config, data
from gan_core.evaluation.reference import Reference
from gan_core.presets import recipe
from gan_core.system.errors import WorkshopError
from gan_core.training.trainer import Diverged, Trainer

# Speed


def speed(images, memory=500.0):
    return engine.Speed(images / 64, images, memory, 400.0, "2 CPU cores, bf16")


def test_the_ratio_is_of_each_pair_not_of_the_medians():
    """Pairs share the machine's mood: 3, 2 and 4 times as fast, whatever the medians are."""
    assert engine.ratios([300, 20, 4000], [100, 10, 1000]) == (3, 2, 4)


def test_a_row_of_the_engine_table():
    found = {
        "textbook": [speed(100), speed(110), speed(90)],
        "ours": [speed(300, 600), speed(220, 700), speed(270, 650)],
    }
    cells = dict(zip(engine.HEAD, engine.row("DCGAN, fast", found), strict=True))
    assert cells["textbook images/s"] == "100" and cells["ours images/s"] == "270"
    assert cells["ours / textbook"] == "**3.00**" and cells["lowest to highest"] == "2.00 to 3.00"
    assert (cells["textbook MB"], cells["ours MB"]) == ("500", "650")


def test_the_clock_starts_after_the_warm_up_and_counts_steps_not_calls(monkeypatch):
    clock = SimpleNamespace(now=0.0, calls=0)

    def go():
        clock.calls += 1
        clock.now += 10.0 if clock.calls <= 2 * engine.WARM_UP else 0.25  # the first calls are slow

    monkeypatch.setattr(engine.time, "perf_counter", lambda: clock.now)
    # every second call is a step
    assert engine.timed(go, lambda: clock.calls // 2, seconds=5) == pytest.approx(2)


@pytest.mark.parametrize("side", engine.SIDES)
def test_each_side_measures_the_same_run(side):
    options = {"variants": ["vanilla"], "preset": ["usual"], "dataset": "digits", "seconds": 0.1, "side": side}
    found = engine.measure(SimpleNamespace(**options))  # pyright: ignore[reportArgumentType]
    assert found.images == pytest.approx(64 * found.steps) and found.memory >= found.before > 50
    assert (found.where == "fp32") is (side == "textbook")


# What is measured and what is left to do


def reading(at, frechet, **more):
    return Reading(
        at, at + 0.1, 10, 640, {name: (value, value, value) for name, value in {"frechet": frechet, **more}.items()}
    )


def textbook_training(competitor="textbook-dcgan", seed=0, marks=(15.0, 30.0), settings="a"):
    return Training(competitor, seed, marks, settings)


def test_a_training_is_done_when_all_its_marks_are_measured(tmp_path):
    asked = textbook_training()
    assert measurements.state(asked, tmp_path) == "new"
    first = Measurement(asked, [reading(15.0, 9.0)], how="h", where="w", commit="c")
    measurements.save(first, tmp_path)
    assert measurements.state(asked, tmp_path) == "unfinished"
    measurements.save(replace(first, readings=[reading(15.0, 9.0), reading(30.0, 5.0)]), tmp_path)
    assert measurements.state(asked, tmp_path) == "done"
    assert measurements.state(textbook_training(settings="b"), tmp_path) == "other settings"
    assert measurements.state(replace(asked, count=200), tmp_path) == "other settings"
    assert measurements.state(textbook_training(seed=1), tmp_path) == "new"
    assert measurements.state(textbook_training(marks=(15.0,)), tmp_path) == "done", "more than was asked for is there"


def test_a_training_that_diverged_is_not_tried_again(tmp_path):
    measurements.save(Measurement(textbook_training(), [], ended="The loss is no longer a number."), tmp_path)
    assert measurements.state(textbook_training(), tmp_path) == "done"


def test_what_is_saved_is_read_again(tmp_path):
    measured = Measurement(textbook_training(), [reading(15.0, 9.0, recall=0.25)], how="h", where="w", commit="c")
    measurements.save(measured, tmp_path)
    budget = Measurement(textbook_training("fast:dcgan", marks=(60.0,)), [reading(60.0, 3.0)])
    measurements.save(budget, tmp_path)
    assert measurements.read_all(tmp_path) == [budget, measured]
    assert budget.training.path(tmp_path).name == "fast-dcgan-s0-60s.json"
    assert not list(tmp_path.glob("**/*.tmp"))
    path = measured.training.path(tmp_path)
    path.write_text(path.read_text()[:50])
    with pytest.raises(WorkshopError, match=path.name):
        measurements.read_all(tmp_path)


def test_a_preset_is_trained_for_each_number_of_seconds_and_a_textbook_once():
    def settings(name, seed, seconds):
        return f"{name} {seed} {seconds}"

    found = measurements.trainings(["fast:dcgan", "textbook-dcgan"], range(2), (15.0, 60.0), settings)
    assert [(u.competitor, u.seed, u.marks, u.settings) for u in found[:3]] == [
        ("fast:dcgan", 0, (15.0,), "fast:dcgan 0 15.0"),
        ("fast:dcgan", 0, (60.0,), "fast:dcgan 0 60.0"),
        ("textbook-dcgan", 0, (15.0, 60.0), "textbook-dcgan 0 60.0"),
    ]
    assert [u.seed for u in found] == [0, 0, 0, 1, 1, 1], "one seed of each, then the next"


# Competitors


def test_the_settings_of_a_competitor_are_the_preset_with_its_seconds():
    found = config.TrainConfig.from_json(competitors.settings("fast:cgan", "fashion-small", 2, 60.0))
    expected = {"preset": "fast", "variant": "cgan", "seed": 2, "data.dataset": "fashion-small"}
    assert found == recipe.build({**expected, "schedule.seconds": 60.0, "schedule.steps": None})
    assert {"fast:r3gan", "textbook-dcgan", "textbook-wgan-gp"} <= set(competitors.names("fast"))
    assert competitors.title("fast:wgan_gp") == "WGAN-GP" and competitors.title("textbook-dcgan") == "textbook DCGAN"


@pytest.fixture
def small():
    return data.load("fashion-small", classes=(0, 8), limit=200)


def test_ours_goes_on_from_mark_to_mark_and_draws_from_the_average(small, home):
    tiny_settings = tiny("cgan", **{"schedule.steps": None, "schedule.seconds": 0.6}).to_json()
    ours = competitors.Ours(tiny_settings, small, Reference.from_dataset(small))
    ours.train(0.2)
    early = ours.steps
    assert 0.2 <= ours.seconds < 0.6 and early > 0
    images, labels = ours.draw(50)
    assert images.shape == (50, 1, 28, 28) and images.dtype == np.uint8 and sorted(set(labels)) == [0, 1]
    assert ours.seconds < 0.6 and ours.steps == early, "the clock stands still while it draws"
    ours.train(10)
    assert ours.trainer.finished and ours.steps > early and ours.images == 4 * ours.steps
    assert ours.weights == "ema"


def test_a_training_that_breaks_says_so(small, home):
    ours = competitors.Ours(tiny("dcgan", **{"schedule.steps": 500}).to_json(), small, Reference.from_dataset(small))
    ours.train(0.01)
    with torch.no_grad():
        next(ours.trainer.G.parameters()).fill_(float("nan"))
    with pytest.raises(Diverged):
        ours.train(60)


@pytest.mark.parametrize("name", competitors.TEXTBOOKS)
def test_a_textbook_trains_and_draws_pictures_of_the_reference_s_size(name, small):
    going = competitors.start(name, small, 0, 0.05, None)  # pyright: ignore[reportArgumentType]
    going.train(0.05)
    assert going.seconds >= 0.05 and going.images == going.steps * (5 if "wgan" in name else 1) * textbook.BATCH
    images, labels = going.draw(12)
    assert images.shape == (12, 1, 28, 28) and images.dtype == np.uint8 and set(labels) == {-1}
    assert (going.draw(12)[0] == images).all(), "the same noise each time"


def test_resizing_leaves_what_fits_and_keeps_plain_areas():
    images = np.full((3, 1, 32, 32), 77, np.uint8)
    assert competitors.resized(images, 32) is images
    assert (competitors.resized(images, 28) == 77).all()
    assert competitors.detour(images[:, :, :28, :28])(2)[0].shape == (2, 1, 28, 28)


# Tables


HOW, WHERE = "10,000 pictures (EMA weights, seed 0) against 10,000 of x.", "A, 2 cores; torch 2"


def measured(competitor, seed, *values):
    marks = (15.0, 60.0)[: len(values)]
    found = [reading(at, value, recall=value / 100) for at, value in zip(marks, values, strict=True)]
    return Measurement(textbook_training(competitor, seed, marks), found, how=HOW, where=WHERE)


FOUND = [
    *(measured("textbook-dcgan", seed, *values) for seed, values in enumerate(((40, 20), (44, 24), (42, 22)))),
    *(measured("fast:r3gan", seed, *values) for seed, values in enumerate(((8, 2), (7, 1), (6, 3)))),
    measured("fast:dcgan", 0, 10),
]


def test_the_spread_over_the_seeds():
    found = quality_report.spread(FOUND, "frechet")
    assert found["fast:r3gan"] == {15.0: (7, 6, 8, 3), 60.0: (2, 1, 3, 3)}
    assert found["fast:dcgan"] == {15.0: (10, 10, 10, 1)}


def test_how_many_times_better():
    found = quality_report.times_better(quality_report.spread(FOUND, "frechet"))
    assert found["fast:r3gan"][60.0] == (11, 20 / 3, 24, 3) and found["fast:dcgan"][15.0][0] == 4.2
    assert "textbook-dcgan" not in found
    assert quality_report.times_better(quality_report.spread(FOUND[3:], "frechet")) == {}
    apart = {"textbook-dcgan": {60.0: (8.0, 8.0, 8.0, 1)}, "fast:cgan": {120.0: (2.0, 2.0, 2.0, 1)}}
    assert quality_report.times_better(apart) == {}, "no mark in common yet"


def test_the_tables_name_everyone_and_what_is_missing():
    text = quality_report.text(FOUND, {})
    lines = {line.split(" | ")[0].strip("| "): line for line in reversed(text.splitlines()) if line.startswith("|")}
    assert (
        "7.00 (6.00 to 8.00)" in lines["R3GAN"]
        and "10.0, 1 seed" in lines["DCGAN"]
        and lines["DCGAN"].endswith("| – |")
    )
    assert "Recall" in text and "class asked for" not in text, "no conditional model was measured"
    assert text.index("R3GAN") < text.index("textbook DCGAN")


def test_the_curves_are_a_picture_with_every_name():
    svg = quality_report.picture(FOUND)
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg")
    said = [element.text or "" for element in root.iter() if element.tag.endswith("text")]
    assert {"R3GAN", "DCGAN", "textbook DCGAN"} <= set(said) and any("seconds of training" in text for text in said)
    assert "10,000 pictures against 10,000 of x." in said
    assert "Median and range of 1 to 3 seeds; a training for each number of seconds; on A, 2 cores." in said
    lines = [element for element in root.iter() if element.tag.endswith("polyline")]
    assert len(lines) == 3 and sum("stroke-dasharray" in line.attrib for line in lines) == 1


# Curves


def test_ticks_are_1_2_5_of_every_power():
    assert loglog.ticks(0.9, 30) == [1, 2, 5, 10, 20]
    assert loglog.ticks(0.02, 0.1) == [0.02, 0.05, 0.1]


@given(st.lists(st.floats(0, 300), min_size=1, max_size=15))
def test_names_do_not_overlap_and_keep_their_order(wanted):
    places = loglog.spread_apart(wanted, 15, 0, 300)
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    ordered = [places[i] for i in order]
    assert all(b - a >= 15 - 1e-9 for a, b in itertools.pairwise(ordered)) and max(places) <= 300
    if len(wanted) * 15 <= 300:
        assert min(places) >= 0


def test_a_curve_falls_as_its_values_do_by_the_same_way_for_the_same_factor():
    svg = loglog.chart([Curve("A", [(1, 8, 8, 8), (10, 4, 4, 4), (100, 2, 2, 2)])], title="t", x_title="x", notes=["n"])
    (line,) = [e for e in ElementTree.fromstring(svg).iter() if e.tag.endswith("polyline")]
    (x1, y1), (x2, y2), (x3, y3) = [tuple(map(float, p.split(","))) for p in line.attrib["points"].split()]
    assert x2 - x1 == pytest.approx(x3 - x2, abs=0.2) and y2 - y1 == pytest.approx(y3 - y2, abs=0.2) and y2 > y1


# What a step is made of


def test_operations_are_counted_by_hand():
    conv, dense = torch.nn.Conv2d(2, 3, 3, padding=1), torch.nn.Linear(3, 5)
    with profile_step.Flops() as counted:
        dense(conv(torch.randn(4, 2, 8, 8)).mean((2, 3))).sum().backward()
    once = 2 * 4 * 8 * 8 * 2 * 3 * 9
    assert counted.convolutions == 2 * once, "forward, and backward to the weights: the pictures need no gradient"
    assert counted.products == 3 * (2 * 4 * 3 * 5), "forward, and backward to both"


def test_a_step_with_a_penalty_has_more_operations():
    trainer = Trainer(tiny("r3gan", **{"regularization.reg_every": 2, "schedule.steps": 9}), pictures())
    assert profile_step.period(trainer) == 2
    found = []
    for _ in range(2):
        with profile_step.Flops() as counted:
            trainer.advance()
        found.append(counted.convolutions + counted.products)
    assert found[0] > 1.3 * found[1], "every second step has no penalty"


def event(name, own, above=None):
    return SimpleNamespace(name=name, self_cpu_time_total=own * 1e6, cpu_parent=above)


def test_each_event_belongs_to_one_kind_of_work():
    ema, adam = event("part: EMA", 0.5), event("part: optimiser", 1.0)
    engine_of = event("autograd::engine::evaluate_function: ConvolutionBackward0", 0.25)
    events = [
        *(
            ema,
            adam,
            engine_of,
            event("aten::_foreach_lerp_", 2.0, ema),
            event("aten::copy_", 4.0, event("x", 0, adam)),
        ),
        event("aten::convolution_backward", 8.0, engine_of),
        *(
            event("aten::mkldnn_convolution", 16.0),
            event("aten::leaky_relu_backward", 32.0),
            event("aten::addmm", 64.0),
        ),
        *(event("aten::native_batch_norm", 128.0), event("aten::sum", 256.0)),
    ]
    assert {kind: 1024 * share for kind, share in profile_step.by_kind(events, 1024.0).items()} == {
        "EMA": 2.5,
        "optimiser": 5.0,
        "autograd's own": 0.25,
        "convolution, backward": 8.0,
        "convolution, forward": 16.0,
        "activation": 32.0,
        "dense layers": 64.0,
        "norm": 128.0,
        profile_step.REST: 256.0,
        profile_step.PYTHON: 512.25,
    }


def test_the_parts_of_a_step_are_marked_for_a_while_only():
    trainer = Trainer(tiny("dcgan", **{"schedule.steps": 9}), pictures())
    one = profile_step.profile_step(trainer, Namespace(seconds=0.01, calls=3))
    kinds = {"EMA", "data", "measuring", "optimiser", "norm", "convolution, forward", profile_step.PYTHON}
    assert kinds <= set(one.shares) and sum(one.shares.values()) == pytest.approx(1, abs=0.02)
    assert one.seconds > 0 and len(one.calls) == 3
    assert trainer.batches.next.__name__ == "next", "the mark is gone"


def test_the_table_of_a_step_by_value():
    one = profile_step.StepProfile(0.02, (1e9, 0.5e9), {"norm": 0.25, "EMA": 0.75}, [["mm 2×3", "1", "0.50"]])
    two = profile_step.StepProfile(0.01, (0.0, 1e9), {"norm": 1.0}, [])
    lines = profile_step.text({"A": one, "B": two}, 250e9, 200e9).splitlines()
    assert lines[0] == "|  | A | B |" and lines[-1] == "| mm 2×3 | 1 | 0.50 |"
    assert lines[2:7] == [
        "| ms a step | 20.0 | 10.0 |",
        "| GFLOP, convolutions / products | 1.00 / 0.50 | 0.00 / 1.00 |",
        "| **limit, of the step** | **32%** | **50%** |",
        "| norm | 25.0% | 100.0% |",
        "| EMA | 75.0% | 0.0% |",
    ]


def test_a_report_leaves_out_what_was_measured_with_other_settings(tmp_path, monkeypatch, capsys):
    for seed, changed in ((0, ""), (1, " ")):
        settings = competitors.settings("fast:lsgan", time_to_quality.DATASET, seed, 60.0) + changed
        one = Training("fast:lsgan", seed, (60.0,), settings)
        measurements.save(Measurement(one, [Reading(60.0, 60.0, 9, 9, {"frechet": (1.0, 0.5, 1.5)})]), tmp_path)
    options = ["--out", str(tmp_path), "--report", "--picture", f"{tmp_path}/p"]
    monkeypatch.setattr("sys.argv", ["time_to_quality", *options])
    monkeypatch.setattr(time_to_quality, "_real", lambda count: {})
    monkeypatch.setattr(report, "publish", lambda title, text: print(text))
    time_to_quality.main()
    said = capsys.readouterr().out
    assert "fast:lsgan, seed 1, 60 s: other settings, left out" in said and "| LSGAN | 1.00 |" in said


def test_a_section_takes_the_place_of_the_one_from_the_same_processor(tmp_path, monkeypatch, capsys):
    results = tmp_path / "RESULTS.md"
    results.write_text("# Figures\n\n## A\n\nbefore\n\nIntel, 2 cores\n\n## A\n\nbefore\n\nAMD, 2 cores\n\n## B\n\nb\n")
    monkeypatch.setattr(report, "RESULTS", results)
    monkeypatch.setattr(report, "machine", lambda: "AMD, 4 cores")
    for title, text in (("A", "now"), ("C", "new")):
        report.publish(title, text)
    start, intel, amd, b, c = results.read_text().split("## ")
    assert (start, intel, b) == ("# Figures\n\n", "A\n\nbefore\n\nIntel, 2 cores\n\n", "B\n\nb\n\n")
    assert amd.endswith("\n\nAMD, 4 cores\n\nnow\n\n") and c.startswith("C\n") and c.endswith("new\n")
    assert capsys.readouterr().out == "now\nnew\n"


def test_the_commit_is_named():
    assert re.fullmatch(r"([0-9a-f]{7,})?\+?", report.commit()), "none outside of a clone"
