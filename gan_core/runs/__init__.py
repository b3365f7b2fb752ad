"""The run store. A run is a directory: one worker process writes it, others read it and leave requests.

Offers `Run` with `create`, `find` and `list_runs`; `history` and `series` (logged curves), `summary`, `scores`;
`queue` (how many train at once), `race` with `lanes` and `turns`; `limits` and `owners` for shared instances. All of
it is torch-free, so that listing runs is quick and a page can poll. Read `records` first, then `Run` below.
"""

import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock
from pydantic import BaseModel, ValidationError

from gan_core.config import TrainConfig
from gan_core.runs.records import BestWeights, Request, Status
from gan_core.system import files, processes, settings
from gan_core.system.errors import WorkshopError

RUN_NAME = re.compile(r"\d{5}-[a-z0-9_.-]+")
RUN_FOLDERS = ("samples", "weights", "state")
"""Folders of a run that only its worker writes to."""

Record = TypeVar("Record", bound=BaseModel)
STARTUP_GRACE = 30.0
"""Seconds a new worker has to write its first status before it counts as dead."""


@dataclass(frozen=True)
class Run:
    """One run directory. Reading never raises for a file that is not there yet."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def metrics_path(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def state_path(self) -> Path:
        """The snapshot that a resume continues from."""
        return self.path / "state" / "latest.pt"

    @property
    def scores_path(self) -> Path:
        return self.path / "scores"

    def config(self) -> TrainConfig:
        """The settings it trains with."""
        return TrainConfig.from_json((self.path / "config.json").read_text())

    def status(self) -> Status:
        """The last status the worker wrote; `interrupted` if its process has died since."""
        try:
            status = _read(self.path / "status.json", Status) or Status()
        except WorkshopError as error:  # one damaged run must not hide the others
            return Status(state="failed", message=str(error))
        if status.alive and not _is_running(status):
            how = "goes on from the last snapshot" if self.state_path.is_file() else "starts anew: it has no snapshot"
            message = f"The training process ended unexpectedly. Resume {how}."
            status = status.model_copy(update={"state": "interrupted", "message": message, "eta": None})
        return status

    def request(self) -> Request:
        """The newest request."""
        return _read(self.path / "request.json", Request) or Request()

    def send_request(self, **changes: Any) -> Request:
        """Change the request (`action`, `lr_g`, `lr_d`) or, with `single_step=True`, request one more step."""
        with FileLock(self.path / ".request.lock"):
            request = self.request()
            if changes.pop("single_step", False):
                changes["single_steps"] = request.single_steps + 1
            changes["serial"] = request.serial + 1
            request = Request.model_validate(request.model_dump(by_alias=False) | changes)
            files.write_atomic(self.path / "request.json", request.model_dump_json().encode())
        return request

    def write_status(self, status: Status) -> None:
        """Replace the status; only the worker, and the process that starts it, may do so."""
        files.write_atomic(self.path / "status.json", status.model_dump_json().encode())

    def samples(self) -> dict[int, Path]:
        """The kept sample grids by step, in order."""
        return _by_step(self.path / "samples", ".png")

    def weights(self) -> dict[int, Path]:
        """The kept weights by step, in order."""
        return _by_step(self.path / "weights", ".safetensors")

    @property
    def best_path(self) -> Path:
        return self.path / "weights" / "best.json"

    def best(self) -> BestWeights | None:
        """The kept weights with the best score; None if nothing was scored yet, or its weights are gone."""
        best = _read(self.best_path, BestWeights)
        return best if best and best.step in self.weights() else None

    def weights_at(self, which: str | int = "last") -> tuple[int, Path]:
        """Step and file of the kept weights `which`: `last`, `best`, or a step.

        Raises WorkshopError that lists the kept weights.
        """
        kept = self.weights()
        if not kept:
            raise WorkshopError(f"{self.name} has kept no weights yet; it keeps them at the end and now and then.")
        if which == "last":
            return list(kept.items())[-1]
        best = self.best()
        if which == "best":
            if best is None:
                raise WorkshopError(f"{self.name} has no best weights: it was not scored while it trained.")
            return best.step, kept[best.step]
        text = str(which)
        if not text.isdecimal() or int(text) not in kept:
            names, steps = "last, best" if best else "last", ", ".join(map(str, kept))
            raise WorkshopError(f"{self.name} keeps no weights at {which!r}; allowed: {names}, or one of {steps}.")
        return int(text), kept[int(text)]

    def start(self) -> None:
        """Start a worker that trains it, from its last snapshot if it has one, and outlives this process."""
        self.claim()
        with (self.path / "log.txt").open("ab") as log:
            processes.start("work", str(self.path), log=log)

    def claim(self) -> None:
        """Reserve it for a worker about to start; raises WorkshopError if it has one already, or is finished."""
        with FileLock(self.path / ".start.lock"):
            status = self.status()
            if status.alive:
                raise WorkshopError(f"{self.name} is {status.state} already.")
            if status.state == "finished":
                raise WorkshopError(f"{self.name} is finished; there is nothing to resume.")
            self.send_request(action="run")
            waiting = {"state": "waiting", "pid": 0, "heartbeat": time.time(), "message": "", "eta": None}
            self.write_status(status.model_copy(update=waiting))

    def delete(self) -> None:
        """Delete the directory; raises WorkshopError while a worker trains it."""
        status = self.status()
        if status.alive:
            raise WorkshopError(f"{self.name} is {status.state}; stop it before deleting it.")
        shutil.rmtree(self.path)


def home() -> Path:
    """The folder of all runs: `GAN_HOME`, or `runs/` of the program."""
    return settings.current().home.resolve()


def make_folder(folder: Path, what: str = "The folder for runs") -> Path:
    """Make `folder` where it is not there yet, and return it; raises WorkshopError that calls it `what`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkshopError(f"{what}, {folder}, cannot be made: {error.strerror}.") from None
    return folder


