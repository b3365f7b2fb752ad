"""A run from start to end: real worker processes on tiny networks, and what they leave on the disk."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import psutil
import pytest
import safetensors.torch
import torch

from gan_core import runs
from gan_core.presets import recipe
from gan_core.runs.history import History
from gan_core.system import files
from gan_core.system.errors import WorkshopError
from gan_core.training.trainer import Diverged, Trainer
from gan_core.worker import _recorder as recorder_module
from gan_core.worker._recorder import Recorder
from gan_core.worker.worker import Worker, load_dataset

pytestmark = pytest.mark.slow

TINY = {
    "data.dataset": "fashion-small",
    "data.limit": 200,
    "network.width": 4,
    "network.z_dim": 8,
    "schedule.batch": 8,
    "schedule.sample_every": 10,
    "schedule.keep_every": 20,
    "schedule.snapshot_seconds": 3600,
    "scoring.score": "off",  # a run that is slow for other reasons would be scored in the middle of a test
}
ENDLESS = {"schedule.steps": 1_000_000}
ROOT = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder for runs; no worker outlives the test."""
    monkeypatch.setenv("GAN_HOME", str(tmp_path / "home"))  # in case a test forgets its folder
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("GAN_MAX_RUNNING", raising=False)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield tmp_path / "runs"
    for number, handler in handlers.items():  # a Worker in this process takes them over
        signal.signal(number, handler)
    for run in runs.list_runs(tmp_path / "runs"):
        status = run.status()
        if status.alive and status.pid:
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(status.pid).kill()


def new(folder, **given):
    """A run of TINY settings; `schedule__steps=5` sets schedule.steps."""
    return runs.create(recipe.build(TINY | {k.replace("__", "."): v for k, v in given.items()}), folder)


def until(condition, what, seconds=40.0):
    """Poll until `condition()` is true; returns its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.01)
    raise AssertionError(f"waited {seconds} s in vain: {what}")


def reach(run, *states, beyond=-1):
    """Wait for one of these states, and for a step beyond that one; returns the status."""

    def there():
        status = run.status()
        if status.state in ("failed", "interrupted") and status.state not in states:
            raise AssertionError(f"{status.message}\n{(run.path / 'log.txt').read_text()}")
        return status if status.state in states and status.step > beyond else None

    return until(there, f"{run.name} {states} beyond step {beyond}, {run.status()}")


def ask(run, **changes):
    """Ask, and wait until the worker has heard it; returns the status."""
    serial = run.send_request(**changes).serial
    return until(lambda: (s := run.status()).served >= serial and s, f"served {changes}")


def steps(run):
    return History(run.metrics_path).refresh().get("step", np.zeros(0))


def ended(pid):
    """Whether the process has gone, but for a parent that has not asked after it yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def end(run):
    """Stop it and wait until its process has gone; returns the last status."""
    pid = run.status().pid
    run.send_request(action="stop")
    status = reach(run, "stopped")
    until(lambda: ended(pid), "the process has gone")
    return status


