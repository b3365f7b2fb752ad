"""Progress bars on stderr."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from gan_core.config import TrainConfig
from gan_core.runs import Status

FORMAT = "{percentage:3.0f}%|{bar:20}| {desc}"


class RunBar(tqdm):
    """The progress of a run, by steps or by seconds, whichever is nearer the end."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__(total=1.0, file=sys.stderr, bar_format=FORMAT, mininterval=0)
        self.seconds, self.epochs = config.schedule.seconds, config.schedule.epochs
        self.last_message = ""

    def show(self, status: Status, prefix: str = "") -> None:
        """Move the bar to `status`, behind `prefix`, and print its message if that has changed."""
        message = status.message or status.state
        if message != self.last_message and status.state != "failed":  # a failure is printed as the command's error
            self.write(message, file=sys.stderr)
            self.last_message = message
        self.n = status.progress(self.seconds)
        epoch = f"{status.epoch:.1f}" + (f" of {self.epochs:,}" if self.epochs else "")
        left = "time left unknown" if status.eta is None else f"{clock(status.eta)} left"
        self.set_description_str(
            f"{prefix}step {status.step:,}, epoch {epoch}, {status.speed:,.0f} images/s, {left}, {status.device}"
        )


def clock(seconds: float) -> str:
    """Seconds as `05:12` or `1:05:12`."""
    return tqdm.format_interval(seconds)


@contextmanager
def counting(**options: Any) -> Iterator[Callable[[int, int], None]]:
    """A bar with tqdm's `options`, moved by calling `(done, total)`; it appears with the first call."""
    bar: tqdm | None = None

    def show(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(file=sys.stderr, total=total, **options)
        bar.total = total
        bar.update(done - bar.n)

    try:
        yield show
    finally:
        if bar is not None:
            bar.close()
