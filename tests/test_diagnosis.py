"""The diagnosis: each rule on curves made by hand and on recorded real ones, and nothing to say about healthy runs."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan_core import diagnosis
from gan_core.config import flatten
from gan_core.diagnosis import applicable_change
from gan_core.diagnosis.evidence import Evidence, trailing_mean
from gan_core.presets import recipe
from gan_core.runs import Status

RULES = ("critic", "d-wins", "diverging", "frozen", "g-wins", "memorisation", "mode-collapse", "oscillation")
"""Those of this repository; another one may rightly speak about a run that is ill."""

RECORDED = Path(__file__).parent / "recorded"
CLOTHES = {"data.dataset": "fashion-small"}
DCGAN, WGAN_GP = recipe.build({"variant": "dcgan", **CLOTHES}), recipe.build({"variant": "wgan_gp", **CLOTHES})


def healthy(rows: int = 300, seed: int = 0, **changed: Any) -> dict[str, np.ndarray]:
    """Columns of a run with nothing amiss; `loss__d=values` puts other ones in the place of a series."""
    rng = np.random.default_rng(seed)

    def around(value, spread=0.1):
        return value * (1 + spread * rng.normal(size=rows))

    columns = {"step": np.arange(1.0, rows + 1), "epoch": np.arange(rows) / 150, "seconds": np.arange(rows) / 10}
    columns |= {"loss/d": around(0.4), "loss/g": around(2.2), "grad/d": around(20), "grad/g": around(9)}
    columns |= {
        "accuracy/all": around(0.95, 0.02),
        "accuracy/real": around(0.94, 0.03),
        "accuracy/fake": around(0.96, 0.03),
    }
    columns |= {"score/real": around(0.84), "score/fake": around(0.15)}
    columns |= {"diversity/pairs": around(0.95), "diversity/nearest": around(1.05)}
    return columns | {name.replace("__", "/"): np.asarray(values, float) for name, values in changed.items()}


def from_step(step, before, after, rows=300):
    """`before` until `step`, `after` from then on, (rows,)."""
    return np.where(np.arange(1, rows + 1) < step, before, after).astype(float)


def diagnose(config, columns, status):
    """What `RULES` find, by name."""
    return {name: found for name, found in diagnosis.diagnose(config, columns, status).items() if name in RULES}


def only(config, columns):
    """The one finding, with its rule's name."""
    ((name, finding),) = diagnose(config, columns, Status()).items()
    return name, finding


def recorded(name):
    """Config and columns of a real run; tests/recorded holds what its first steps logged."""
    with np.load(RECORDED / f"{name}.npz") as file:
        columns = {key.replace("__", "/"): file[key].astype(float) for key in file.files if key != "about"}
        return recipe.build(json.loads(str(file["about"]))), columns


def course(config, columns, every=10, diagnose=diagnose):
    """What the rules say at each look while the run goes on: step to findings."""
    rows = len(columns["step"])
    looks = [*range(every, rows, every), rows]
    return {n: diagnose(config, {name: values[:n] for name, values in columns.items()}, Status()) for n in looks}


# The evidence


def test_blocks_are_means_of_ten_steps_and_the_rest_waits():
    evidence = Evidence(DCGAN, {"step": np.arange(1.0, 26), "loss/d": np.arange(25.0)}, Status())
    assert evidence.steps.tolist() == [10, 20]
    assert evidence.means("loss/d").tolist() == [4.5, 14.5]
    assert np.isnan(evidence.means("not/logged")).all() and "not/logged" not in evidence
    np.testing.assert_array_equal(trailing_mean(np.array([1.0, 2, 6]), 2), [np.nan, 1.5, 4])


def test_a_long_run_has_a_thousand_blocks_at_most():
    rows = 1_000_003
    evidence = Evidence(DCGAN, {"step": np.arange(1.0, rows + 1), "loss/d": np.ones(rows)}, Status())
    assert evidence.block == 1280 and len(evidence.steps) == 781 and evidence.steps[-1] == 781 * 1280


@pytest.mark.parametrize(
    ("ill", "blocks", "since"),
    [
        ("..xxxxx", 5, 30),
        ("..xxxx", 5, None),
        (".xx.xx..x", 5, 20),  # breaks of one or two blocks are none
        ("xxxxxxx...", 5, None),  # three are its end
        ("xxxxx..", 5, 10),
        ("", 1, None),
    ],
)
def test_since_when(ill, blocks, since):
    evidence = Evidence(DCGAN, {"step": np.arange(1.0, 10 * len(ill) + 1)}, Status())
    assert evidence.since(np.array([c == "x" for c in ill], bool), blocks) == since


