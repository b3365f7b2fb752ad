"""The progress bar of the command line."""

import sys
from types import TracebackType
from typing import Self

from tqdm import tqdm

from gan_core.config import TrainConfig
from gan_core.runs import Status


class ProgressBar:
    """Shows each status it is given as one bar on stderr: by steps or by seconds, whichever is nearer its end."""

    def __init__(self, config: TrainConfig) -> None:
        self.seconds, self.epochs = config.schedule.seconds, config.schedule.epochs
        self.bar = tqdm(total=1.0, file=sys.stderr, bar_format=_FORMAT, mininterval=0)
        self.last_message = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self.bar.close()

    def show(self, status: Status, before: str = "") -> None:
        """Move the bar to where `status` is, and say what has changed beside it; `before` comes first in its line."""
        said = status.message or status.state
        if said != self.last_message and status.state != "failed":  # the command line prints that as its error
            self.bar.write(said, file=sys.stderr)
            self.last_message = said
        self.bar.n = status.progress(self.seconds)
        epoch = f"{status.epoch:.1f}" + (f" of {self.epochs:,}" if self.epochs else "")
        left = "time left unknown" if status.eta is None else f"{clock(status.eta)} left"
        self.bar.set_description_str(
            f"{before}step {status.step:,}, epoch {epoch}, {status.speed:,.0f} images/s, {left}, {status.device}"
        )


_FORMAT = "{percentage:3.0f}%|{bar:20}| {desc}"


def clock(seconds: float) -> str:
    """Seconds as `05:12` or `1:05:12`."""
    return tqdm.format_interval(seconds)
