"""Pulls and pushes as processes of their own: a page watches one, stops it, and finds it again after a refresh.

A job is a folder under `jobs/` in GAN_HOME: `process.json` says which process it is, `status.json` how it goes. A
token goes to the process through its input alone, and is written nowhere.
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

KEEP = 86_400.0
"""Seconds for which a finished job is remembered."""
GRACE = 5.0
"""Seconds that a cancelled process has to end by itself."""
LOST = "The process ended unexpectedly; start it again: a pull goes on where it was."


class At(BaseModel):
    """How a job goes (`status.json`)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["pull", "push"]
    repo: str
    state: Literal["running", "done", "failed", "stopped"] = "running"
    done: int = 0
    """Bytes."""
    total: int = 0
    """0 until it is known."""
    eta: float | None = None
    """Seconds left, if known."""
    message: str = ""
    """Of a failed one: the sentence that says why."""
    result: str = ""
    """Of a pull that is done: its id in the store; of a push: the address of its page."""
    problem: str = ""
    """Of a failed one: the kind of its HubError, "" for any other."""
    revision: str = ""
    """What a pull was asked for; "" stands for the newest commit."""
    file: str = ""
    """The same; "" stands for the usual one."""
    subject: str = ""
    """What is pushed."""
    began: float = 0.0
    """When, in seconds since 1970."""


@dataclass(frozen=True)
class Job:
    """One pull or push, running or not."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def changed(self) -> float:
        """When its state was last written, in seconds since 1970; raises WorkshopError as `state` does."""
        try:
            return (self.path / "status.json").stat().st_mtime
        except OSError:
            raise WorkshopError(f"There is no job {self.id!r} any more.") from None

    def state(self) -> At:
        """How it goes, corrected by whether its process still lives; raises WorkshopError for a forgotten one."""
        alive = self._process() is not None or self._just_made()  # looked at first: its last words precede its end
        at = read(self.path)
        if at.state == "running" and not alive:
            return at.model_copy(update={"state": "failed", "message": LOST, "eta": None})
        return at

    def cancel(self) -> None:
        """Stop it, at once if need be; a finished one stays as it is.

        What a pull has fetched is kept for the next; a push may leave the repository that it has made, empty.
        """
        process = self._process()
        if process is None:
            return
        with suppress(psutil.NoSuchProcess):  # it has just ended by itself
            process.terminate()
            try:
                process.wait(GRACE)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait(GRACE)
        at = read(self.path)
        if at.state == "running":
            write(self.path, at.model_copy(update={"state": "stopped", "eta": None}))

    def forget(self) -> None:
        """Remove it from the list; raises WorkshopError for a running one."""
        if self.state().state == "running":
            raise WorkshopError(f"The {read(self.path).kind} of {read(self.path).repo} is running: cancel it first.")
        shutil.rmtree(self.path)

    def _just_made(self) -> bool:
        return not (self.path / "process.json").exists() and _age(self.path) < runs.STARTUP_GRACE

    def _process(self) -> psutil.Process | None:
        """Its process, None when that has ended."""
        try:
            told = json.loads((self.path / "process.json").read_bytes())
            return processes.find(told["pid"], told["started"], told.get("born", ""))
        except (FileNotFoundError, ValueError, KeyError, TypeError):  # not yet written, or damaged: it has none
            return None


def folder() -> Path:
    """Where jobs are."""
    return runs.home() / "jobs"


def everything() -> list[Job]:
    """All jobs, the newest first; what ended more than a day ago is forgotten."""
    found = []
    for path in sorted(folder().glob("[0-9]*"), reverse=True):
        try:
            running = Job(path).state().state == "running"
            known = True
        except WorkshopError:  # being made or removed by another process, or damaged
            running = known = False
        if not running and _age(path) > KEEP:
            shutil.rmtree(path, ignore_errors=True)
        elif known:
            found.append(Job(path))
    return found


def find(name: str) -> Job:
    """The job of that id; raises WorkshopError."""
    found = [job for job in everything() if job.id == name]
    if not found:
        raise WorkshopError(f"There is no job {name!r}; finished ones are forgotten after a day.")
    return found[0]


def start_pull(repo: str, revision: str | None = None, *, file: str | None = None, token: Token = None) -> Job:
    """Start to pull; the job that does so already, if there is one. Raises WorkshopError for a name that cannot be."""
    repo, revision = names.parse(repo, revision)
    for job in everything():
        at = job.state()
        asked = ("pull", repo, revision or "", file or "", "running")
        if (at.kind, at.repo, at.revision, at.file, at.state) == asked:
            return job
    words = ["pull", f"{repo}@{revision}" if revision else repo, *([f"--file={file}"] if file else [])]
    at = At(kind="pull", repo=repo, revision=revision or "", file=file or "", began=time.time())
    return _start(words, at, token)


def start_push(subject: str, repo: str, *, private: bool, token: Token = None, licence: str = "") -> Job:
    """Start to publish `subject`, a run, a model or a folder made for it, as `repo`; raises WorkshopError."""
    names.check_repo(repo)
    words = ["push", *(["--private"] if private else []), *([f"--licence={licence}"] if licence else [])]
    return _start([*words, "--", subject, repo], At(kind="push", repo=repo, subject=subject, began=time.time()), token)


def _start(words: list[str], at: At, token: Token) -> Job:
    path = folder() / f"{time.time_ns():020d}-{secrets.token_hex(3)}"
    try:
        path.mkdir(parents=True)
        write(path, at)
        command, options = words[0], words[1:]
        with (path / "log.txt").open("wb") as log:
            process = processes.start(command, f"--job={path}", *options, log=log, stdin=subprocess.PIPE)
        told = {"pid": process.pid, "started": psutil.Process(process.pid).create_time()}
        told["born"] = processes.birth(process.pid)
        files.write_atomic(path / "process.json", json.dumps(told).encode())
        assert process.stdin
        with process.stdin as pipe:
            pipe.write(json.dumps({"token": token}).encode() + b"\n")
    except OSError as error:
        raise WorkshopError(f"It could not be started: {error.strerror}.") from None
    return Job(path)


def _age(path: Path) -> float:
    """Seconds since a job has last said something."""
    try:
        return time.time() - max(file.stat().st_mtime for file in (path, *path.iterdir()))
    except FileNotFoundError:  # just removed
        return 0.0


def read(path: Path) -> At:
    """The status in a job's folder; raises WorkshopError."""
    try:
        return At.model_validate_json((path / "status.json").read_bytes())
    except FileNotFoundError:
        raise WorkshopError(f"There is no job {path.name!r} any more.") from None
    except ValidationError as error:
        raise WorkshopError(f"The status of job {path.name!r} is damaged: {error.errors()[0]['msg']}.") from None


def write(path: Path, at: At) -> None:
    """Replace the status in a job's folder."""
    files.write_atomic(path / "status.json", at.model_dump_json().encode(), durable=False)