def test_points_of_a_series_that_few_rows_have():
    evidence = Evidence(
        DCGAN, {"step": np.arange(1.0, 6), "coverage/classes": np.array([np.nan, 1, np.nan, 0.5, np.nan])}, Status()
    )
    steps, values = evidence.logged("coverage/classes")
    assert steps.tolist() == [2, 4] and values.tolist() == [1, 0.5]


# Each rule


@pytest.mark.parametrize("config", [DCGAN, WGAN_GP], ids=["dcgan", "wgan_gp"])
@pytest.mark.parametrize("rows", [0, 1, 9, 10, 300, 3000])
def test_nothing_is_said_of_a_healthy_run(config, rows):
    assert diagnosis.diagnose(config, healthy(rows), Status()) == {}, "no rule at all"


def test_d_wins():
    gap: dict[str, Any] = {"score__real": from_step(101, 0.84, 0.99), "score__fake": from_step(101, 0.15, 0.01)}
    columns = healthy(**gap, accuracy__all=from_step(101, 0.95, 1.0), grad__g=from_step(101, 10, 0.5))
    name, finding = only(DCGAN, columns)
    assert (name, finding.severity, finding.since) == ("d-wins", "warning", 130)
    assert "100%" in finding.observation and "down to 5%" in finding.observation
    assert applicable_change(DCGAN, finding.suggested_changes) == {"regularization.label_smoothing": 0.1}
    greedy = recipe.build({"variant": "dcgan", "objective.d_steps": 5, "optimiser.lr_d": 2e-3})
    assert applicable_change(greedy, only(greedy, columns)[1].suggested_changes) == {
        "objective.d_steps": 1,
        "optimiser.lr_d": 2e-4,
    }
    # a high accuracy alone is what healthy runs have
    assert diagnose(DCGAN, healthy(accuracy__all=np.ones(300)), Status()) == {}


def test_d_wins_in_spite_of_soft_labels():
    soft = recipe.build(
        {"variant": "dcgan", "regularization.label_smoothing": 0.1, "regularization.fake_smoothing": 0.1}
    )
    won: dict[str, Any] = {
        "score__real": np.full(300, 0.9),
        "score__fake": np.full(300, 0.1),
        "accuracy__all": np.ones(300),
    }
    assert only(soft, healthy(**won))[0] == "d-wins"
    assert diagnose(DCGAN, healthy(**won), Status()) == {}


def test_d_wins_with_least_squares():
    lsgan = recipe.build({"variant": "lsgan", **CLOTHES})
    near: dict[str, Any] = {
        "d__real": np.full(300, 0.005),
        "d__fake": np.full(300, 0.004),
        "accuracy__all": np.ones(300),
    }
    assert only(lsgan, healthy(**near))[0] == "d-wins"
    near["d__real"] = np.full(300, 0.05)
    assert diagnose(lsgan, healthy(**near), Status()) == {}


def test_g_wins():
    blind: dict[str, Any] = {
        "score__real": np.full(300, 0.5),
        "score__fake": np.full(300, 0.49),
        "accuracy__all": np.full(300, 0.5),
    }
    name, finding = only(DCGAN, healthy(**blind))
    assert (name, finding.severity) == ("g-wins", "note") and "50%" in finding.observation
    assert applicable_change(DCGAN, finding.suggested_changes) == {"objective.d_steps": 2}


def test_a_critic_that_cannot_tell():
    name, finding = only(WGAN_GP, healthy(d__wasserstein=from_step(151, 10, -0.5), d__penalty=np.full(300, 0.1)))
    assert name == "critic" and 150 <= finding.since <= 180
    once = recipe.build({"variant": "wgan_gp", "objective.d_steps": 1})
    assert applicable_change(WGAN_GP, finding.suggested_changes) == {"optimiser.lr_g": pytest.approx(2.5e-5)}
    assert applicable_change(once, only(once, healthy(d__wasserstein=np.zeros(300)))[1].suggested_changes) == {
        "objective.d_steps": 5
    }


