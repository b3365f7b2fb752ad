"""What visitors may do on a shared instance, such as a Hugging Face Space.

The limits are those of `settings`. Without `GAN_PUBLIC=1` there are none, and the command line never has any: its
user owns the machine.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from filelock import FileLock

from gan_core import data, runs
from gan_core.config import ConfigError, Problem, TrainConfig
from gan_core.runs import Run, owners
from gan_core.system import settings
from gan_core.system.errors import WorkshopError

MAX_PAUSE = 300.0
"""Seconds a visitor's run may be paused before it is stopped: it occupies a place that others wait for."""


@dataclass(frozen=True)
class Limits:
    """For one run: `minutes` of training, `size` in pixels across; `queue` runs may wait or train at once."""

    minutes: float
    size: int
    queue: int

    @property
    def seconds(self) -> float:
        return self.minutes * 60

    def variables(self) -> dict[str, str]:
        """The environment variables that set these limits."""
        numbers = {"GAN_MAX_MINUTES": self.minutes, "GAN_MAX_SIZE": self.size, "GAN_MAX_QUEUE": self.queue}
        return {"GAN_PUBLIC": "1"} | {name: f"{number:g}" for name, number in numbers.items()}


def current() -> Limits | None:
    """The limits of this instance, None if it is not shared; raises WorkshopError for a bad variable."""
    return from_environment() if settings.current().public else None


def from_environment() -> Limits:
    """The limits that this environment would give a shared instance; raises WorkshopError."""
    given = settings.current()
    return Limits(given.max_minutes, given.max_size, given.max_queue)


def check(config: TrainConfig) -> None:
    """Raise ConfigError, with a sentence for each field, if a visitor may not train this."""
    limits = current()
    if limits is None:
        return
    problems = []
    seconds, size = config.schedule.seconds, config.data.size
    if seconds is None or seconds > limits.seconds:
        allowed = f"allowed on this shared instance: up to {limits.seconds:,g} seconds of training"
        problems.append(Problem("schedule.seconds", seconds, allowed))
    source_size = data.get(config.data.dataset).size
    if (size or source_size) > limits.size:
        allowed = f"allowed on this shared instance: up to {limits.size}"
        if size is None:
            allowed += f", and the pictures of {config.data.dataset} have {source_size}"
        problems.append(Problem("data.size", size, allowed))
    if problems:
        raise ConfigError(problems)


def with_time_limit(config: TrainConfig) -> TrainConfig:
    """`config` with the time limit of a shared instance if it sets none."""
    limits = current()
    if limits is None or config.schedule.seconds is not None:
        return config
    return config.model_copy(update={"schedule": config.schedule.model_copy(update={"seconds": limits.seconds})})


def active_runs() -> int:
    """How many runs wait for their turn, train, or are paused."""
    return sum(run.status().alive for run in runs.list_runs())


@contextmanager
def reserve_places(configs: Sequence[TrainConfig]) -> Iterator[None]:
    """Start runs with these configs inside the block; nobody else can take their places in the queue meanwhile.

    Raises ConfigError as `check` does, and WorkshopError if too few places are free.
    """
    limits = current()
    if limits is None:
        yield
        return
    for config in configs:
        check(config)
    with FileLock(runs.make_folder(runs.home()) / ".queue.lock"):
        free = max(limits.queue - active_runs(), 0)
        if len(configs) > free:
            places = "1 place" if len(configs) == 1 else f"{len(configs)} places"
            raise WorkshopError(
                f"{places} would be needed, and {free or 'none'} of the {limits.queue} of this shared instance "
                f"{'is' if free < 2 else 'are'} free; try again when a run has ended."
            )
        yield


def visitor_notice() -> str:
    """What a visitor should know before starting a run, in two sentences; "" without limits."""
    limits = current()
    if limits is None:
        return ""
    return (
        f"This instance is shared: a run trains for {limits.minutes:g} minutes at most, which is also its time limit "
        f"where you set none, on pictures of up to {limits.size} × {limits.size} pixels. "
        f"{min(active_runs(), limits.queue)} of its {limits.queue} places for runs are taken."
    )


def max_pause(run: Run) -> float:
    """Seconds until a paused run is stopped: infinite, except for a visitor's run on a shared instance."""
    return MAX_PAUSE if settings.current().public and owners.record_path(run.path).is_file() else math.inf
