"""Races: runs that take turns, in threads with short slices and as the processes they are."""

import itertools
import json
import signal
import subprocess
import threading
import time
from typing import Any

import forked
import numpy as np
import psutil
import pytest
import test_worker
import torch
from test_worker import ENDLESS, ROOT, TINY, new, reach, until

from gan_core import runs
from gan_core.config import ConfigError
from gan_core.runs import lanes, race
from gan_core.runs import turns as turn_locks
from gan_core.runs.history import History
from gan_core.runs.turns import TurnLock
from gan_core.system.errors import WorkshopError
from gan_core.training.trainer import Trainer
from gan_core.worker.worker import Worker, load_dataset

folder = test_worker.folder


def contest(home, *texts, **common):
    """A race of TINY lanes."""
    common = TINY | {name.replace("__", "."): value for name, value in common.items()}
    return race.create(lanes.build([lanes.parse(text) for text in texts], common), home)


def work_all(members):
    """Each in a thread of this process; returns the last statuses."""
    workers = [Worker(run) for run in members]
    threads = [threading.Thread(target=worker.work) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=200)
        assert not thread.is_alive()
    return [worker.status for worker in workers]


# The turn lock alone


def runner(folder, name, pace, turns, log, gate):
    """Train `turns` steps of `pace` made-up seconds with the turn lock, and note them in `log`."""
    mine, seconds = TurnLock(folder, name), 0.0
    gate.wait()
    for _ in range(turns):
        if mine.held and mine.slice_over(seconds):
            mine.yield_turn(seconds)
        if not mine.held:
            assert mine.acquire(seconds, lambda: False)
        log.append((name, "in"))
        time.sleep(0.0005)
        log.append((name, "out"))
        seconds += pace
        log.append((name, seconds))
    mine.leave(seconds)


