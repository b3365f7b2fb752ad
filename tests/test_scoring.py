"""Scores while a run trains: when they come, what they cost, that they disturb nothing, and that the best is kept."""

import json
from functools import partial

import numpy as np
import pytest
import safetensors.torch
import torch
from toys import pictures, tiny

from gan_core import runs
from gan_core.__main__ import main
from gan_core.evaluation import training_score
from gan_core.evaluation.training_score import TrainingScore, full_score, quick_score
from gan_core.presets import recipe
from gan_core.runs import BestWeights
from gan_core.runs.history import History
from gan_core.system.errors import WorkshopError
from gan_core.training.trainer import Trainer
from gan_core.worker._recorder import Recorder
from gan_core.worker._scoring import INITIAL_COST, Scorer, ScoringBudget
from gan_core.worker.worker import Worker

TINY = {
    "data.dataset": "fashion-small",
    "data.limit": 120,
    "network.width": 4,
    "network.z_dim": 8,
    "schedule.batch": 8,
    "schedule.sample_every": 1000,
    "schedule.keep_every": 1000,
    "schedule.snapshot_seconds": 3600,
    "scoring.every": 4,
}


@pytest.fixture(autouse=True)
def few(home, monkeypatch):
    """Scores of 60 pictures, so that a test takes no longer than it must; caches go into a folder of the test's."""
    monkeypatch.setattr(training_score, "quick_score", partial(quick_score, extractor="random-cnn", count=60))


def new(**given):
    return runs.create(recipe.build(TINY | {name.replace("__", "."): value for name, value in given.items()}))


# When


def test_at_every_kth_step():
    budget = ScoringBudget(0.05, every=10)
    assert [step for step in range(1, 31) if budget.due(step, 1e9)] == [10, 20, 30]
    budget.charge(1e6)
    assert budget.due(40, 1.0), "whatever it costs"


def test_by_itself_it_keeps_to_its_share():
    budget, costs, overdrawn = ScoringBudget(0.05), [], 0
    assert not budget.due(1, INITIAL_COST / 0.05 - 1) and budget.due(1, INITIAL_COST / 0.05)
    for second in range(36_000):
        if budget.due(second, float(second)):
            cost = 4.0 if len(costs) < 5 else 12.0  # they become slower: the interval stretches
            budget.charge(cost, once=10.0 if not costs else 0.0)
            costs.append((second, cost))
            overdrawn += budget.spent > 0.05 * second
    assert overdrawn == 2, "when the cost was a guess, and when it rose; the time to the next score pays that back"
    assert 0.045 * 36_000 < budget.spent <= 0.05 * 36_000, "and uses what it may"
    gaps = np.diff([second for second, _ in costs])
    assert gaps[2] == 80 and gaps[-1] == 240


def test_a_resumed_run_remembers_what_it_paid():
    columns = {"step": np.arange(1.0, 6), "seconds": np.arange(1.0, 6) * 100}
    columns["cost/scoring"] = np.array([np.nan, 0.02, np.nan, 0.03, 0.5])
    budget = ScoringBudget(0.05)
    budget.resume(columns, step=4)
    assert budget.spent == pytest.approx(12) and budget.last == pytest.approx(6)
    untouched = ScoringBudget(0.05)
    untouched.resume({"step": np.arange(3.0)}, step=2)
    assert untouched == ScoringBudget(0.05)


def test_off_is_never_due():
    trainer = Trainer(tiny("dcgan", **{"scoring.score": "off", "scoring.every": 1}), pictures())
    assert not Scorer(trainer, pictures()).due()


