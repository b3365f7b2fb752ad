"""Runs the rows of a study one after the other, each an ordinary run, and goes on where it was stopped."""

import contextlib
import json
import shlex
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gan_core import runs, studies
from gan_core.config import TrainConfig
from gan_core.presets import recipe
from gan_core.runs import Run, Status
from gan_core.studies import _report as report
from gan_core.studies._report import StudyRow
from gan_core.system import files
from gan_core.system.errors import WorkshopError
from gan_core.worker.worker import Worker


@dataclass(frozen=True)
class StudyProgress:
    """Where a study is: the row that trains, its place among all, and the seconds left for the whole."""

    row: StudyRow
    number: int
    rows: int
    left: float | None


OnStatus = Callable[[StudyProgress, Status], None]


class StudyRun:
    """One study in one folder `out`, its runs among those of `folder`.

    `study.json` there says which run belongs to which row. A row whose settings are those of its run is taken
    up where that is: a finished one is not trained again. Other settings, as `overrides` or more `seeds` give,
    make other runs.
    """

    def __init__(
        self,
        name: str,
        *,
        out: Path | None = None,
        folder: Path | None = None,
        overrides: Mapping[str, Any] = MappingProxyType({}),
        seeds: int = 1,
    ) -> None:
        if not 1 <= seeds <= 100:
            raise WorkshopError(f"--seeds: {seeds} was given; allowed: 1 to 100.")
        self.name, self.study = name, studies.get(name)
        usual = runs.home() / "studies" / name
        self.folder, self.out = _resolved(folder or runs.home()), _resolved(out or usual)
        self.rows = [self._row(preset, overrides, nth, seeds) for nth in range(seeds) for preset in self.study.presets]
        places = [("--out", out, usual), ("--runs", folder, runs.home())]
        self.command = _command(name, overrides, seeds, places)
        self._take_up()

    def _row(self, preset: str, overrides: Mapping[str, Any], nth: int, seeds: int) -> StudyRow:
        given = {**self.study.values, **overrides, "preset": preset}
        config = recipe.build(given)
        if seeds > 1:
            config = recipe.build(given | {"seed": config.seed + nth})
        return StudyRow(preset, config, f"{preset}, seed {config.seed}" if seeds > 1 else preset)

    @property
    def state_path(self) -> Path:
        """Which run belongs to which row."""
        return self.out / "study.json"

    def _take_up(self) -> None:
        if not self.state_path.is_file():
            return
        try:
            known = [Run(Path(entry["run"])) for entry in json.loads(self.state_path.read_text())["rows"]]
        except (ValueError, TypeError, KeyError):
            raise WorkshopError(f"{self.state_path} is damaged; delete it to begin the study anew.") from None
        configs = {run: config for run in known if (config := _config(run)) and run.path.parent == self.folder}
        for row in self.rows:
            row.run = next((run for run, config in configs.items() if config == row.config), None)

    def _save(self) -> None:
        rows = [{"row": row.label, "run": str(row.run.path)} for row in self.rows if row.run]
        text = json.dumps({"study": self.name, "command": self.command, "rows": rows}, indent=2)
        files.write_atomic(self.state_path, text.encode())

    def finished(self) -> list[StudyRow]:
        """The rows that are done."""
        return [row for row in self.rows if row.run and row.run.status().state == "finished"]

    def work(self, on_status: OnStatus = lambda standing, status: None) -> bool:
        """Train what is not finished and write the report after each row; False when it was stopped.

        A row that fails does not keep the others from their turn: its run and the report say why.
        """
        try:
            self.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkshopError(f"The study's folder, {self.out}, cannot be made: {error.strerror}.") from None
        done = self.finished()
        try:
            for number, row in enumerate(self.rows, start=1):
                if row not in done and not self._train(row, number, on_status):
                    return False
        except KeyboardInterrupt:  # between two rows; during one the worker hears it
            return False
        finally:
            self.write_report()
        return True

    def _train(self, row: StudyRow, number: int, watch: OnStatus) -> bool:
        """Train one row to its end; False when it was stopped."""
        row.run = row.run or runs.create(row.config, self.folder)
        self._save()
        row.run.claim()
        ended = {other.label: other.run.status().seconds for other in self.finished() if other.run}

        def tell(status: Status) -> None:
            watch(StudyProgress(row, number, len(self.rows), self._left(row, status, ended)), status)

        with _signals_kept(), contextlib.suppress(Exception):  # the run's status has told it, its log the rest
            Worker(row.run, tell).work()
        self.write_report()
        return row.run.status().state != "stopped"

    def _left(self, row: StudyRow, status: Status, ended: Mapping[str, float]) -> float | None:
        """Seconds left for the whole study: for rows to come what a row of their variant took, or else the mean."""
        if status.eta is None:
            return None
        known = [(other.config.variant, ended[other.label]) for other in self.rows if other.label in ended]
        known.append((row.config.variant, status.seconds + status.eta))
        everything = [seconds for _, seconds in known]
        left = status.eta
        for other in self.rows:
            if other is not row and other.label not in ended and not _failed(other):
                alike = [seconds for variant, seconds in known if variant == other.config.variant] or everything
                limit = other.config.schedule.seconds
                left += min(sum(alike) / len(alike), limit or float("inf"))
        return left

    @property
    def report_path(self) -> Path:
        """One HTML file with everything inside."""
        return self.out / "report.html"

    def write_report(self) -> None:
        """Write the report of all that there is."""
        files.write_atomic(self.report_path, report.html(self.study, self.rows, self.command).encode())


def _failed(row: StudyRow) -> bool:
    return row.run is not None and row.run.status().state == "failed"


def _config(run: Run) -> TrainConfig | None:
    """The settings of a run that is there and still understood."""
    try:
        return run.config()
    except (OSError, WorkshopError):
        return None


def _resolved(path: Path) -> Path:
    return path.expanduser().resolve()


def _command(
    name: str, overrides: Mapping[str, Any], seeds: int, places: Sequence[tuple[str, Path | None, Path]]
) -> str:
    """What repeats the study from the folder in which it was started; `places` are options, given and usual ones."""
    parts = ["study", name, *(["--seeds", str(seeds)] if seeds > 1 else [])]
    for field, value in overrides.items():
        parts += ["--set", f"{field}={value if isinstance(value, str) else json.dumps(value)}"]
    for option, given, usual in places:
        if given and _resolved(given) != _resolved(usual):
            parts += [option, str(given)]
    return f"python -m gan_core {shlex.join(parts)}"


@contextlib.contextmanager
def _signals_kept() -> Iterator[None]:
    """Give the signals back after a worker has taken them: between two rows Ctrl-C must be heard as well."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
