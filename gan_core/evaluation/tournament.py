"""The tournament: every discriminator judges the pictures of every generator, and real ones it has not seen."""

import hashlib
import json
import math
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from gan_core import data
from gan_core.data import Dataset
from gan_core.models import checkpoint
from gan_core.system import files
from gan_core.system.errors import WorkshopError

VERSION = 1
"""Part of the name of what is kept; to be raised when the numbers would come out otherwise."""

BATCH = 250
"""Pictures between two words on the progress."""


@dataclass(frozen=True)
class Entry:
    """One player: what it is called, and the file of its two networks."""

    name: str
    path: Path


@dataclass(frozen=True)
class Progress:
    """So many of all the pictures to draw and to judge are done."""

    done: int
    total: int


@dataclass(frozen=True)
class Result:
    """Who told whom apart. Rows are discriminators, columns generators, both in the order of `names`.

    `real[i]` of `tests` real test pictures D_i takes for real; `fake[i][j]` of `count` pictures of G_j it takes
    for generated. `borders[i]` is the score above which D_i says real: 0 for logits. A critic's scores have no
    zero, so it is read at the middle between its mean scores of the real pictures and of its own generator's
    (`critics[i]`), as during training. `steps[i]` is the step both networks are from.
    """

    names: list[str]
    steps: list[int]
    critics: list[bool]
    borders: list[float]
    count: int
    tests: int
    seed: int
    real: list[int]
    fake: list[list[int]]

    def real_share(self, judge: int) -> float:
        """The share of real pictures that D number `judge` takes for real, 0 to 1."""
        return self.real[judge] / self.tests

    def fake_share(self, judge: int, player: int) -> float:
        """The share of G number `player`'s pictures that D number `judge` takes for generated, 0 to 1."""
        return self.fake[judge][player] / self.count


def entries_fit(entries: Sequence[Entry]) -> None:
    """Raise WorkshopError in one sentence if these cannot play: fewer than two, or not the same kind of pictures."""
    if len(entries) < 2:
        raise WorkshopError("A tournament needs two or more runs with kept weights.")
    asked = [checkpoint.read_metadata(entry.path)[0].data for entry in entries]
    for entry, wanted in zip(entries, asked, strict=True):
        first = asked[0]
        if (wanted.dataset, wanted.size, wanted.classes) != (first.dataset, first.size, first.classes):
            raise WorkshopError(
                f"{entry.name} learned from other pictures than {entries[0].name}; "
                "a tournament needs runs of the same data set, classes and size."
            )


def play(entries: Sequence[Entry], *, count: int = 1000, seed: int = 0) -> Generator[Progress, None, Result]:
    """Play it, yielding Progress; the Result is the generator's return value.

    All generators draw `count` pictures from the same noise (`seed`), conditional ones all classes in turn.
    Real pictures are the test split's, at most `count`, each class by its share. All are judged as 8-bit
    pictures, by D in evaluation mode. Raises WorkshopError.
    """
    entries_fit(entries)
    if not 1 <= count <= 100_000:
        raise WorkshopError(f"count: {count} was given; allowed: 1 to 100,000.")
    real = _test_pictures(entries[0], count)
    players = len(entries)
    done, total = 0, players * count + players * (len(real) + players * count)
    drawn: list[tuple[np.ndarray, np.ndarray]] = []
    for entry in entries:
        model = checkpoint.load(entry.path)
        drawn.append(model.sample(count, seed))
        done += count
        yield Progress(done, total)
    steps, critics, borders, on_real, on_fake = [], [], [], [], []
    for own, entry in enumerate(entries):
        judge = checkpoint.load_discriminator(entry.path)
        scores: list[np.ndarray] = []
        for images, labels in [(real.images.transpose(0, 2, 3, 1), real.labels), *drawn]:
            parts = []
            for start in range(0, len(images), BATCH):
                piece = slice(start, start + BATCH)
                parts.append(judge.scores(np.ascontiguousarray(images[piece]), labels[piece]))
                done += len(parts[-1])
                yield Progress(done, total)
            scores.append(np.concatenate(parts))
        of_real, of_fakes = scores[0], scores[1:]
        border = (float(of_real.mean()) + float(of_fakes[own].mean())) / 2 if judge.is_critic else 0.0
        steps.append(judge.step)
        critics.append(judge.is_critic)
        borders.append(border)
        on_real.append(int((of_real > border).sum()))
        on_fake.append([int((fakes <= border).sum()) for fakes in of_fakes])
    names = [entry.name for entry in entries]
    return Result(names, steps, critics, borders, count, len(real), seed, on_real, on_fake)


def key(entries: Sequence[Entry], *, count: int = 1000, seed: int = 0) -> str:
    """A name made of all that decides the result: the files' contents, their order, names, `count` and `seed`."""
    digest = hashlib.sha256(json.dumps([VERSION, count, seed, [entry.name for entry in entries]]).encode())
    for entry in entries:
        with entry.path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:32]


def kept(folder: Path, name: str) -> Result | None:
    """The result kept in `folder` under `name` (see `key`); None when it is not there, or damaged: then play again."""
    try:
        return Result(**json.loads((folder / f"{name}.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def keep(folder: Path, name: str, result: Result) -> None:
    """Keep `result` in `folder` under `name`."""
    folder.mkdir(parents=True, exist_ok=True)
    files.write_atomic(folder / f"{name}.json", json.dumps(asdict(result)).encode())


def interval(right: int, count: int) -> tuple[float, float]:
    """Wilson's 95% interval (1927) of the share `right` / `count`, both ends from 0 to 1."""
    z = 1.959964
    share, scale = right / count, 1 + z**2 / count
    middle = (share + z**2 / (2 * count)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def _test_pictures(entry: Entry, count: int) -> Dataset:
    wanted = checkpoint.read_metadata(entry.path)[0].data
    chosen = {"split": "test", "classes": wanted.classes, "size": wanted.size}
    everything = data.load(wanted.dataset, **chosen)
    return everything if len(everything) <= count else data.load(wanted.dataset, **chosen, limit=count)