def test_one_runner_holds_the_lock_and_seconds_stay_within_a_slice(tmp_path):
    log, gate = [], threading.Barrier(3)
    paces = {"a": 0.25, "b": 0.5, "c": 1.5}  # four steps, two, and one step longer than a slice
    threads = [
        threading.Thread(target=runner, args=(tmp_path, name, pace, int(30 / pace), log, gate))
        for name, pace in paces.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    for (name, mark), (other, end) in itertools.pairwise(entry for entry in log if isinstance(entry[1], str)):
        assert mark != "in" or (name, "out") == (other, end), "two trained at once"
    times, together = dict.fromkeys(paces, 0.0), 0
    for name, seconds in (entry for entry in log if isinstance(entry[1], float)):
        times[name] = seconds
        running = [t for t in times.values() if 0 < t < 30]
        near = len(running) == 3 and max(running) - min(running) <= turn_locks.SLICE + max(paces.values())
        assert near or not together or len(running) < 3, "one has left the others behind"
        together += near  # a thread that was late at the gate catches up first
    assert together > 30 and times == dict.fromkeys(paces, 30.0)


def test_one_alone_keeps_the_lock_and_who_leaves_frees_it(tmp_path):
    first, second = TurnLock(tmp_path, "a"), TurnLock(tmp_path, "b")
    assert first.acquire(0.0, lambda: False) and not first.slice_over(0.9) and first.slice_over(1.0)
    assert not first.yield_turn(1.0) and first.held and not first.slice_over(1.9)
    given_up = itertools.chain([False] * 3, itertools.repeat(True))
    assert not second.acquire(0.0, lambda: next(given_up))
    assert first.yield_turn(2.0) and not first.held, "the second waits and is behind"
    assert second.acquire(0.0, lambda: False)
    assert not second.yield_turn(1.0), "the first waits as well, but has more seconds"
    second.leave(1.0)
    assert first.acquire(2.0, lambda: False)
    assert not first.yield_turn(3.0), "the second has left"


def test_one_who_was_away_catches_up(tmp_path):
    behind, ahead = TurnLock(tmp_path, "behind"), TurnLock(tmp_path, "ahead")
    assert ahead.acquire(20.0, lambda: False)
    thread = threading.Thread(target=behind.acquire, args=(15.0, lambda: False))
    thread.start()
    until(lambda: ahead.yield_turn(20.0), "handed on")
    thread.join()
    for seconds in (16.0, 17.0, 18.0, 19.0):
        assert not behind.yield_turn(seconds)
    assert behind.yield_turn(21.0)


@pytest.mark.parametrize("torn", [b"", b'{"next": "b", "sec', b"\0" * 40], ids=["empty", "half", "zeros"])
def test_a_torn_board_is_begun_anew(tmp_path, torn):
    (tmp_path / "baton.json").write_bytes(torn)
    first, second = TurnLock(tmp_path, "a"), TurnLock(tmp_path, "b")
    assert first.acquire(5.0, lambda: False) and not first.yield_turn(6.0)
    thread = threading.Thread(target=second.acquire, args=(2.0, lambda: False))
    thread.start()
    until(lambda: first.yield_turn(6.0), "handed on")
    thread.join()
    assert json.loads((tmp_path / "baton.json").read_text())["seconds"] == {"a": 6.0, "b": 2.0}


# Runs that race


@pytest.mark.slow
def test_they_take_turns_and_draw_the_curves_they_draw_alone(folder, monkeypatch):
    monkeypatch.setattr(turn_locks, "SLICE", 0.0)  # yielded after each step, however fast steps are here
    steps, advance, take = [], Trainer.advance, TurnLock.acquire
    both_wait = threading.Barrier(2)
    waited = set()

    def taken_together(mine, seconds, given_up):
        if mine.name not in waited:  # or one of them is done before the other has begun
            waited.add(mine.name)
            mine._present.acquire(poll_interval=0.001)
            both_wait.wait(60)
        return take(mine, seconds, given_up)

    monkeypatch.setattr(TurnLock, "acquire", taken_together)

    def noted(trainer):
        steps.append((trainer.config.variant, "in"))
        advance(trainer)
        steps.append((trainer.config.variant, "out"))

    monkeypatch.setattr(Trainer, "advance", noted)
    both = contest(folder, "dcgan", "wgan_gp", schedule__steps=40)
    first, second = both.runs()
    assert [status.state for status in work_all([first, second])] == ["finished", "finished"]
    for (name, mark), (other, end) in itertools.pairwise(steps):
        assert mark != "in" or (name, "out") == (other, end), "two trained at once"
    shifts = sum(a != b for (a, _), (b, _) in itertools.pairwise(steps))
    assert shifts >= 6, "they took turns"

    for run in (first, second):
        alone = runs.create(run.config(), folder.parent / "alone")
        Worker(alone).work()
        ours, theirs = (History(r.metrics_path).refresh() for r in (run, alone))
        assert ours["step"].tolist() == list(range(1, 41))
        for name in ours.keys() - {"seconds", "speed/images"}:
            np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)