# What


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["dcgan", "acgan"])
def test_a_score_changes_no_number_of_the_run(variant):
    def losses(score):
        data = pictures(count=60)
        trainer = Trainer(tiny(variant, **{"schedule.steps": 3}), data)
        scorer, found = Scorer(trainer, data), []
        while not trainer.finished:
            trainer.advance()
            if score:
                found.append(scorer.score())
                torch.manual_seed(len(found))  # nor does anything else in the process
        rows = [{k: v for k, v in row.items() if k not in ("seconds", "speed/images")} for row in trainer.drain()]
        return rows, found, [p.clone() for p in trainer.G.parameters()]

    without, _, weights = losses(False)
    rows, found, same = losses(True)
    assert rows == without and all(map(torch.equal, weights, same))
    assert len({one.value for one in found}) > 1, "while the score itself moves"
    assert all(one.low <= one.value <= one.high for one in found)
    assert found[0].count == 60 and found[0].extractor == "random-cnn"


@pytest.mark.slow
def test_full_scores_tell_of_memorisation(monkeypatch):
    monkeypatch.setattr(training_score, "full_score", partial(full_score, extractor="random-cnn", count=100))
    run = new(scoring__score="full")
    worker_config = run.config()
    from gan_core.worker.worker import load_dataset

    data = load_dataset(worker_config)
    trainer = Trainer(worker_config, data)
    scorer = Scorer(trainer, data)
    real = data.images[np.arange(5_000) % len(data)]
    scorer._draw = lambda count: (real[:count], np.full(count, -1))  # a generator that copies
    found = scorer.score()
    assert found is not None and (found.row["memory/nearer"] or 0) > 0.9
    assert found.count == 100 and found.value < 10


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (WorkshopError("No extractor is here."), "No extractor is here."),
        (OSError(28, "No space left on device", "/x/y"), "No space left on device: /x/y."),
        (OSError("the share is gone"), "the share is gone."),
        (torch.OutOfMemoryError("CUDA out of memory.\nTried to"), "The device has too little memory for them."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_scored_trains_on(monkeypatch, error, said):
    def broken(*_):
        raise error

    monkeypatch.setattr(training_score, "quick_score", broken)
    run = new(schedule__steps=9)
    status = Worker(run).work()
    assert status.state == "finished"
    assert status.message == f"It trains without scores: {said}"
    assert "frechet/distance" not in History(run.metrics_path).refresh()


# In the run


@pytest.mark.slow
def test_a_run_is_scored_and_its_best_weights_kept():
    run = new(schedule__steps=12, optimiser__lr_g=1e-2)
    assert Worker(run).work().state == "finished"
    columns = History(run.metrics_path).refresh()
    scored = np.isfinite(columns["frechet/distance"])
    assert columns["step"][scored].tolist() == [4, 8, 12] and columns["step"].tolist() == list(range(1, 13))
    assert np.isfinite(columns["loss/d"]).all() and (columns["cost/scoring"][scored] > 0).all()
    best = run.best()
    assert best is not None
    assert best.value == pytest.approx(columns["frechet/distance"][scored].min(), rel=1e-4)
    assert best.step == columns["step"][scored][columns["frechet/distance"][scored].argmin()]
    assert sorted(run.weights()) == sorted({best.step, 12}), "a best that was beaten is not kept"
    assert run.weights_at("best") == (best.step, run.weights()[best.step])


@pytest.mark.slow
def test_losses_are_those_of_a_run_without_scores():
    with_scores, without = new(schedule__steps=8), new(schedule__steps=8, scoring__score="off")
    for run in (with_scores, without):
        Worker(run).work()
    ours, theirs = (History(run.metrics_path).refresh() for run in (with_scores, without))
    assert "frechet/distance" in ours and "frechet/distance" not in theirs
    for name in theirs.keys() - {"seconds", "speed/images"}:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)
    tensors = [safetensors.torch.load_file(run.weights()[8]) for run in (with_scores, without)]
    assert not [key for key in tensors[0] if not torch.equal(tensors[0][key], tensors[1][key])]


@pytest.fixture
def recorder():
    run = new()
    from gan_core.worker.worker import load_dataset

    data = load_dataset(run.config())
    return Recorder(run, Trainer(run.config(), data), data)


def scored(recorder, *values):
    """Take a step and a score of this value, for each."""
    recorder.scorer.score = lambda: score_of(next(left))
    left = iter(values)
    for _ in values:
        recorder.trainer.advance()
        recorder.save_score()