def test_start_pause_step_rates_resume_stop(folder):
    run = new(folder, **ENDLESS)
    assert run.status().state == "created" and not run.samples()
    script = f"from gan_core import runs; runs.find({run.name!r}, runs.Path({str(folder)!r})).start()"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, timeout=30)

    # the process that started it is gone; it lives, and what it writes grows
    first = reach(run, "running", beyond=5)
    rows, pictures = len(steps(run)), set(run.samples())
    later = reach(run, "running", beyond=first.step + 20)
    assert later.pid == first.pid and not ended(first.pid)
    assert later.heartbeat > first.heartbeat and later.seconds > first.seconds and later.epoch > first.epoch
    assert later.images == 8 * later.step and later.speed > 0 and later.device
    until(lambda: len(steps(run)) > rows, "more rows")
    until(lambda: set(run.samples()) > pictures, "more pictures")
    assert 0 in run.samples()
    with pytest.raises(WorkshopError, match="running already"):
        run.start()
    with pytest.raises(WorkshopError, match="stop it before deleting"):
        run.delete()

    # new learning rates: the worker says so, and the rows from then on have them
    status = ask(run, lr_g=0.0125, lr_d=0.025)
    assert (status.lr_g, status.lr_d) == (0.0125, 0.025) and status.state == "running"

    def rates():
        table = History(run.metrics_path).refresh()
        return np.stack([table["lr/g"], table["lr/d"]]).T.tolist()

    until(lambda: rates()[-1] == [0.0125, 0.025], "rows with the new rates")
    assert rates()[0] == [2e-4, 2e-4]

    # paused: it hears, but the step stands still, and all rows are there
    run.send_request(action="pause")
    held = reach(run, "paused").step
    assert ask(run, lr_g=0.01).step == held and ask(run, lr_g=0.02).step == held
    assert steps(run).tolist() == list(range(1, held + 1))
    assert run.state_path.is_file()

    # one step is one step
    run.send_request(single_step=True)
    status = reach(run, "paused", beyond=held)
    assert status.step == held + 1 and status.images == 8 * status.step
    assert ask(run, lr_d=0.02).step == held + 1 and run.status().state == "paused"
    assert held + 1 in run.samples() and steps(run)[-1] == held + 1
    run.send_request(single_step=True)
    run.send_request(single_step=True)
    assert reach(run, "paused", beyond=held + 2).step == held + 3
    assert ask(run, lr_d=0.03).step == held + 3

    # on it goes, and a stop leaves all that a resume needs
    run.send_request(action="run")
    reach(run, "running", beyond=held + 20)
    status = end(run)
    assert {status.step} <= set(run.weights()) & set(run.samples())
    assert torch.load(run.state_path, weights_only=True)["progress"]["step"] == status.step
    assert steps(run).tolist() == list(range(1, status.step + 1))


def test_killed_then_terminated(folder):
    run = new(folder, **ENDLESS)
    run.start()
    history = History(run.metrics_path)
    reach(run, "running", beyond=10)
    run.send_request(action="pause")  # a pause takes a snapshot
    snapshot = reach(run, "paused").step
    kept = {name: values.copy() for name, values in history.refresh().items()}
    assert kept["step"][-1] == snapshot
    run.send_request(action="run")
    until(lambda: max(run.weights(), default=0) > snapshot, "weights after the snapshot")
    until(lambda: max(run.samples()) > snapshot, "pictures after the snapshot")
    until(lambda: history.refresh()["step"][-1] > snapshot, "rows after the snapshot")
    with pytest.raises(WorkshopError, match="running already"):
        run.start()

    killed = run.status().pid
    psutil.Process(killed).kill()
    status = reach(run, "interrupted")
    assert "Resume" in status.message and not status.alive
    stale = [path for kind in (run.samples(), run.weights()) for step, path in kind.items() if step > snapshot]
    for path in stale:
        path.write_bytes(b"stale")
    with run.metrics_path.open("ab") as file:  # as if it had been killed while it wrote
        file.write(b'{"step": 1234567, "ima')

    run.start()
    with pytest.raises(WorkshopError, match="already"):
        run.start()
    status = reach(run, "running")
    assert status.pid != killed
    assert not [path for path in stale if path.exists() and path.read_bytes() == b"stale"]
    reach(run, "running", beyond=snapshot + 20)

    psutil.Process(status.pid).terminate()
    last = reach(run, "stopped").step
    until(lambda: ended(status.pid), "the process has gone")
    assert last in run.weights() and last in run.samples()
    assert torch.load(run.state_path, weights_only=True)["progress"]["step"] == last
    for table in (history.refresh(), History(run.metrics_path).refresh()):  # read all along, and read afterwards
        assert table["step"].tolist() == list(range(1, last + 1))
        for name, values in kept.items():
            np.testing.assert_array_equal(table[name][:snapshot], values)
    lines = run.metrics_path.read_text().splitlines()
    assert len(lines) > last, "the rows after the snapshot were written twice"


def test_without_a_snapshot_it_begins_anew(folder):
    run = new(folder, schedule__steps=3, schedule__sample_every=1)
    for path in (run.path / "samples" / "000999.png", run.path / "weights" / "000999.safetensors"):
        path.write_bytes(b"of a killed process")
    run.metrics_path.write_bytes(b'{"step": 1, "loss/g": 0.25}\n{"step": 2, "loss')
    assert Worker(run).work().state == "finished"
    assert max(run.samples()) == max(run.weights()) == 3
    assert steps(run).tolist() == [1, 2, 3]
    assert History(run.metrics_path).refresh()["loss/g"][0] != 0.25