@pytest.mark.slow
def test_waiting_is_not_training_time(folder, monkeypatch):
    monkeypatch.setattr(turn_locks, "SLICE", 0.05)
    both = contest(folder, "dcgan", "lsgan", schedule__seconds=0.6, schedule__steps=1_000_000)
    began = time.monotonic()
    statuses = work_all(both.runs())
    took = time.monotonic() - began
    assert [status.state for status in statuses] == ["finished", "finished"]
    for run, status in zip(both.runs(), statuses, strict=True):
        assert 0.6 <= status.seconds < 1.5
        seconds = History(run.metrics_path).refresh()["seconds"]
        assert (np.diff(seconds) > 0).all() and seconds[-1] < 0.9
    assert took >= sum(status.seconds for status in statuses), "one at a time"


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_fair_then_paused_then_killed_then_resumed(folder):
    both = contest(folder, "dcgan", "lsgan", **ENDLESS)
    first, second = both.runs()
    for run in both.runs():
        assert race.of_run(run) == both
    both.start()
    board = both.path / "baton.json"

    def times():
        return json.loads(board.read_text())["seconds"] if board.exists() else {}

    until(lambda: min([*times().values(), 0.0][:2], default=0.0) > 1, "both have had a slice")
    gaps, last = [], None
    for _ in range(4):
        last = until(lambda last=last: times() != last and times(), "one has had a turn")
        ours = list(last.values())
        gaps.append(abs(ours[0] - ours[1]))
    assert max(gaps) <= turn_locks.SLICE + 0.5, gaps

    # one pauses: the other goes on without it, at once
    first.send_request(action="pause")
    held = reach(first, "paused").step
    step = reach(second, "running").step
    reach(second, "running", beyond=step + 10)
    assert first.status().step == held
    first.send_request(single_step=True)
    assert reach(first, "paused", beyond=held).step == held + 1
    first.send_request(action="run")
    reach(first, "running", beyond=held + 5)

    # one is killed, whether it holds the turn lock or not
    psutil.Process(first.status().pid).kill()
    reach(first, "interrupted")
    step = reach(second, "running").step
    reach(second, "running", beyond=step + 10)

    # the race is started anew: that one comes back, and the other is not disturbed
    pid = second.status().pid
    both.start()
    reach(first, "running", beyond=held)
    assert second.status().pid == pid
    both.send_request("pause")
    reach(first, "paused")
    reach(second, "paused")
    both.send_request("run")
    both.send_request("stop")
    assert reach(first, "stopped").step and reach(second, "stopped").step
    for run in both.runs():
        assert run.state_path.is_file()


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_race_has_one_place_and_queues_as_one(folder):
    before = new(folder, **ENDLESS)
    before.start()
    reach(before, "running")
    both = contest(folder, "dcgan", "lsgan", **ENDLESS)
    after = new(folder, schedule__steps=2)
    after.start()
    both.start()
    first, second = both.runs()
    for run in (first, second, after):
        until(lambda run=run: run.status().message == "Waits for its turn.", "waits")
    before.send_request(action="stop")
    reach(first, "running", beyond=1)
    reach(second, "running", beyond=1)
    assert after.status().state == "waiting"
    first.send_request(action="stop")
    reach(first, "stopped")
    step = reach(second, "running").step
    reach(second, "running", beyond=step + 5)
    assert after.status().state == "waiting", "the other one still has their place"
    psutil.Process(second.status().pid).kill()
    reach(after, "finished")


# What is the same in all lanes


def test_the_same_pictures_in_the_same_order_and_the_same_noise():
    """dcgan updates D once a step, wgan_gp five times: the k-th batch is the same, whatever step it falls in."""
    configs = lanes.build(
        [lanes.parse("dcgan"), lanes.parse("wgan_gp"), lanes.parse("dcgan,regularization.r1=1")], TINY
    )
    seen = []
    for config in configs:
        trainer = Trainer(config, load_dataset(config))
        batches: list[Any] = []
        noise: list[Any] = []
        trainer.regularization.augment_real = lambda real, kept=batches: kept.append(real.clone()) or real

        def keep_noise(_module: Any, inputs: Any, kept: list[Any] = noise) -> None:
            kept.append(inputs[0].clone())

        trainer.G.register_forward_pre_hook(keep_noise)
        start = {name: value.clone() for name, value in trainer.G.state_dict().items()}
        grid = trainer.samples()
        while len(batches) < 10:
            trainer.advance()
        seen.append((batches, noise, start, grid))
    one, five, remedy = seen
    assert all(torch.equal(a, b) for a, b in zip(one[0], five[0], strict=True))
    assert all(torch.equal(a, b) for a, b in zip(one[0], remedy[0], strict=True))
    assert all(torch.equal(a, b) for a, b in zip(one[1], remedy[1], strict=True)), "a remedy does not move the noise"
    assert all(torch.equal(one[2][name], remedy[2][name]) for name in one[2]), "the same weights at first"
    assert (one[3] == remedy[3]).all() and (one[3] == five[3]).all(), "G is built alike in all three"
    said = " ".join(lanes.describe_common(configs))
    assert "(DCGAN: 1, WGAN-GP: 5, DCGAN, R1 penalty γ 1: 1)" in said and "the same pictures in the same order" in said
    pair = " ".join(lanes.describe_common([configs[0], configs[2]]))
    assert "same noise, update by update" in pair and "begin with the same weights" in pair
    wide = lanes.build([lanes.parse("dcgan"), lanes.parse("lsgan,network.z_dim=9,regularization.augment=basic")], TINY)
    assert "latent vectors differ" in " ".join(lanes.describe_common(wide)) and "Augmentation" in " ".join(
        lanes.describe_common(wide)
    )


