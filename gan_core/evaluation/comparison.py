"""The comparison tables of runs: one row per run for the training, one column per run for the scores."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gan_core.models import checkpoint
from gan_core.runs import Run, scores, summary
from gan_core.runs.scores import Score, ScoreReport
from gan_core.runs.summary import RunSummary, format_number

SCORE, LOW, HIGH = "frechet/distance", "frechet/low", "frechet/high"
"""The columns of the score during training, the lower the better, and the ends of its interval."""

Cell = str | float | int | None


@dataclass(frozen=True)
class LoggedScore:
    """A score at one step, with its interval; NaN where that was not logged."""

    step: int
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        has_interval = math.isfinite(self.low) and math.isfinite(self.high)
        interval = f" ({format_number(self.low)} to {format_number(self.high)})" if has_interval else ""
        return f"{format_number(self.value)}{interval}"


@dataclass(frozen=True)
class ComparisonRow:
    """One run: its scores during training, None if it has none, and the numbers of parameters of G and D."""

    name: str
    summary: RunSummary
    last: LoggedScore | None
    best: LoggedScore | None
    parameters: tuple[int, int] | None

    def cells(self) -> dict[str, Cell]:
        """The cells by the title of their column, None if unknown."""
        series, status, oscillation = self.summary.series, self.summary.status, self.summary.oscillation

        def mean(name: str) -> Cell:
            return str(series[name]) if name in series else None

        return {
            "Run": self.name,
            "State": status.state,
            "Steps": status.step,
            "Epochs": round(status.epoch, 1),
            "Final score": str(self.last) if self.last else None,
            "Best score": f"{self.best} at step {self.best.step:,}" if self.best else None,
            "Oscillation of D": oscillation if math.isfinite(oscillation) else None,
            "Loss of D": mean("loss/d"),
            "Loss of G": mean("loss/g"),
            "Accuracy on real": mean("accuracy/real"),
            "on generated": mean("accuracy/fake"),
            "Seconds": round(status.seconds, 1),
            "Images/s": round(self.summary.speed),
            "Parameters of G": self.parameters[0] if self.parameters else None,
            "Parameters of D": self.parameters[1] if self.parameters else None,
        }


def row_from_run(run: Run, columns: dict[str, np.ndarray] | None = None) -> ComparisonRow:
    """The row of `run` so far; `columns` is its history if that was read already."""
    run_summary = summary.summarise(run, columns)
    weights = list(run.weights().values())
    parameters = checkpoint.count_parameters(weights[-1]) if weights else None
    return ComparisonRow(run.name, run_summary, *last_and_best(run_summary.columns), parameters)


def last_and_best(columns: Mapping[str, np.ndarray]) -> tuple[LoggedScore | None, LoggedScore | None]:
    """The last and the best (lowest) score of a history; None and None if it has none."""
    values = columns.get(SCORE, np.array([]))
    scored = np.flatnonzero(np.isfinite(values))
    if not len(scored):
        return None, None

    def logged(row: int) -> LoggedScore:
        low, high = (float(columns[name][row]) if name in columns else math.nan for name in (LOW, HIGH))
        return LoggedScore(int(columns["step"][row]), float(values[row]), low, high)

    return logged(int(scored[-1])), logged(int(scored[np.argmin(values[scored])]))


def table(rows: Sequence[ComparisonRow]) -> tuple[list[str], list[list[Cell]]]:
    """Head and rows for a screen or a file; a column in which no run has anything is left out."""
    cells = [row.cells() for row in rows]
    head = [name for name in cells[0] if any(row[name] is not None for row in cells)] if cells else []
    return head, [[row[name] for name in head] for row in cells]


def side_by_side(known: Mapping[str, Sequence[ScoreReport]], reference: str) -> dict[str, ScoreReport]:
    """One of the `known` reports on each run, so that as many as possible are comparable with that of `reference`.

    Of several such, the one on the most pictures, see `scores.preferred`. Runs without a report are left out.
    """
    known = {name: scores.of_drawn_weights(reports) for name, reports in known.items()}

    def comparable(base: ScoreReport) -> dict[str, ScoreReport]:
        """The preferred report of each other run that is comparable with `base`."""
        chosen = {}
        for name, reports in known.items():
            fitting = [one for one in reports if not scores.incomparable_reason(base.protocol, one.protocol)]
            if name != reference and (report := scores.preferred(fitting)):
                chosen[name] = report
        return chosen

    bases = sorted(known.get(reference, ()), key=lambda report: report.protocol.count, reverse=True)
    base = max(bases, key=lambda report: len(comparable(report)), default=None)
    chosen = {name: report for name, reports in known.items() if (report := scores.preferred(reports))}
    return chosen | comparable(base) | {reference: base} if base else chosen


def score_table(reports: Sequence[ScoreReport], reference: str) -> tuple[list[str], list[list[Cell]], list[str]]:
    """Head and rows, a row per metric and a column per run, and sentences on what cannot be compared.

    A score that differs from that of the run `reference` by more than chance (95 %) is marked as better or worse,
    unless its protocol differs.
    """
    base = next((report for report in reports if report.subject == reference), None)
    others = [report for report in reports if base and report is not base]
    reasons = {one.subject: scores.incomparable_reason(base.protocol, one.protocol) for one in others if base}
    titles = {name: score.title for report in reversed(reports) for name, score in report.scores.items()}
    rows: list[list[Cell]] = []
    for name in dict.fromkeys(name for report in reports for name in report.scores):
        row: list[Cell] = [titles[name]]
        for report in reports:
            score = report.scores.get(name)
            marked = base and report is not base and not reasons[report.subject]
            mark = _mark(score, base.scores.get(name)) if score and base and marked else ""
            row.append(f"{score.text()}{mark}" if score else None)
        rows.append(row)
    refused = [f"{subject}: {why}" for subject, why in reasons.items() if why]
    return ["Score", *(report.subject for report in reports)], rows, refused


def _mark(score: Score, reference: Score | None) -> str:
    """How `score` differs from the reference's; empty unless by more than chance."""
    if reference is None or not scores.differ(score, reference):
        return ""
    if score.better == "none":
        return ", differs"
    return ", better" if (score.value < reference.value) == (score.better == "lower") else ", worse"