def test_pictures_at_epochs_are_kept_at_that_very_step(folder):
    """200 pictures in batches of 8: epochs end after 25 steps each, however quickly they follow one another."""
    run, heard = new(folder, schedule__epochs=3, schedule__sample_epochs=[1, 2, 3], schedule__sample_every=10_000), []
    assert run.status().steps == 5000
    status = Worker(run, heard.append).work()
    assert (status.state, status.step, status.steps, status.epoch) == ("finished", 75, 75, 3)
    assert {25, 50, 75} <= set(run.samples())
    assert all(said.steps == 75 for said in heard if said.state == "running")


def test_time_left_counts_the_epochs(folder):
    run = new(folder, schedule__epochs=3)
    worker = Worker(run)
    trainer = Trainer(run.config(), load_dataset(run.config()))
    trainer.step = 25
    assert worker._seconds_left(trainer, speed=100) == pytest.approx(50 * 8 / 100)


def test_resumed_equals_uninterrupted(folder, monkeypatch):
    """Stopped in the middle and resumed in a new process: the same weights to the last bit, the same curve."""
    whole, parted = (new(folder, schedule__steps=40, schedule__sample_every=7) for _ in range(2))
    assert Worker(whole).work().state == "finished"

    worker, advance = Worker(parted), Trainer.advance

    def advance_to_the_middle(trainer):
        advance(trainer)
        worker.stop_signal = trainer.step == 17

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "advance", advance_to_the_middle)
        assert (worker.work().state, worker.status.step) == ("stopped", 17)
    parted.start()
    assert reach(parted, "finished").step == 40
    with pytest.raises(WorkshopError, match="finished"):
        parted.start()

    ours, theirs = (safetensors.torch.load_file(run.weights()[40]) for run in (whole, parted))
    assert ours.keys() == theirs.keys() and {key.split(".")[0] for key in ours} == {"generator", "discriminator", "ema"}
    assert not [key for key in ours if not torch.equal(ours[key], theirs[key])]
    early = safetensors.torch.load_file(parted.weights()[17])
    assert [key for key in ours if not torch.equal(ours[key], early[key])], "the weights do move"
    ours, theirs = (History(run.metrics_path).refresh() for run in (whole, parted))
    assert ours.keys() == theirs.keys() and {"loss/g", "loss/d", "grad/g", "accuracy/all"} <= ours.keys()
    for name in ours.keys() - {"seconds", "speed/images"}:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)


def test_places_are_given_in_order(folder, monkeypatch):
    first, second, third, fourth = (new(folder, **ENDLESS) for _ in range(4))
    assert [run.name[:5] for run in (first, second, third, fourth)] == ["00001", "00002", "00003", "00004"]
    first.start()
    reach(first, "running")
    for run in (fourth, third, second):  # who asks first does not matter
        run.start()
    for run in (second, third, fourth):
        until(lambda run=run: run.status().message == "Waits for its turn.", "waits")
        assert run.status().state == "waiting"
    assert runs.waiting_runs(folder) == [second.name, third.name, fourth.name]
    with pytest.raises(WorkshopError, match="waiting; stop it"):
        second.delete()

    # one that waits can be stopped, and deleted
    status = end(third)
    assert "waited for its turn" in status.message and status.step == 0
    third.delete()
    assert not third.path.exists() and [run.name for run in runs.list_runs(folder)][:2] == [fourth.name, second.name]

    # the place that becomes free goes to the next number
    end(first)
    reach(second, "starting", "running")
    assert fourth.status().state == "waiting"
    end(fourth)

    # two places: the fourth comes beside the second
    monkeypatch.setenv("GAN_MAX_RUNNING", "2")
    fourth.start()
    reach(fourth, "running", beyond=0)
    before = reach(second, "running").step
    reach(second, "running", beyond=before)
    for run in (second, fourth):
        end(run)
        run.delete()
    assert [run.name for run in runs.list_runs(folder)] == [first.name]


@pytest.mark.parametrize("number", ["abc", "0", "65", "1.5"])
def test_places_must_be_a_number(folder, monkeypatch, number):
    monkeypatch.setenv("GAN_MAX_RUNNING", number)
    run = new(folder)
    status = Worker(run).work()
    assert status.state == run.status().state == "failed"
    assert status.message == f"GAN_MAX_RUNNING: {number!r} was given; allowed: a whole number from 1 to 64."