def test_a_critic_that_is_too_steep():
    loose = recipe.build({"variant": "wgan_gp", "objective.gp_weight": 0.1})
    name, finding = only(loose, healthy(d__wasserstein=np.full(300, 50.0), d__penalty=np.full(300, 8.0)))
    assert name == "critic" and "8" in finding.observation
    assert applicable_change(loose, finding.suggested_changes) == {"objective.gp_weight": 10.0}


def test_oscillation_of_a_discriminator():
    swing = np.sign(np.sin(np.arange(300) / 15))  # about three turns in a hundred steps
    columns = healthy(accuracy__real=0.5 + 0.45 * swing, accuracy__fake=0.5 - 0.45 * swing)
    assert only(DCGAN, columns)[0] == "oscillation"
    leaning = healthy(accuracy__real=np.full(300, 0.95), accuracy__fake=np.full(300, 0.5))
    assert diagnose(DCGAN, leaning, Status()) == {}, "to one side alone is no oscillation"


def test_oscillation_of_a_critic():
    level = 200 * np.sin(np.arange(300) / 20)
    columns = healthy(score__real=level + 5, score__fake=level - 5, d__wasserstein=np.full(300, 10.0))
    assert only(WGAN_GP, columns)[0] == "oscillation"
    drift = np.arange(300.0)
    columns = healthy(score__real=drift + 5, score__fake=drift - 5, d__wasserstein=np.full(300, 10.0))
    assert diagnose(WGAN_GP, columns, Status()) == {}, "a critic's scores have no zero and may drift"


def test_mode_collapse_by_distances():
    columns = healthy(diversity__nearest=from_step(201, 1.0, 0.1), diversity__pairs=from_step(201, 0.9, 0.2))
    name, finding = only(DCGAN, columns)
    assert name == "mode-collapse" and 200 <= finding.since <= 230 and "1" in finding.observation
    assert applicable_change(DCGAN, finding.suggested_changes) == {"regularization.r1": 1.0}
    # a generator that has not begun yet draws all alike as well
    start = healthy(diversity__nearest=from_step(101, 0.24, 1.0), diversity__pairs=from_step(101, 0.15, 0.9))
    assert all(not found for found in course(DCGAN, start).values())
    never = healthy(600, diversity__nearest=np.full(600, 0.02), diversity__pairs=np.full(600, 0.02))
    assert only(DCGAN, never)[0] == "mode-collapse"


def scored(**points):
    """A healthy run with scores at steps 100, 200, 300: `coverage__classes=[…]`."""
    columns = healthy()
    for name, values in points.items():
        columns[name.replace("__", "/")] = np.full(300, np.nan)
        columns[name.replace("__", "/")][[99, 199, 299]] = values
    return columns


def test_mode_collapse_by_classes():
    name, finding = only(DCGAN, scored(coverage__classes=[1.0, 0.6, 0.5]))
    assert (name, finding.since) == ("mode-collapse", 200) and "60%" in finding.observation
    assert diagnose(DCGAN, scored(coverage__classes=[1.0, 1.0, 0.5]), Status()) == {}, "one score alone may be luck"
    assert diagnose(DCGAN, scored(coverage__classes=[0.3, 0.4, 0.6]), Status()) == {}, "it is still finding them"


def test_memorisation():
    name, finding = only(DCGAN, scored(memory__nearer=[0.5, 0.85, 0.95]))
    assert (name, finding.since) == ("memorisation", 200)
    assert applicable_change(DCGAN, finding.suggested_changes) == {
        "regularization.augment": "basic",
        "regularization.augment_where": "both",
    }
    assert diagnose(DCGAN, scored(memory__nearer=[0.5, 0.5, 0.95]), Status()) == {}


def test_frozen():
    name, finding = only(DCGAN, healthy(grad__g=from_step(201, 9, 0)))
    assert (name, finding.since) == ("frozen", 210) and "gradient of G" in finding.observation
    name, finding = only(DCGAN, healthy(loss__d=from_step(200, 0.4, 0.693), loss__g=from_step(200, 2, 0.693)))
    assert name == "frozen" and finding.observation == "Both losses stand still."


