"""Pulls and pushes as processes: watched, found again, stopped, resumed; and the token is nowhere to be found."""

import json
import os
import signal
import time

import psutil
import pytest

from gan_core import runs
from gan_core.hub import jobs
from gan_core.models import bundled, store
from gan_core.system.errors import WorkshopError

pytestmark = pytest.mark.slow

TOKEN = "hf_annsecretannsecretannsecret"
GET = r"GET /ann/clothes/resolve/"


@pytest.fixture
def clothes(hub):
    return hub.add("ann/clothes", {"model.safetensors": bundled.weights("fashion-acgan").read_bytes()})


def wait(job, until=lambda at: at.state != "running", seconds=60):
    """All that the job has said until it is as wanted."""
    said = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        at = job.status()
        if not said or at != said[-1]:
            said.append(at)
        if until(at):
            return said
        assert at.state == "running", at
        time.sleep(0.02)
    raise AssertionError(f"not in time: {said[-1]}, {(job.path / 'log.txt').read_text()}")


def all_that_was_written() -> bytes:
    return b"\n".join(path.read_bytes() for path in runs.home().rglob("*") if path.is_file())


def test_a_pull_is_watched_found_again_and_done(hub, clothes):
    hub.fail(GET, rate=3_000_000)
    job = jobs.start_pull("ann/clothes")
    assert jobs.start_pull("ann/clothes") == job  # not a second one
    assert jobs.list_all() == [job]  # as a page does after a refresh
    with pytest.raises(WorkshopError, match="cancel it first"):
        job.forget()
    said = wait(job)
    last = said[-1]
    assert (last.state, last.kind, last.repo) == ("done", "pull", "ann/clothes")
    assert last.result == store.names()[0] and last.done == last.total == len(clothes.head["model.safetensors"])
    between = [at for at in said if 0 < at.done < at.total]
    assert between and any(at.eta is not None and 0 < at.eta < 5 for at in between)
    job.cancel()  # a finished one stays as it is
    assert job.status() == last
    job.forget()
    assert jobs.list_all() == []


def test_a_pull_of_another_file_is_another_job(hub, clothes):
    hub.fail(r"GET /api/models/ann/clothes", stall=30, times=None)
    job, other = jobs.start_pull("ann/clothes"), jobs.start_pull("ann/clothes", file="late.safetensors")
    assert other != job and jobs.start_pull("ann/clothes", file="late.safetensors") == other
    assert jobs.start_pull("ann/clothes") == job
    for one in (job, other):
        one.cancel()


def test_a_cancelled_pull_is_resumed_by_the_next(hub, clothes, monkeypatch):
    hub.fail(GET, rate=500_000)
    job = jobs.start_pull("ann/clothes")
    wait(job, lambda at: at.done > 200_000)
    monkeypatch.setattr(jobs, "GRACE_SECONDS", 1000.0)  # it ends because it is asked to, not because it is killed
    job.cancel()
    assert job.status().state == "stopped"
    assert store.names() == []
    again = jobs.start_pull("ann/clothes")
    assert wait(again)[-1].state == "done"
    _, second = hub.requests(GET)
    assert int(second["range"].removeprefix("bytes=").removesuffix("-")) >= 200_000
    assert [found.status().state for found in jobs.list_all()] == ["done", "stopped"]


def test_what_fails_says_why_and_a_killed_one_is_seen(hub, clothes):
    clothes.gated = True
    failed = jobs.start_pull("ann/clothes")
    hub.fail(r"GET /api/models/ann/slow", stall=30, times=None)
    killed = jobs.start_pull("ann/slow")
    at = wait(failed)[-1]
    assert (at.state, at.problem) == ("failed", "gated") and "is gated" in at.message
    process = killed._process()
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    at = wait(killed)[-1]
    assert (at.state, at.message) == ("failed", jobs.LOST)
    os.utime(failed.path, (1, 1))
    for path in failed.path.iterdir():
        os.utime(path, (1, 1))
    assert jobs.list_all() == [killed]  # the other one ended long ago
    (jobs.folder() / "00000000000000000001-x").mkdir()
    assert jobs.list_all() == [killed]  # and what is damaged hides nothing


def test_names_that_cannot_be_are_refused_at_once(hub):
    for call in (lambda: jobs.start_pull("../x"), lambda: jobs.start_push("7", "x", private=True)):
        with pytest.raises(WorkshopError, match="repository: "):
            call()
    assert jobs.list_all() == []


def test_a_typed_token_goes_to_the_process_and_nowhere_else(hub, clothes):
    hub.user("ann", TOKEN)
    job = jobs.start_push("fashion-acgan", "ann/mine", private=True, token=TOKEN)
    process = job._process()
    assert process is not None
    command, environment = process.cmdline(), process.environ()
    at = wait(job)[-1]
    assert (at.state, at.result, at.subject) == ("done", f"{hub.url}/ann/mine", "fashion-acgan")
    assert hub.repos["ann/mine"].private
    assert TOKEN not in " ".join(command) and TOKEN not in json.dumps(environment)
    # a pull with it, which fails after the token was used
    clothes.private = True
    hub.fail(GET, status=403, times=None)
    pulled = jobs.start_pull("ann/clothes", token=TOKEN)
    assert wait(pulled)[-1].problem == "login"
    assert hub.requests(GET)[0]["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN.encode() not in all_that_was_written()


def test_a_job_of_another_boot_is_seen_as_ended(home):
    path = jobs.folder() / "00000000000000000002-x"
    path.mkdir(parents=True)
    jobs.write(path, jobs.JobStatus(kind="pull", repo="a/b", began=1.0))
    (path / "process.json").write_text(json.dumps({"pid": os.getpid(), "started": psutil.boot_time() - 1000}))
    assert jobs.Job(path).status().state == "failed"
    (path / "process.json").write_text("torn")
    assert jobs.Job(path).status().state == "failed"
