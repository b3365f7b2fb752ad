"""What `time_to_quality` has measured, a file for each training, written anew after every reading."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from gan_core.system import files
from gan_core.system.errors import WorkshopError


@dataclass(frozen=True)
class Reading:
    """The scores of a training after `at` seconds as scheduled, `seconds` as measured.

    `scores` maps a metric to its value and the low and high end of its interval.
    """

    at: float
    seconds: float
    steps: int
    images: int
    scores: dict[str, tuple[float, float, float]]

    def value(self, name: str) -> float | None:
        return self.scores[name][0] if name in self.scores else None


@dataclass(frozen=True)
class Training:
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
class Measurement:
    """A training and its scores so far: `ended` is why it ended early, `how` the protocol and `where` the machine."""

    training: Training
    readings: list[Reading] = field(default_factory=list)
    ended: str = ""
    how: str = ""
    where: str = ""
    commit: str = ""


def trainings(
    competitors: Iterable[str], seeds: Iterable[int], marks: tuple[float, ...], settings: Any
) -> list[Training]:
    """All there is to train, one seed of each, then the next; `settings(competitor, seed, seconds)` says with what."""
    found = []
    for seed in seeds:
        for name in competitors:
            parts = [(mark,) for mark in marks] if ":" in name else [marks]
            found += [Training(name, seed, part, settings(name, seed, part[-1])) for part in parts]
    return found


def save(measured: Measurement, folder: Path) -> None:
    """Write the file of one training, atomically."""
    path = measured.training.path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_atomic(path, json.dumps(asdict(measured), indent=1, ensure_ascii=False).encode())


def read(path: Path) -> Measurement:
    """Raises WorkshopError for a damaged file."""
    try:
        return TypeAdapter(Measurement).validate_json(path.read_bytes())
    except ValidationError as error:
        raise WorkshopError(f"{path} does not hold a measurement: {error.errors()[0]['msg']}.") from None


def state(training: Training, folder: Path) -> str:
    """`done`, or why it is to be trained: `new`, `unfinished`, or `other settings` than those it was measured with."""
    path = training.path(folder)
    if not path.exists():
        return "new"
    measured = read(path)
    if (measured.training.settings, measured.training.count) != (training.settings, training.count):
        return "other settings"
    scored = {reading.at for reading in measured.readings}
    return "done" if measured.ended or set(training.marks) <= scored else "unfinished"


def read_all(folder: Path) -> list[Measurement]:
    """All that has been measured, unfinished ones too."""
    return [read(path) for path in sorted(folder.glob("*.json"))]