def test_diverging():
    growth = np.where(np.arange(300) < 250, 0.4, 0.4 * 1.5 ** np.clip(np.arange(300) - 250.0, 0, None))
    name, finding = only(DCGAN, healthy(loss__d=growth))
    assert (name, finding.severity) == ("diverging", "warning") and 260 < finding.since < 275
    wild = recipe.build({"variant": "dcgan", "optimiser.beta1": 0.9, "optimiser.beta2": 0.5, "optimiser.lr_g": 0.01})
    assert applicable_change(wild, finding.suggested_changes) == {"optimiser.lr_d": 1e-4, "optimiser.lr_g": 1e-4}, (
        "as the finding's run"
    )
    known = {"optimiser.beta1": 0.5, "optimiser.beta2": 0.999, "optimiser.lr_g": 2e-4, "optimiser.lr_d": 1e-4}
    assert applicable_change(wild, only(wild, healthy(loss__d=growth))[1].suggested_changes) == known
    assert diagnose(DCGAN, healthy(loss__d=np.where(np.arange(300) == 299, 1e9, 0.4)), Status()) == {}, "one spike"


def test_no_number_any_more():
    name, finding = only(DCGAN, healthy(loss__g=from_step(296, 2.0, np.nan)))
    assert (name, finding.severity, finding.since, finding.title) == ("diverging", "stopped", 296, "Diverged")
    assert "snapshot before it, if any, is kept" in finding.observation, (
        "for the columns do not tell whether there is one"
    )
    # a short one as well, before the first block is full
    assert only(DCGAN, healthy(7, loss__d=from_step(5, 1.0, np.inf, rows=7)))[1].since == 5


# Recorded real runs


@pytest.mark.parametrize(
    ("name", "expected", "by"),
    [
        ("mode-collapse", "mode-collapse", 100),
        ("d-wins", "d-wins", 80),
        ("diverging", "diverging", 100),
        ("diverged", "diverging", 40),
        ("g-wins", "g-wins", 130),
        ("oscillation", "oscillation", 220),
    ],
)
def test_an_ill_run_is_told_early(name, expected, by):
    config, columns = recorded(name)
    told = course(config, columns)
    first = next(step for step, found in told.items() if found)
    assert list(told[first]) == [expected] and first <= by
    finding = told[first][expected]
    assert finding.since <= first and applicable_change(config, finding.suggested_changes), "and a change is offered"


@pytest.mark.parametrize("name", ["mode-collapse", "d-wins", "diverging"])
def test_a_notice_stays_and_keeps_its_words(name):
    told = list(course(*recorded(name), every=1).values())
    first = next(i for i, found in enumerate(told) if name in found)
    assert all(name in found for found in told[first:]), "no flicker"
    assert len({found[name].since for found in told[first:]}) == 1


@pytest.mark.parametrize("name", sorted(path.stem for path in RECORDED.glob("healthy-*.npz")))
def test_a_healthy_run_raises_nothing_at_any_time(name):
    config, columns = recorded(name)
    everything = course(config, columns, every=20, diagnose=diagnosis.diagnose)
    assert [step for step, found in everything.items() if found] == []


# Together


def test_every_rule_has_a_title_sentences_and_is_discovered():
    assert set(RULES) <= set(diagnosis.all_rules())
    for name in ("mode-collapse", "d-wins", "diverging", "diverged", "oscillation", "g-wins"):
        for found in course(*recorded(name), diagnose=diagnosis.diagnose).values():
            for finding in found.values():
                assert finding.observation.endswith(".") and finding.advice.endswith(".") and finding.title
                assert finding.severity in diagnosis.SEVERITIES and finding.since > 0


def test_help_is_only_what_the_run_can_take():
    assert applicable_change(WGAN_GP, [{"regularization.label_smoothing": 0.1}]) == {}, "a critic has no labels"
    assert applicable_change(WGAN_GP, [{"network.norm_d": "batch"}, {"seed": 1}]) == {"seed": 1}, "forbidden there"
    assert applicable_change(DCGAN, [{"optimiser.lr_g": 2e-4}]) == {}, "as it is already"
    collapsed, columns = recorded("mode-collapse")
    change = applicable_change(collapsed, diagnose(collapsed, columns, Status())["mode-collapse"].suggested_changes)
    assert change == {"optimiser.lr_g": 2e-4, "optimiser.beta1": 0.5}
    assert flatten(recipe.build(recipe.changes(collapsed) | change))["optimiser.beta1"] == 0.5


def test_a_million_steps_cost_a_tick_little():
    columns = healthy(1_000_000)
    took = []
    for _ in range(3):
        start = time.process_time()
        diagnose(DCGAN, columns, Status())
        took.append(time.process_time() - start)
    assert min(took) < 0.3, "about 0.03 s on a free core"
