"""Pulls and pushes in processes of their own: a page watches them, cancels them, and finds them after a refresh.

A job is a folder under `jobs/` in GAN_HOME: `process.json` identifies its process, `status.json` is a JobStatus. A
token reaches the process through its standard input alone, and is written nowhere.
"""

import json
import secrets
import shutil
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from gan_core import runs
from gan_core.hub import names
from gan_core.hub.credentials import Token
from gan_core.system import files, processes
from gan_core.system.errors import WorkshopError

KEEP_SECONDS = 86_400.0
"""How long a finished job is listed."""
GRACE_SECONDS = 5.0
"""How long a cancelled process may take to end by itself."""
PULL_KEY = {"kind", "repo", "revision", "file", "state"}
"""Fields that are equal for the same running pull."""
LOST = "The process ended unexpectedly; start it again: a pull resumes where it stopped."


class JobStatus(BaseModel):
    """The content of `status.json`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["pull", "push"]
    repo: str
    state: Literal["running", "done", "failed", "stopped"] = "running"
    done: int = 0
    """Bytes."""
    total: int = 0
    """Bytes; 0 until it is known."""
    eta: float | None = None
    """Seconds left, if known."""
    message: str = ""
    """The error of a failed job."""
    result: str = ""
    """Of a finished pull: the model's id in the store; of a push: the address of its page."""
    problem: str = ""
    """Of a failed job: the kind of its HubError, "" for any other."""
    revision: str = ""
    """Requested by a pull; "" for the newest commit."""
    file: str = ""
    """Requested by a pull; "" for the obvious one."""
    subject: str = ""
    """What is pushed."""
    began: float = 0.0
    """Seconds since 1970."""


@dataclass(frozen=True)
class Job:
    """One pull or push, running or not."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def changed_at(self) -> float:
        """When its status was last written, in seconds since 1970; raises WorkshopError for a removed job."""
        try:
            return (self.path / "status.json").stat().st_mtime
        except OSError:
            raise WorkshopError(f"There is no job {self.id!r} any more.") from None

    def status(self) -> JobStatus:
        """Its status, failed if the process has died without a word; raises WorkshopError for a removed job."""
        alive = self._process() is not None or self._starting()  # first, because a process writes before it ends
        status = read(self.path)
        if status.state == "running" and not alive:
            return status.model_copy(update={"state": "failed", "message": LOST, "eta": None})
        return status

    def cancel(self) -> None:
        """Stop it, by force if need be; a finished job stays as it is.

        A partial download is kept for the next pull; a push may leave an empty repository.
        """
        process = self._process()
        if process is None:
            return
        with suppress(psutil.NoSuchProcess):  # it has just ended
            process.terminate()
            try:
                process.wait(GRACE_SECONDS)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait(GRACE_SECONDS)
        status = read(self.path)
        if status.state == "running":
            write(self.path, status.model_copy(update={"state": "stopped", "eta": None}))

    def forget(self) -> None:
        """Remove it from the list; raises WorkshopError for a running job."""
        status = self.status()
        if status.state == "running":
            raise WorkshopError(f"The {status.kind} of {status.repo} is running: cancel it first.")
        shutil.rmtree(self.path)

    def _starting(self) -> bool:
        return not (self.path / "process.json").exists() and _age(self.path) < runs.STARTUP_GRACE

    def _process(self) -> psutil.Process | None:
        """Its process, None once that has ended."""
        try:
            record = json.loads((self.path / "process.json").read_bytes())
            return processes.find(record["pid"], record["started"], record.get("born", ""))
        except (FileNotFoundError, ValueError, KeyError, TypeError):  # not yet written, or damaged
            return None


def folder() -> Path:
    """Where jobs are."""
    return runs.home() / "jobs"


def list_all() -> list[Job]:
    """All jobs, the newest first; those that ended more than a day ago are removed."""
    found = []
    for path in sorted(folder().glob("[0-9]*"), reverse=True):
        try:
            running, readable = Job(path).status().state == "running", True
        except WorkshopError:  # being created or removed by another process, or damaged
            running = readable = False
        if not running and _age(path) > KEEP_SECONDS:
            shutil.rmtree(path, ignore_errors=True)
        elif readable:
            found.append(Job(path))
    return found


def start_pull(repo: str, revision: str | None = None, *, file: str | None = None, token: Token = None) -> Job:
    """Start a pull, or return the job that already runs it. Raises WorkshopError for an invalid name."""
    repo, revision = names.parse(repo, revision)
    status = JobStatus(kind="pull", repo=repo, revision=revision or "", file=file or "", began=time.time())
    for job in list_all():
        if job.status().model_dump(include=PULL_KEY) == status.model_dump(include=PULL_KEY):
            return job
    options = [f"{repo}@{revision}" if revision else repo, *([f"--file={file}"] if file else [])]
    return _start(options, status, token)


def start_push(subject: str, repo: str, *, private: bool, token: Token = None) -> Job:
    """Start to publish `subject`, a run, a model or a prepared folder, as `repo`; raises WorkshopError."""
    names.check_repo(repo)
    status = JobStatus(kind="push", repo=repo, subject=subject, began=time.time())
    return _start([*(["--private"] if private else []), "--", subject, repo], status, token)


def _start(options: list[str], status: JobStatus, token: Token) -> Job:
    path = folder() / f"{time.time_ns():020d}-{secrets.token_hex(3)}"
    try:
        path.mkdir(parents=True)
        write(path, status)
        with (path / "log.txt").open("wb") as log:
            process = processes.start(status.kind, f"--job={path}", *options, log=log, stdin=subprocess.PIPE)
        record = {"pid": process.pid, "started": psutil.Process(process.pid).create_time()}
        record["born"] = processes.birth(process.pid)
        files.write_atomic(path / "process.json", json.dumps(record).encode())
        assert process.stdin
        with process.stdin as pipe:
            pipe.write(json.dumps({"token": token}).encode() + b"\n")
    except OSError as error:
        raise WorkshopError(f"It could not be started: {error.strerror}.") from None
    return Job(path)


def _age(path: Path) -> float:
    """Seconds since a job last wrote a file."""
    try:
        return time.time() - max(file.stat().st_mtime for file in (path, *path.iterdir()))
    except FileNotFoundError:  # just removed
        return 0.0


def read(path: Path) -> JobStatus:
    """The status in a job's folder; raises WorkshopError."""
    try:
        return JobStatus.model_validate_json((path / "status.json").read_bytes())
    except FileNotFoundError:
        raise WorkshopError(f"There is no job {path.name!r} any more.") from None
    except ValidationError as error:
        raise WorkshopError(f"The status of job {path.name!r} is damaged: {error.errors()[0]['msg']}.") from None


def write(path: Path, status: JobStatus) -> None:
    """Replace the status in a job's folder."""
    files.write_atomic(path / "status.json", status.model_dump_json().encode(), durable=False)
