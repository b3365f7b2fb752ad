"""A race: two to four ordinary runs with the same seed and the same pictures, which take turns on the machine.

`races/NUMBER/race.json` beside the runs lists them, and each run's own `race.json` names its race. Neither changes a
number: a run draws the same curves alone.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock

from gan_core import config as schema
from gan_core import runs
from gan_core.config import ConfigError, Problem, TrainConfig
from gan_core.runs import Run
from gan_core.system import files
from gan_core.system.errors import WorkshopError

MIN_RUNS, MAX_RUNS = 2, 4
SHARED_FIELDS = ("seed", "data.dataset", "data.classes", "data.limit", "data.size", "schedule.batch")
"""Fields with one value for all lanes, so that they see the same pictures in the same order."""


@dataclass(frozen=True)
class Race:
    """One race, a folder `races/NUMBER`."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    def runs(self) -> list[Run]:
        """Its runs in the order of the lanes, without those that were deleted."""
        try:
            names = json.loads((self.path / "race.json").read_text())["runs"]
        except (ValueError, KeyError, TypeError):
            raise WorkshopError(f"{self.path / 'race.json'} is damaged; the runs themselves are not.") from None
        members = [Run(self.path.parent.parent / name) for name in names]
        return [run for run in members if (run.path / "config.json").is_file()]

    def start(self) -> None:
        """Start a worker for each run that has none and is not finished."""
        for run in self.runs():
            status = run.status()
            if not status.alive and status.state != "finished":
                run.start()

    def send_request(self, action: Literal["run", "pause", "stop"]) -> None:
        """Send the same request to all runs that have a worker."""
        for run in self.runs():
            if run.status().alive:
                run.send_request(action=action)


def create(configs: Sequence[TrainConfig], folder: Path | None = None) -> Race:
    """Make a race with a run for each config; nothing trains yet. Raises ConfigError as `check` does."""
    check(configs)
    members = [runs.create(config, folder) for config in configs]
    races = members[0].path.parent / "races"
    races.mkdir(exist_ok=True)
    with FileLock(races / ".create.lock"):
        taken = [int(path.name) for path in races.iterdir() if path.name.isdecimal()]
        race = Race(races / f"{max(taken, default=0) + 1:05d}")
        race.path.mkdir()
    for run in members:
        files.write_atomic(run.path / "race.json", json.dumps({"race": race.name}).encode())
    text = json.dumps({"runs": [run.name for run in members]}, indent=2)
    files.write_atomic(race.path / "race.json", text.encode())  # last: a race that is listed is complete
    return race


def list_races(folder: Path | None = None) -> list[Race]:
    """All races, the newest first."""
    races = [Race(path.parent) for path in (folder or runs.home()).glob("races/[0-9]*/race.json")]
    return sorted(races, key=lambda race: race.name, reverse=True)


def find(name: str, folder: Path | None = None) -> Race:
    """The race with that number (`3` or `00003`); raises WorkshopError that lists the newest."""
    races = {int(race.name): race for race in list_races(folder)}
    if name.isdecimal() and int(name) in races:
        return races[int(name)]
    newest = ", ".join(str(number) for number in list(races)[:5]) or "none yet"
    raise WorkshopError(f"There is no race {name!r}; the newest are: {newest}.")


def of_run(run: Run) -> Race | None:
    """The race that a run takes part in, if any."""
    path = run.path / "race.json"
    if not path.is_file():
        return None
    race = Race(run.path.parent / "races" / str(json.loads(path.read_text())["race"]))
    return race if race.path.is_dir() else None


def check(configs: Sequence[TrainConfig]) -> None:
    """Raise ConfigError, with a sentence for each field, if these cannot race each other."""
    if not MIN_RUNS <= len(configs) <= MAX_RUNS:
        raise ConfigError([Problem("lanes", len(configs), f"allowed: {MIN_RUNS} to {MAX_RUNS} runs in a race")])
    flat = [schema.flatten(config) for config in configs]
    given = {field: [values[field] for values in flat] for field in SHARED_FIELDS}
    wrong = [
        Problem(field, values, "allowed: one value for all lanes of a race")
        for field, values in given.items()
        if any(value != values[0] for value in values)
    ]
    if wrong:
        raise ConfigError(wrong)