def test_failed_says_what_to_do(folder):
    run = new(folder, schedule__batch=64, data__limit=50)
    Worker(run).work()
    status = run.status()
    assert status.state == "failed" and not status.alive and status.eta is None
    assert status.message == "schedule.batch: 64 was given; allowed: at most the 50 pictures of the data set."


def test_failed_by_surprise(folder, monkeypatch, capsys):
    def broken(trainer):
        raise RuntimeError("out of luck")

    monkeypatch.setattr(Trainer, "advance", broken)
    run = new(folder)
    with pytest.raises(RuntimeError):
        Worker(run).work()
    assert run.status().state == "failed" and "RuntimeError: out of luck" in run.status().message
    assert "Traceback" in capsys.readouterr().err  # a worker's stderr is the run's log
    run.claim()  # it can be tried again, and its place is free
    monkeypatch.setattr(Trainer, "advance", lambda trainer: setattr(trainer, "step", 5000))
    assert Worker(run).work().state == "finished"


def sound(path):
    """Whether all weights in the file are finite."""
    return all(bool(tensor.isfinite().all()) for tensor in safetensors.torch.load_file(path).values())


def test_weights_that_broke_after_a_finite_loss_are_not_kept(folder, monkeypatch):
    """A loss is of the weights before its step: the update after it can spoil them, and the next comes too late."""
    run, advance = new(folder, schedule__steps=12, schedule__keep_every=4), Trainer.advance
    dataset = load_dataset(run.config())
    trainer = Trainer(run.config(), dataset)
    recorder = Recorder(run, trainer, dataset)
    assert recorder.roll_back() == "It came before the first snapshot, so no weights are kept, and Resume starts anew."
    for _ in range(3):
        trainer.advance()
    recorder.save_snapshot()
    good = run.state_path.read_bytes()
    for keep in (recorder.save_snapshot, recorder.save_weights):
        for network in (trainer.G, trainer.D, trainer.ema.average if trainer.ema else trainer.G):
            spoilt = next(network.parameters())
            before = spoilt.data.clone()
            spoilt.data.fill_(float("inf"))
            with pytest.raises(Diverged, match="The weights are no longer numbers at step 3"):
                keep()
            spoilt.data.copy_(before)
    assert run.state_path.read_bytes() == good and not run.weights()
    assert "of step 3, and its weights are kept" in recorder.roll_back() and sound(run.weights()[3])

    # in a worker: the very last update spoils the weights, after twelve finite losses
    def spoilt_at_the_end(trainer):
        advance(trainer)
        if trainer.step == 12:
            next(trainer.G.parameters()).data.fill_(float("nan"))

    monkeypatch.setattr(Trainer, "advance", spoilt_at_the_end)
    status = Worker(run).work()
    assert status.state == "failed" and "no longer numbers at step 12" in status.message
    assert np.isfinite(History(run.metrics_path).refresh()["loss/g"]).all()
    assert run.weights() and all(sound(path) for path in run.weights().values())
    torch.load(run.state_path, weights_only=True)


def test_a_gradient_that_is_no_number_ends_the_run(folder):
    config = new(folder).config()
    trainer = Trainer(config, load_dataset(config))
    trainer.advance()
    trainer.log._pending[-1][-1]["grad/g"] = torch.tensor(float("inf"))
    trainer.drain()
    with pytest.raises(Diverged, match="since step 1;"):
        trainer.check()


def spoil(monkeypatch, after: int) -> None:
    """From the step behind `after` on, G's weights are no numbers."""
    advance = Trainer.advance

    def spoilt(trainer):
        if trainer.step == after:
            for weights in trainer.G.parameters():
                weights.data.fill_(float("nan"))
        advance(trainer)

    monkeypatch.setattr(Trainer, "advance", spoilt)


def test_diverged_before_the_first_snapshot_says_which_weights_are_kept(folder, monkeypatch):
    run = new(folder, schedule__steps=50, schedule__keep_every=3)
    monkeypatch.setattr(recorder_module, "MIN_INTERVAL", 0.0)

    spoil(monkeypatch, after=7)
    status = Worker(run).work()
    assert list(run.weights()) == [3, 6] and all(sound(path) for path in run.weights().values())
    said = "It came before the first snapshot: Resume starts anew and removes the kept weights (last at step 3, 6)."
    assert status.state == "failed" and status.message.endswith(said)

    # and so it is
    trainer = Trainer(run.config(), load_dataset(run.config()))
    Recorder(run, trainer, load_dataset(run.config())).restore()
    assert trainer.step == 0 and not run.weights()


