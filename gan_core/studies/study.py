"""A study's runs, trained one after the other, and continued where the study was stopped."""

import contextlib
import json
import shlex
from collections.abc import Callable, Mapping, Sequence
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
from gan_core.system.errors import WorkshopError, check_range
from gan_core.worker.worker import Worker


@dataclass(frozen=True)
class StudyProgress:
    """The row that trains, its number among all, and the seconds left for the whole study."""

    row: StudyRow
    number: int
    rows: int
    left: float | None


OnStatus = Callable[[StudyProgress, Status], None]


class StudyRun:
    """A study whose report goes to the folder `out`, with its runs among those of `folder`.

    `study.json` in `out` maps rows to runs. A row reuses a run with exactly its settings: one that
    is finished is not trained again. Other settings, from `overrides` or more `seeds`, make other runs.
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
        check_range("--seeds", seeds, 1, 100)
        self.name, self.study = name, studies.get(name)
        default_out = runs.home() / "studies" / name
        self.folder, self.out = _resolved(folder or runs.home()), _resolved(out or default_out)
        self.state_path, self.report_path = self.out / "study.json", self.out / "report.html"
        self.rows = [self._row(preset, overrides, nth, seeds) for nth in range(seeds) for preset in self.study.presets]
        self.command = _command(name, overrides, seeds, [("--out", out, default_out), ("--runs", folder, runs.home())])
        self._reuse_runs()

    def _row(self, preset: str, overrides: Mapping[str, Any], nth: int, seeds: int) -> StudyRow:
        given = {**self.study.values, **overrides, "preset": preset}
        config = recipe.build(given)
        if seeds > 1:
            config = recipe.build(given | {"seed": config.seed + nth})
        return StudyRow(preset, config, f"{preset}, seed {config.seed}" if seeds > 1 else preset)

    def _reuse_runs(self) -> None:
        if not self.state_path.is_file():
            return
        try:
            listed = [Run(Path(entry["run"])) for entry in json.loads(self.state_path.read_text())["rows"]]
        except (ValueError, TypeError, KeyError):
            raise WorkshopError(f"{self.state_path} is damaged; delete it to begin the study anew.") from None
        configs = {run: config for run in listed if (config := _config(run)) and run.path.parent == self.folder}
        for row in self.rows:
            row.run = next((run for run, config in configs.items() if config == row.config), None)

    def _save(self) -> None:
        rows = [{"row": row.label, "run": str(row.run.path)} for row in self.rows if row.run]
        text = json.dumps({"study": self.name, "command": self.command, "rows": rows}, indent=2)
        files.write_atomic(self.state_path, text.encode())

    def finished(self) -> list[StudyRow]:
        """The rows whose runs are finished."""
        return [row for row in self.rows if row.state == "finished"]

    def work(self, on_status: OnStatus = lambda progress, status: None) -> bool:
        """Train every unfinished row, and write the report after each; False if it was stopped.

        A row that fails does not stop the others; its status and the report have the reason.
        """
        runs.make_folder(self.out, "The study's folder")
        done = self.finished()
        try:
            for number, row in enumerate(self.rows, start=1):
                if row not in done and not self._train(row, number, on_status):
                    return False
        except KeyboardInterrupt:  # between two rows; during one the worker handles it
            return False
        finally:
            self.write_report()
        return True

    def _train(self, row: StudyRow, number: int, on_status: OnStatus) -> bool:
        """Train one row to its end; False if it was stopped."""
        row.run = row.run or runs.create(row.config, self.folder)
        self._save()
        row.run.claim()
        ended = {other.label: other.run.status().seconds for other in self.finished() if other.run}

        def show(status: Status) -> None:
            left = self._seconds_left(row, status, ended)
            on_status(StudyProgress(row, number, len(self.rows), left), status)

        with contextlib.suppress(Exception):  # the run's status has the error, its log the traceback
            Worker(row.run, show).work()
        self.write_report()
        return row.state != "stopped"

    def _seconds_left(self, row: StudyRow, status: Status, ended: Mapping[str, float]) -> float | None:
        """Seconds left for all rows: a row to come takes the mean of its variant's rows, or else of all rows."""
        if status.eta is None:
            return None
        durations = [(other.config.variant, ended[other.label]) for other in self.rows if other.label in ended]
        durations.append((row.config.variant, status.seconds + status.eta))
        left = status.eta
        for other in self.rows:
            if other is not row and other.label not in ended and other.state != "failed":
                same = [seconds for variant, seconds in durations if variant == other.config.variant]
                expected = same or [seconds for _, seconds in durations]
                left += min(sum(expected) / len(expected), other.config.schedule.seconds or float("inf"))
        return left

    def write_report(self) -> None:
        """Write the report on all rows so far."""
        files.write_atomic(self.report_path, report.html(self.study, self.rows, self.command).encode())


def _config(run: Run) -> TrainConfig | None:
    """The settings of a run; None if it was deleted, or this version cannot read them."""
    try:
        return run.config()
    except (OSError, WorkshopError):
        return None


def _resolved(path: Path) -> Path:
    return path.expanduser().resolve()


def _command(
    name: str, overrides: Mapping[str, Any], seeds: int, folders: Sequence[tuple[str, Path | None, Path]]
) -> str:
    """The command that repeats the study; `folders` are options with their given and default values."""
    parts = ["study", name, *(["--seeds", str(seeds)] if seeds > 1 else [])]
    for field, value in overrides.items():
        parts += ["--set", f"{field}={value if isinstance(value, str) else json.dumps(value)}"]
    for option, given, default in folders:
        if given and _resolved(given) != _resolved(default):
            parts += [option, str(given)]
    return f"python -m gan_core {shlex.join(parts)}"
