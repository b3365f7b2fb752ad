"""The table of a comparison: what each run came to, at what cost."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gan_core.models import checkpoint
from gan_core.runs import Run, Status, scores
from gan_core.runs import summary as figures
from gan_core.runs.scores import Score, ScoreReport

SCORE, LOW, HIGH = "frechet/distance", "frechet/low", "frechet/high"
"""The series of the score during training, the lower the better, and the ends of its interval."""


Cell = str | float | int | None


@dataclass(frozen=True)
class Point:
    """A score at one step, with its interval; NaN where that was not logged."""

    step: int
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        known = math.isfinite(self.low) and math.isfinite(self.high)
        interval = f" ({figures.format_number(self.low)} to {figures.format_number(self.high)})" if known else ""
        return f"{figures.format_number(self.value)}{interval}"


@dataclass(frozen=True)
class Standing:
    """One run as a row: `last` and `best` are its scores during training, None when it has none."""

    name: str
    variant: str
    status: Status
    figures: figures.RunSummary
    last: Point | None
    best: Point | None
    parameters: tuple[int, int] | None


def of(run: Run, columns: dict[str, np.ndarray] | None = None) -> Standing:
    """The row of `run`, as far as it is; `columns` are its history where that has been read already."""
    found = figures.summarise(run, columns)
    kept = list(run.weights().values())
    counts = checkpoint.count_parameters(kept[-1]) if kept else None
    last, best = points(found.columns)
    return Standing(run.name, run.config().variant, found.status, found, last, best, counts)


def points(columns: Mapping[str, np.ndarray]) -> tuple[Point | None, Point | None]:
    """The last and the best (lowest) score of a history, None and None when it has none."""
    scores = columns.get(SCORE, np.array([]))
    known = np.flatnonzero(np.isfinite(scores))
    if not len(known):
        return None, None
    nothing = np.full(len(scores), np.nan)

    def at(i: int) -> Point:
        low, high = (float(columns.get(name, nothing)[i]) for name in (LOW, HIGH))
        return Point(int(columns["step"][i]), float(scores[i]), low, high)

    return at(int(known[-1])), at(int(known[np.argmin(scores[known])]))


def table(standings: Sequence[Standing]) -> tuple[list[str], list[list[Cell]]]:
    """Head and rows for a screen or a file; a column of which no run knows anything is left out."""
    rows = [_row(one) for one in standings]
    head = [name for name in rows[0] if any(row[name] is not None for row in rows)] if rows else []
    return head, [[row[name] for name in head] for row in rows]


def _row(one: Standing) -> dict[str, Cell]:
    series, status = one.figures.series, one.status

    def mean(name: str) -> Cell:
        return str(series[name]) if name in series else None

    return {
        "Run": one.name,
        "State": status.state,
        "Steps": status.step,
        "Epochs": round(status.epoch, 1),
        "Final score": str(one.last) if one.last else None,
        "Best score": f"{one.best} at step {one.best.step:,}" if one.best else None,
        "Oscillation of D": one.figures.oscillation if math.isfinite(one.figures.oscillation) else None,
        "Loss of D": mean("loss/d"),
        "Loss of G": mean("loss/g"),
        "Accuracy on real": mean("accuracy/real"),
        "on generated": mean("accuracy/fake"),
        "Seconds": round(status.seconds, 1),
        "Images/s": round(one.figures.speed),
        "Parameters of G": one.parameters[0] if one.parameters else None,
        "Parameters of D": one.parameters[1] if one.parameters else None,
    }


def side_by_side(known: Mapping[str, Sequence[ScoreReport]], reference: str) -> dict[str, ScoreReport]:
    """Of the reports `known` on each the one to show: such that as many as can be stand beside that of `reference`.

    Of several that would do, the one on the most pictures, see `scores.best_known`. Who has none is left out.
    """
    known = {name: scores.of_drawn_weights(reports) for name, reports in known.items()}

    def beside(base: ScoreReport) -> dict[str, ScoreReport]:
        fitting = {
            name: scores.preferred(
                [one for one in reports if not scores.incomparable_reason(base.protocol, one.protocol)]
            )
            for name, reports in known.items()
            if name != reference
        }
        return {name: report for name, report in fitting.items() if report}

    bases = sorted(known.get(reference, ()), key=lambda report: report.protocol.count, reverse=True)
    base = max(bases, key=lambda report: len(beside(report)), default=None)
    found = {name: scores.preferred(reports) for name, reports in known.items()}
    if base:
        found |= beside(base) | {reference: base}
    return {name: report for name, report in found.items() if report}


def score_table(reports: Sequence[ScoreReport], reference: str) -> tuple[list[str], list[list[Cell]], list[str]]:
    """Head and rows, a row a metric and a column a run, and what cannot be compared, in sentences.

    A score that is better or worse than that of the run called `reference` by more than chance (95 %) is marked so;
    one by another protocol never is: a sentence says why.
    """
    base = next((report for report in reports if report.subject == reference), None)
    refused = []
    marked: list[ScoreReport] = []
    for report in reports:
        why = scores.incomparable_reason(base.protocol, report.protocol) if base and report is not base else None
        if why:
            refused.append(f"{report.subject}: {why}")
        elif base and report is not base:
            marked.append(report)
    names = list(dict.fromkeys(name for report in reports for name in report.scores))
    rows: list[list[Cell]] = []
    for name in names:
        row: list[Cell] = [next(report.scores[name].title for report in reports if name in report.scores)]
        for report in reports:
            score = report.scores.get(name)
            against = base.scores.get(name) if base and report in marked else None
            row.append(f"{score.text()}{_mark(score, against)}" if score else None)
        rows.append(row)
    return ["Score", *(report.subject for report in reports)], rows, refused


def _mark(score: Score, reference: Score | None) -> str:
    """What to say of `score` beside the reference's: nothing unless they differ by more than chance."""
    if reference is None or not scores.differ(score, reference):
        return ""
    if score.better == "none":
        return ", differs"
    return ", better" if (score.value < reference.value) == (score.better == "lower") else ", worse"
