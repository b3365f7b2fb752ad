"""Scoring runs in processes of their own, one after the other: a page can watch, and stop it."""

import tempfile
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gan_core.runs import scores
from gan_core.runs.scores import ScoreReport
from gan_core.system import processes
from gan_core.system.errors import WorkshopError

POLL = 0.25
"""Seconds between two words on the progress."""


@dataclass(frozen=True)
class Wanted:
    """A file of weights to be scored: what it is called, and the folder where its scores are kept."""

    name: str
    path: Path
    folder: Path


@dataclass(frozen=True)
class At:
    """Where it is: `name` is being scored, after `done` of `total`; `left` are seconds to the end of all, if known."""

    name: str
    done: int
    total: int
    seconds: float
    left: float | None


def score(
    chosen: Sequence[Wanted], *, count: int = 5000, expected: float | None = None
) -> Generator[At, None, list[ScoreReport]]:
    """Score each file of weights with `python -m gan_core evaluate`, and keep every report in its folder.

    Yields where it is a few times a second and returns the reports. `expected` are the seconds one is known to
    take, if any. Closing the generator ends the process; what was scored before is kept. Raises WorkshopError
    with the command's own sentence.
    """
    reports: list[ScoreReport] = []
    for one in chosen:
        began = time.monotonic()
        words = ["evaluate", str(one.path), "--json", f"--count={count}"]
        try:
            with tempfile.TemporaryFile() as out, processes.running(*words, stdout=out) as child:
                while child.poll() is None:
                    spent = time.monotonic() - began
                    left = None
                    if expected is not None:
                        left = max(expected - spent, 0.0) + expected * (len(chosen) - len(reports) - 1)
                    yield At(one.name, len(reports), len(chosen), spent, left)
                    time.sleep(POLL)
                out.seek(0)
                text = out.read().decode(errors="replace")
        except WorkshopError as error:
            raise WorkshopError(f"{one.name}: {error}") from None
        report = ScoreReport.from_json(text).model_copy(update={"subject": one.name})
        scores.save(report, one.folder)
        reports.append(report)
        expected = time.monotonic() - began
    return reports