def test_diverged_keeps_the_last_good_snapshot(folder, monkeypatch):
    run, advance = new(folder, **ENDLESS), Trainer.advance
    worker = Worker(run)

    def until_five(trainer):
        advance(trainer)
        worker.stop_signal = trainer.step == 5

    monkeypatch.setattr(Trainer, "advance", until_five)
    assert worker.work().state == "stopped"
    good = run.state_path.read_bytes()

    spoil(monkeypatch, after=8)
    run.claim()
    status = Worker(run).work()
    assert status.state == run.status().state == "failed"
    assert status.message == (
        "The loss is no longer a number since step 9; try smaller learning rates. "
        "The last good snapshot, of step 5, and its weights are kept."
    )
    assert status.step > 8, "where it happened, not where it fell back to"
    assert run.state_path.read_bytes() == good
    assert sound(run.weights()[5]) and not [step for step in run.weights() if step > 8]
    loss = History(run.metrics_path).refresh()["loss/g"]
    assert np.isfinite(loss[:8]).all() and np.isnan(loss[8:]).all() and len(loss) > 8

    # and it can go on from there
    monkeypatch.setattr(Trainer, "advance", advance)
    trainer = Trainer(run.config(), load_dataset(run.config()))
    recorder = Recorder(run, trainer, load_dataset(run.config()))
    recorder.restore()
    assert trainer.step == 5
    trainer.advance()
    recorder.save_snapshot()
    assert run.state_path.read_bytes() != good
    good = run.state_path.read_bytes()
    for weights in trainer.D.parameters():
        weights.data.fill_(float("nan"))
    trainer.advance()
    with pytest.raises(Diverged):  # it comes before the loop has looked at the losses
        recorder.save_snapshot()
    assert run.state_path.read_bytes() == good


def test_ten_writes_a_second_at_most(folder, monkeypatch):
    """However fast the steps are, and with everything due at every step."""
    run = new(
        folder,
        schedule__steps=100_000_000,
        schedule__sample_every=1,
        schedule__keep_every=1,
        schedule__snapshot_seconds=1,
    )
    worker = Worker(run)
    ready, writes, kinds = [], [], Counter()

    def advance(trainer):  # a step that costs nothing
        ready.append(time.monotonic())
        trainer.step += 1
        trainer.images += 8
        zero = torch.zeros(())
        row = {"loss/g": zero, "loss/d": zero}
        trainer.log.add(trainer.step, trainer.images, trainer.seconds, (0.0, 0.0), row)
        worker.stop_signal = time.monotonic() > ready[0] + 3.2
        if trainer.step % 100 == 0:
            time.sleep(0.001)  # or a million rows are to be written

    def count(path):
        if path.is_relative_to(run.path):
            writes.append(time.monotonic())
            kinds[path.suffix] += 1

    replacing, opened = files.replacing, Path.open

    def replacing_counted(path, **how):
        count(path)
        return replacing(path, **how)

    def open_counted(path, mode="r", *args, **kwargs):
        if "a" in mode:
            count(path)
        return opened(path, mode, *args, **kwargs)

    monkeypatch.setattr(Trainer, "advance", advance)
    monkeypatch.setattr(files, "replacing", replacing_counted)
    monkeypatch.setattr(Path, "open", open_counted)
    assert worker.work().state == "stopped"

    steady = np.array([at for at in writes if ready[0] <= at < ready[-1]])
    speed = len(ready) / (ready[-1] - ready[0])
    assert speed > 200, f"only {speed:.0f} steps a second: that was no test"
    assert min(kinds[kind] for kind in (".jsonl", ".json", ".png", ".safetensors", ".pt")) >= 2, "all kinds are written"
    busiest = max(np.count_nonzero((steady >= at) & (steady < at + 1)) for at in steady)
    assert 3 <= busiest <= 10, kinds


def test_requests_within_one_tick_of_the_clock(folder):
    """Two requests may bear the same time; the second one counts as well."""
    run = new(folder, schedule__steps=2)
    run.send_request(action="run")
    path = run.path / "request.json"
    before = path.stat()
    worker = Worker(run)
    run.send_request(action="stop")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert worker.work().state == "stopped" and worker.status.step == 0