def score_of(value):
    return TrainingScore(value, value - 1, value + 1, "toy", 60, {})


def test_the_best_is_named_and_the_beaten_one_goes(recorder):
    run = recorder.run
    scored(recorder, 9.0, 7.0, 8.0)
    assert (run.best().step, run.best().value, run.best().extra) == (2, 7.0, True) and list(run.weights()) == [2]
    recorder.save_weights()  # at step 3, kept in any case
    scored(recorder, 6.0)
    recorder.save_weights()  # at step 4, the best one: now it is kept in any case as well
    assert (run.best().step, run.best().extra) == (4, False)
    scored(recorder, 5.0)
    assert run.best().step == 5 and list(run.weights()) == [3, 4, 5]


def test_a_resume_that_goes_back_before_the_best(recorder):
    run = recorder.run
    scored(recorder, 9.0)
    recorder.save_snapshot()
    scored(recorder, 3.0)
    again = Recorder(run, Trainer(run.config(), recorder.dataset), recorder.dataset)
    again.restore()
    assert again.trainer.step == 1 and run.best() is None and not run.best_path.exists()
    scored(again, 4.0)
    assert run.best().step == 2 and list(run.weights()) == [2]


@pytest.mark.parametrize("rows", [b"", None])
def test_a_snapshot_whose_rows_are_lost_is_resumed(recorder, rows):
    run = recorder.run
    recorder.trainer.advance()
    recorder.save_snapshot()
    run.metrics_path.unlink()
    if rows is not None:
        run.metrics_path.write_bytes(rows)
    again = Recorder(run, Trainer(run.config(), recorder.dataset), recorder.dataset)
    again.restore()
    assert again.trainer.step == 1 and again.scorer.budget == recorder.scorer.budget


def test_last_best_or_a_step():
    run = new()
    with pytest.raises(WorkshopError, match="kept no weights yet"):
        run.weights_at()
    for step in (10, 200):
        (run.path / "weights" / f"{step:06d}.safetensors").write_bytes(b"")
    assert run.weights_at()[0] == run.weights_at("last")[0] == 200
    assert run.weights_at(10)[0] == run.weights_at("10")[0] == 10
    with pytest.raises(WorkshopError, match="no best weights: it was not scored"):
        run.weights_at("best")
    with pytest.raises(WorkshopError, match=r"no weights at '11'; allowed: last, or one of 10, 200\."):
        run.weights_at("11")
    best = BestWeights(step=10, value=5.0, low=4.0, high=6.0, extractor="toy", count=60)
    run.best_path.write_text(best.model_dump_json())
    assert run.weights_at("best")[0] == 10
    with pytest.raises(WorkshopError, match="allowed: last, best, or one of 10, 200"):
        run.weights_at("first")
    run.best_path.write_text(json.dumps({"step": 10}))
    with pytest.raises(WorkshopError, match=r"best\.json is damaged"):
        run.best()


@pytest.mark.slow
def test_the_command_line_takes_last_best_or_a_step(home, capsys):
    run = new(schedule__steps=8, schedule__keep_every=2)
    Worker(run).work()
    best = run.best()
    assert best is not None

    def drawn(*options):
        out = home / "pictures.npz"
        status = main(["sample", run.name, "--count", "4", "--out", str(out), *options])
        return np.load(out)["images"] if status == 0 else capsys.readouterr().err

    last = drawn()
    np.testing.assert_array_equal(last, drawn("--at", "8"))
    np.testing.assert_array_equal(drawn("--at", "best"), drawn("--at", str(best.step)))
    other = next(step for step in run.weights() if step != 8)
    assert not np.array_equal(drawn("--at", str(other)), last)
    assert "keeps no weights at '3'; allowed: last, best, or one of" in drawn("--at", "3")
    status = main(["sample", str(run.weights()[8]), "--at", "best", "--out", str(home / "x.npz")])
    assert status == 2 and "is one file; give the run instead" in capsys.readouterr().err
