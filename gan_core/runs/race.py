"""A race: two to four ordinary runs of the same seed on the same pictures, which take turns on the machine.

`races/NUMBER/race.json` beside the runs lists them, and each run's own `race.json` names its race. Neither decides
a number: a run draws the same curve alone. Light, as a worker reads it while it waits: no torch here.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gan_core import config as schema
from gan_core import runs
from gan_core.config import ConfigError, Problem, TrainConfig
from gan_core.runs import Run
from gan_core.system import files
from gan_core.system.errors import WorkshopError

MIN_RUNS, MAX_RUNS = 2, 4
SHARED_FIELDS = ("seed", "data.dataset", "data.classes", "data.limit", "data.size", "schedule.batch")
"""What must be the same in all lanes, or else they would not see the same pictures in the same order."""


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
        found = [Run(self.path.parent.parent / name) for name in names]
        return [run for run in found if (run.path / "config.json").is_file()]

    def start(self) -> None:
        """Start a worker for each run that is neither at work nor finished."""
        for run in self.runs():
            status = run.status()
            if not status.alive and status.state != "finished":
                run.start()

    def send_request(self, action: Literal["run", "pause", "stop"]) -> None:
        """Ask the same of all runs at work."""
        for run in self.runs():
            if run.status().alive:
                run.send_request(action=action)


def create(configs: Sequence[TrainConfig], folder: Path | None = None) -> Race:
    """A new race with a run for each config; nothing trains yet. Raises ConfigError as `check` does."""
    check(configs)
    members = [runs.create(config, folder) for config in configs]
    home = members[0].path.parent / "races"
    home.mkdir(exist_ok=True)
    number = max((int(path.name) for path in home.iterdir() if path.name.isdecimal()), default=0) + 1
    while (race := Race(home / f"{number:05d}")).path.exists() or not _made(race.path):
        number += 1
    for run in members:
        files.write_atomic(run.path / "race.json", json.dumps({"race": race.name}).encode())
    text = json.dumps({"runs": [run.name for run in members]}, indent=2)
    files.write_atomic(race.path / "race.json", text.encode())  # last: a race that is listed is complete
    return race


def _made(path: Path) -> bool:
    try:
        path.mkdir()
    except FileExistsError:
        return False
    return True


def list_races(folder: Path | None = None) -> list[Race]:
    """All races, the newest first."""
    found = [Race(path.parent) for path in (folder or runs.home()).glob("races/[0-9]*/race.json")]
    return sorted(found, key=lambda race: race.name, reverse=True)


def find(name: str, folder: Path | None = None) -> Race:
    """The race of that number (`3` or `00003`); raises WorkshopError."""
    known = {int(race.name): race for race in list_races(folder)}
    if name.isdecimal() and int(name) in known:
        return known[int(name)]
    newest = ", ".join(str(number) for number in list(known)[:5]) or "none yet"
    raise WorkshopError(f"There is no race {name!r}; the newest are: {newest}.")


def of_run(run: Run) -> Race | None:
    """The race a run is part of."""
    path = run.path / "race.json"
    if not path.is_file():
        return None
    race = Race(run.path.parent / "races" / str(json.loads(path.read_text())["race"]))
    return race if race.path.is_dir() else None


def check(configs: Sequence[TrainConfig]) -> None:
    """Raise ConfigError, in one sentence a field, where these cannot race each other."""
    if not MIN_RUNS <= len(configs) <= MAX_RUNS:
        raise ConfigError([Problem("lanes", len(configs), f"allowed: {MIN_RUNS} to {MAX_RUNS} runs in a race")])
    flat = [schema.flatten(config) for config in configs]
    values = {field: [config[field] for config in flat] for field in SHARED_FIELDS}
    wrong = {field: given for field, given in values.items() if any(value != given[0] for value in given)}
    if wrong:
        raise ConfigError(Problem(f, given, "allowed: one value for all lanes of a race") for f, given in wrong.items())
