"""A run in numbers: mean and standard deviation of each logged series over the last epoch."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_core.runs import Run, Status
from gan_core.runs.history import History


@dataclass(frozen=True)
class SeriesStats:
    """Mean and standard deviation of a series over the last epoch; the latter measures how much it still oscillates."""

    mean: float
    std: float

    def __str__(self) -> str:
        return f"{format_number(self.mean)} ± {format_number(self.std)}"


@dataclass(frozen=True)
class RunSummary:
    """One run in numbers. `series`: those logged in the last epoch, by name; `columns`: its whole history, (rows,)."""

    status: Status
    series: dict[str, SeriesStats]
    columns: dict[str, np.ndarray]

    @property
    def pictures(self) -> int:
        """How many different pictures it trains on; 0 before the first step."""
        return round(self.status.images / self.status.epoch) if self.status.epoch else 0

    @property
    def speed(self) -> float:
        """Real images a second, over the whole run."""
        return self.status.images / self.status.seconds if self.status.seconds else 0.0

    @property
    def oscillation(self) -> float:
        """Standard deviation of D's loss over the last epoch; NaN if none was logged."""
        return self.series["loss/d"].std if "loss/d" in self.series else math.nan


def summarise(run: Run, columns: dict[str, np.ndarray] | None = None) -> RunSummary:
    """The summary of `run` so far; `columns` is its history, if that was read already."""
    columns = History(run.metrics_path).refresh() if columns is None else columns
    series = {}
    if len(columns.get("epoch", ())):
        last = columns["epoch"] > columns["epoch"][-1] - 1
        for name, values in columns.items():
            known = values[last & np.isfinite(values)]
            if "/" in name and len(known):
                series[name] = SeriesStats(float(known.mean()), float(known.std()))
    return RunSummary(run.status(), series, columns)


def epoch_samples(run: Run, summary: RunSummary) -> dict[int, tuple[int, Path]]:
    """The sample grids of its schedule's `sample_epochs`: epoch to step and file, as far as they exist."""
    config, kept = run.config(), run.samples()
    images_per_step = config.schedule.batch * config.objective.d_steps
    steps = {epoch: -(-epoch * summary.pictures // images_per_step) for epoch in config.schedule.sample_epochs or ()}
    return {epoch: (step, kept[step]) for epoch, step in steps.items() if summary.pictures and step in kept}


def format_number(value: float) -> str:
    """With three significant digits: 0.0312, 1.25, 1,240; a dash for what is not finite."""
    if not math.isfinite(value):
        return "–"
    digits = 2 - math.floor(math.log10(abs(value))) if value else 2
    return f"{value:,.{max(0, min(digits, 5))}f}"
