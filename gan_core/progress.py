"""The progress bar of the command line."""

import sys
from types import TracebackType
from typing import Self

from tqdm import tqdm

from gan_core.config import TrainConfig
from gan_core.runs import Status


class Progress:
    """Shows each status it is given as one bar on stderr: by seconds where they end the run, else by steps."""

    def __init__(self, config: TrainConfig) -> None:
        self.by_time = config.schedule.seconds is not None
        total = config.schedule.seconds if self.by_time else config.schedule.steps
        unit = "s" if self.by_time else "step"
        self.bar = tqdm(total=total, unit=unit, file=sys.stderr, bar_format=_FORMAT, mininterval=0)
        self.said = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self.bar.close()

    def show(self, status: Status) -> None:
        """Move the bar to where `status` is, and say what has changed beside it."""
        said = status.message or status.state
        if said != self.said and status.state != "failed":  # the command line prints that as its error
            self.bar.write(said, file=sys.stderr)
            self.said = said
        reached = status.seconds if self.by_time else status.step
        self.bar.n = min(reached, self.bar.total)
        left = "time left unknown" if status.eta is None else f"{_clock(status.eta)} left"
        self.bar.set_description_str(
            f"step {status.step:,}, epoch {status.epoch:.1f}, {status.speed:,.0f} images/s, {left}, {status.device}"
        )


_FORMAT = "{percentage:3.0f}%|{bar:20}| {desc}"


def _clock(seconds: float) -> str:
    return tqdm.format_interval(seconds)
