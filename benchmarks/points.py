"""What `time_to_quality` has measured, a file for each training, written anew after every point."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gan_core.system import files
from gan_core.system.errors import WorkshopError


@dataclass(frozen=True)
class Point:
    """One look at a training after `at` seconds as asked for, `seconds` as they were; scores by name, with intervals.

    `scores` maps a metric to value, low and high.
    """

    at: float
    seconds: float
    steps: int
    images: int
    scores: dict[str, tuple[float, float, float]]

    def value(self, name: str) -> float | None:
        return self.scores[name][0] if name in self.scores else None


@dataclass(frozen=True)
class Unit:
    """One training to be measured at `marks` seconds. `settings` are all that decides it, as text.

    A preset's learning rates may fall until its end, so it has a training for each number of seconds; a textbook's
    do not, so it has one that is scored on its way.
    """

    competitor: str
    seed: int
    marks: tuple[float, ...]
    settings: str
    count: int = 10_000
    """Samples for each score."""

    def path(self, folder: Path) -> Path:
        budget = f"-{self.marks[0]:g}s" if ":" in self.competitor else ""
        return folder / f"{self.competitor.replace(':', '-')}-s{self.seed}{budget}.json"


@dataclass(frozen=True)
class Measured:
    """A unit and what is known of it: `ended` is why it ended early, `how` the protocol and `where` the machine."""

    unit: Unit
    points: list[Point] = field(default_factory=list)
    ended: str = ""
    how: str = ""
    where: str = ""
    commit: str = ""


def units(competitors: Iterable[str], seeds: Iterable[int], marks: tuple[float, ...], settings: Any) -> list[Unit]:
    """All there is to train, one seed of each, then the next; `settings(competitor, seed, seconds)` says with what."""
    found = []
    for seed in seeds:
        for name in competitors:
            parts = [(mark,) for mark in marks] if ":" in name else [marks]
            found += [Unit(name, seed, part, settings(name, seed, part[-1])) for part in parts]
    return found


def save(measured: Measured, folder: Path) -> None:
    """Write it as a whole; whoever reads sees the file of before or this one."""
    path = measured.unit.path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_atomic(path, (json.dumps(asdict(measured), indent=1, ensure_ascii=False) + "\n").encode())


def read(path: Path) -> Measured:
    """The inverse; raises WorkshopError for a file that is not such a one."""
    try:
        values = json.loads(path.read_text())
        unit = Unit(**{**values["unit"], "marks": tuple(values["unit"]["marks"])})
        points = [
            Point(**{**p, "scores": {name: tuple(score) for name, score in p["scores"].items()}})
            for p in values["points"]
        ]
        return Measured(**{**values, "unit": unit, "points": points})
    except (ValueError, KeyError, TypeError) as error:
        raise WorkshopError(f"{path} does not hold measured points: {error!r}.") from None


def state(unit: Unit, folder: Path) -> str:
    """`done`, or what to do and why: `new`, `unfinished`, or `other settings` where it was measured with others."""
    path = unit.path(folder)
    if not path.exists():
        return "new"
    measured = read(path)
    if (measured.unit.settings, measured.unit.count) != (unit.settings, unit.count):
        return "other settings"
    covered = {point.at for point in measured.points}
    return "done" if measured.ended or set(unit.marks) <= covered else "unfinished"


def everything(folder: Path) -> list[Measured]:
    """All that has been measured, unfinished ones too."""
    return [read(path) for path in sorted(folder.glob("*.json"))]