def test_what_lanes_must_agree_on():
    with pytest.raises(ConfigError) as caught:
        lanes.build([lanes.parse("dcgan,seed=1"), lanes.parse("wgan_gp,seed=2,schedule.batch=32")], {})
    assert str(caught.value).splitlines() == [
        "seed: [1, 2] was given; allowed: one value for all lanes of a race.",
        "schedule.batch: [64, 32] was given; allowed: one value for all lanes of a race.",
    ]
    for count in (0, 1, 5):
        with pytest.raises(WorkshopError, match=f"lanes: {count} was given; allowed: 2 to 4 runs in a race"):
            lanes.build([{"variant": "dcgan"}] * count, {})


def test_lanes_are_read_named_and_filled_up():
    given = lanes.parse("dcgan,data.classes=[0,1],regularization.r1=1,seed=3")
    assert given == {"variant": "dcgan", "data.classes": [0, 1], "regularization.r1": 1, "seed": 3}
    assert lanes.parse(lanes.to_text(given)) == given
    with pytest.raises(WorkshopError, match="A lane is a variant or a preset; 'gan9000' is neither"):
        lanes.parse("gan9000")
    first, second = lanes.build(
        [lanes.parse("clothing-homework-dcgan"), lanes.parse("wgan_gp")], {"schedule.epochs": 2}
    )
    assert (second.data, second.schedule.batch, second.schedule.epochs) == (first.data, 32, 2)
    twins = lanes.build([lanes.parse("dcgan"), lanes.parse("dcgan")], {})
    assert lanes.labels(twins) == ["DCGAN (1)", "DCGAN (2)"]


def test_races_are_found_and_lose_deleted_runs(folder):
    assert race.list_races(folder) == []
    one, two = contest(folder, "dcgan", "lsgan"), contest(folder, "dcgan", "wgan")
    assert [r.name for r in race.list_races(folder)] == ["00002", "00001"]
    assert race.find("1", folder) == race.find("00001", folder) == one
    with pytest.raises(WorkshopError, match="There is no race '7'; the newest are: 2, 1"):
        race.find("7", folder)
    with pytest.raises(WorkshopError, match=r"no race '\.\./x'"):
        race.find("../x", folder)
    two.runs()[0].delete()
    assert [run.config().variant for run in two.runs()] == ["wgan"]
    assert race.of_run(new(folder)) is None


# The command line


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_command_races_and_stops(folder):
    tiny = [f"--set={name}={value}" for name, value in TINY.items() if name != "data.dataset"]
    command = [*forked.command(), "-m", "gan_core", "race", "--runs", str(folder), *tiny]
    done = subprocess.run(
        [*command, "dcgan", "lsgan", "--steps=5"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    *members, last = done.stdout.split()
    assert (
        last == str(folder / "races" / "00001") and members == [str(run.path) for run in runs.list_runs(folder)][::-1]
    )
    assert [run.status().state for run in race.find("1", folder).runs()] == ["finished"] * 2
    assert "DCGAN: step 5" in done.stderr and "LSGAN: step 5" in done.stderr

    process = subprocess.Popen([*command, "dcgan", "lsgan", "--seconds=9999"], cwd=ROOT, stdout=subprocess.PIPE)
    until(lambda: len(race.list_races(folder)) == 2, "the second race")
    for run in race.find("2", folder).runs():
        reach(run, "running", beyond=0)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 0
    assert [run.status().state for run in race.find("2", folder).runs()] == ["stopped"] * 2


def test_the_command_says_what_is_wrong(folder, capsys):
    from gan_core.__main__ import main

    assert main(["race", "dcgan", "--runs", str(folder)]) == 2
    assert capsys.readouterr().err == "error: lanes: 1 was given; allowed: 2 to 4 runs in a race.\n"
    assert runs.list_runs(folder) == []
