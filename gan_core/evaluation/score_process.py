"""Score weights files in child processes, one after the other; a page can show the progress and stop it."""

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
"""Seconds between two reports of progress."""


@dataclass(frozen=True)
class ScoreJob:
    """A weights file to score: its display name, and the folder for its scores."""

    name: str
    path: Path
    folder: Path


@dataclass(frozen=True)
class ScoreProgress:
    """`name` is being scored for `seconds`, after `done` of `total`; `left`: seconds until all are done, if known."""

    name: str
    done: int
    total: int
    seconds: float
    left: float | None


def score(
    jobs: Sequence[ScoreJob], *, count: int = 5000, expected: float | None = None
) -> Generator[ScoreProgress, None, list[ScoreReport]]:
    """Score each weights file with `python -m gan_core evaluate`, and keep every report in its folder.

    Yields progress a few times a second and returns the reports. `expected`: the seconds that one job takes, if
    known. Closing the generator ends the process; what was scored before is kept. Raises WorkshopError with the
    command's message.
    """
    reports: list[ScoreReport] = []
    for job in jobs:
        start = time.monotonic()
        arguments = ["evaluate", str(job.path), "--json", f"--count={count}"]
        try:
            with tempfile.TemporaryFile() as out, processes.running(*arguments, stdout=out) as child:
                while child.poll() is None:
                    seconds, left = time.monotonic() - start, None
                    if expected is not None:
                        left = max(expected - seconds, 0.0) + expected * (len(jobs) - len(reports) - 1)
                    yield ScoreProgress(job.name, len(reports), len(jobs), seconds, left)
                    time.sleep(POLL)
                out.seek(0)
                text = out.read().decode(errors="replace")
        except WorkshopError as error:
            raise WorkshopError(f"{job.name}: {error}") from None
        report = ScoreReport.from_json(text).model_copy(update={"subject": job.name})
        scores.save(report, job.folder)
        reports.append(report)
        expected = time.monotonic() - start
    return reports
