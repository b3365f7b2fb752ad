"""Run folders: their numbers, and whether the process that writes one still lives."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from toys import pictures, tiny

from gan_core import runs
from gan_core.runs.records import Status
from gan_core.system import processes
from gan_core.system.errors import WorkshopError
from gan_core.training.trainer import Trainer
from gan_core.worker._recorder import Recorder
from gan_core.worker.worker import Worker

linux = pytest.mark.skipif(not processes.BOOT.exists(), reason="the system tells no birth")


@pytest.fixture
def run(home):
    return runs.create(tiny("dcgan"))


def test_a_number_is_taken_whatever_follows_it(home, run):
    for name in ("00002-dcgan-fashion-small-s0 good", "2026 notes", "old"):
        (home / name).mkdir()
    assert run.name.startswith("00001-") and runs.create(tiny("dcgan")).name.startswith("00003-")


def says(run, **identity):
    """What its status is when this process has written it with that identity."""
    run.write_status(Status(state="running", pid=os.getpid(), **identity))
    return run.status().state


@linux
def test_it_lives_though_the_clock_was_set(run):
    mine = processes.birth(os.getpid())
    assert says(run, pid_started=psutil.Process().create_time() - 3600, pid_born=mine) == "running"
    with pytest.raises(WorkshopError, match="stop it before deleting"):
        run.delete()


@linux
def test_another_process_or_boot_is_told_apart_though_the_time_agrees(run):
    boot, ticks = processes.birth(os.getpid()).split("/")
    now = psutil.Process().create_time()
    for other in (f"{boot}/{int(ticks) + 1}", f"another/{ticks}"):
        assert says(run, pid_started=now, pid_born=other) == "interrupted"


def test_the_time_counts_where_no_birth_is_known(run):
    """As in statuses of earlier versions, and on systems that tell none."""
    now = psutil.Process().create_time()
    assert says(run, pid_started=now) == "running" and says(run, pid_started=now - 10) == "interrupted"


def test_other_systems_tell_no_birth(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "BOOT", tmp_path / "missing")
    assert processes.birth(os.getpid()) == ""


@linux
def test_an_ended_process_has_none():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    born, created = processes.birth(child.pid), psutil.Process(child.pid).create_time()
    assert processes.find(child.pid, created - 3600, born) is not None
    child.communicate(b"\n")
    assert processes.find(child.pid, created, born) is None


def test_a_worker_says_its_birth(run):
    worker = Worker(run)
    assert worker.status.pid_born == processes.birth(os.getpid())


def test_what_a_killed_process_left_half_written_goes_when_the_run_is_taken_up(run):
    left = [run.path / part / ".000010.x.123-456.tmp" for part in runs.RUN_FOLDERS]
    asked = run.path / ".request.json.123-456.tmp"  # a page may be writing it just now
    for path in (*left, asked):
        path.write_bytes(b"half")
    Recorder(run, Trainer(run.config(), pictures()), pictures()).restore()
    assert not any(path.exists() for path in left) and asked.exists()


@linux
def test_all_rows_are_on_the_disk_before_the_snapshot_is(run, monkeypatch):
    recorder = Recorder(run, Trainer(run.config(), pictures()), pictures())
    flushed, fsync = [], os.fsync

    def noted(number):
        path = Path(os.readlink(f"/proc/self/fd/{number}"))
        flushed.append((path.name, path.read_bytes().count(b"\n") if path == run.metrics_path else None))
        fsync(number)

    monkeypatch.setattr(os, "fsync", noted)
    recorder.save_snapshot()  # of no rows yet
    assert not run.metrics_path.exists()
    recorder.trainer.advance()
    recorder.add_rows(recorder.trainer.drain())
    recorder.write_rows()  # a tick, which leaves it to the system when they reach the disk
    flushed.clear()
    recorder.save_snapshot()
    recorder.trainer.advance()
    recorder.save_snapshot()
    assert [rows for _, rows in flushed] == [1, None, 2, None]