def create(config: TrainConfig, folder: Path | None = None) -> Run:
    """Make a run directory with the next free number; nothing trains yet."""
    folder = make_folder(folder or home())
    label = f"{config.variant}-{config.data.dataset}-s{config.seed}"
    with FileLock(folder / ".create.lock"):  # two runs must not get the same number
        # a renamed or copied run occupies its number too
        taken = [int(entry.name[:5]) for entry in folder.iterdir() if re.match(r"\d{5}", entry.name)]
        run = Run(folder / f"{max(taken, default=0) + 1:05d}-{label}")
        run.path.mkdir(exist_ok=False)
    for part in RUN_FOLDERS:
        (run.path / part).mkdir()
    files.write_atomic(run.path / "config.json", config.to_json().encode())
    run.write_status(Status(steps=config.schedule.steps))
    return run


def list_runs(folder: Path | None = None) -> list[Run]:
    """All runs, the newest first."""
    folder = folder or home()
    if not folder.is_dir():
        return []
    listed = [Run(p) for p in folder.iterdir() if RUN_NAME.fullmatch(p.name) and (p / "config.json").is_file()]
    return sorted(listed, key=lambda run: run.name, reverse=True)


def find(name: str, folder: Path | None = None) -> Run:
    """The run with that name, number (`7` or `00007`) or path; raises WorkshopError that lists the newest."""
    as_path = Path(name)
    if as_path.name != name and (as_path / "config.json").is_file():
        return Run(as_path.resolve())
    runs = list_runs(folder)
    for run in runs:
        if run.name == name or (name.isdecimal() and int(run.name[:5]) == int(name)):
            return run
    latest = ", ".join(run.name for run in runs[:5]) or "none yet"
    raise WorkshopError(f"There is no run {name!r} in {folder or home()}; the newest are: {latest}.")


def waiting_runs(folder: Path) -> list[str]:
    """Names of the runs that wait for a place in the queue, the first one first."""
    return sorted(run.name for run in list_runs(folder) if run.status().state == "waiting")


def _read(path: Path, kind: type[Record]) -> Record | None:
    """The content of a record's file, None if there is no such file; raises WorkshopError if it is damaged."""
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise WorkshopError(f"{path} is damaged: {error.errors()[0]['msg']}.") from None


def _by_step(folder: Path, suffix: str) -> dict[int, Path]:
    return dict(sorted((int(p.stem), p) for p in folder.glob(f"[0-9]*{suffix}") if p.stem.isdecimal()))


def _is_running(status: Status) -> bool:
    """Whether the process that wrote this status still runs; a reused process number does not count."""
    if status.pid == 0:
        return time.time() - status.heartbeat < STARTUP_GRACE
    return processes.find(status.pid, status.pid_started, status.pid_born) is not None
