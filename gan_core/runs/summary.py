"""What a run came to, in numbers: means and standard deviations over its last epoch, read from its files."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_core.runs import Run, Status
from gan_core.runs.history import History


@dataclass(frozen=True)
class SeriesStats:
    """The mean of a series over the last epoch, and its standard deviation there: how much it still swings."""

    mean: float
    std: float

    def __str__(self) -> str:
        return f"{format_number(self.mean)} ± {format_number(self.std)}"


@dataclass(frozen=True)
class RunSummary:
    """One run in numbers; `series` has what was logged in the last epoch, by name."""

    status: Status
    series: dict[str, SeriesStats]
    columns: dict[str, np.ndarray]

    @property
    def pictures(self) -> int:
        """How many different pictures it learned from; 0 while no step is done."""
        return round(self.status.images / self.status.epoch) if self.status.epoch else 0

    @property
    def speed(self) -> float:
        """Real pictures a second, over the whole run."""
        return self.status.images / self.status.seconds if self.status.seconds else 0.0

    @property
    def oscillation(self) -> float:
        """The standard deviation of D's loss over the last epoch; NaN when there is none."""
        return self.series["loss/d"].std if "loss/d" in self.series else math.nan


def summarise(run: Run, columns: dict[str, np.ndarray] | None = None) -> RunSummary:
    """The figures of `run` as far as it is; `columns` are its history where that has been read already."""
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
    """The sample grids of the epochs its schedule names: epoch to step and file, where it is there."""
    config, kept = run.config(), run.samples()
    seen = config.schedule.batch * config.objective.d_steps
    steps = {epoch: -(-epoch * summary.pictures // seen) for epoch in config.schedule.sample_epochs or ()}
    return {epoch: (step, kept[step]) for epoch, step in steps.items() if summary.pictures and step in kept}


def format_number(value: float) -> str:
    """Three digits, as people write them: 0.0312, 1.25, 1,240."""
    if not math.isfinite(value):
        return "–"
    digits = 2 - math.floor(math.log10(abs(value))) if value else 2
    return f"{value:,.{max(0, min(digits, 5))}f}"
