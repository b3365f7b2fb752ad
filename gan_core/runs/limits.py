"""What visitors may do where several share an instance, as on a Hugging Face Space. Light: no torch here.

All of it comes from the environment and is read whenever it is asked. Without `GAN_PUBLIC=1` there are no limits,
and the command line never has any: whoever can type there owns the machine.
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
"""Seconds a visitor's run may be paused before it is stopped, as it keeps its place from others meanwhile."""


@dataclass(frozen=True)
class Limits:
    """For one run: `minutes` of training and `size`, pixels across; `queue` is how many may wait or train at once."""

    minutes: float
    size: int
    queue: int

    @property
    def seconds(self) -> float:
        return self.minutes * 60

    def variables(self) -> dict[str, str]:
        """The environment that sets these."""
        numbers = {"GAN_MAX_MINUTES": self.minutes, "GAN_MAX_SIZE": self.size, "GAN_MAX_QUEUE": self.queue}
        return {"GAN_PUBLIC": "1"} | {name: f"{number:g}" for name, number in numbers.items()}


def is_public() -> bool:
    """Whether this is a shared instance: `GAN_PUBLIC`, no by default; raises WorkshopError."""
    return settings.current().public


def current() -> Limits | None:
    """The limits of this instance, None where there are none; raises WorkshopError."""
    return from_environment() if is_public() else None


def from_environment() -> Limits:
    """The limits that a shared instance with this environment has; raises WorkshopError."""
    given = settings.current()
    return Limits(given.max_minutes, given.max_size, given.max_queue)


def owner_secret() -> str | None:
    """The secret that makes a visitor the owner: `GAN_OWNER_SECRET`; None: nobody is. Raises WorkshopError."""
    return settings.current().owner_secret


def check_owner_secret(text: str) -> str:
    """The secret itself; raises WorkshopError, which does not repeat it, where it could be guessed."""
    return settings.current(owner_secret=text).owner_secret or ""


def check(config: TrainConfig) -> None:
    """Raise ConfigError, with a sentence for each field, where a visitor may not train this. At home: never."""
    limits = current()
    if limits is None:
        return
    problems = []
    seconds, size = config.schedule.seconds, config.data.size
    if seconds is None or seconds > limits.seconds:
        allowed = f"allowed on this shared instance: up to {limits.seconds:,g} seconds of training"
        problems.append(Problem("schedule.seconds", seconds, allowed))
    own = data.get(config.data.dataset).size
    if (size or own) > limits.size:
        allowed = f"allowed on this shared instance: up to {limits.size}"
        if size is None:
            allowed += f", and the pictures of {config.data.dataset} have {own}"
        problems.append(Problem("data.size", size, allowed))
    if problems:
        raise ConfigError(problems)


def with_time_limit(config: TrainConfig) -> TrainConfig:
    """The same with the time limit of a shared instance where it has none of its own."""
    limits = current()
    if limits is None or config.schedule.seconds is not None:
        return config
    return config.model_copy(update={"schedule": config.schedule.model_copy(update={"seconds": limits.seconds})})


def active_runs() -> int:
    """How many runs wait for their turn, train, or are paused."""
    return sum(run.status().alive for run in runs.list_runs())


@contextmanager
def reserve_places(configs: Sequence[TrainConfig]) -> Iterator[None]:
    """Start runs with these settings within: nobody else can take their places meanwhile.

    Raises ConfigError as `check` does, and WorkshopError when too few places are free. At home everyone is let in.
    """
    limits = current()
    if limits is None:
        yield
        return
    for config in configs:
        check(config)
    try:
        runs.home().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkshopError(f"The folder for runs, {runs.home()}, cannot be made: {error.strerror}.") from None
    with FileLock(runs.home() / ".queue.lock"):
        free = max(limits.queue - active_runs(), 0)
        if len(configs) > free:
            places = "1 place" if len(configs) == 1 else f"{len(configs)} places"
            raise WorkshopError(
                f"{places} would be needed, and {free or 'none'} of the {limits.queue} of this shared instance "
                f"{'is' if free < 2 else 'are'} free; try again when a run has ended."
            )
        yield


def visitor_notice() -> str:
    """What a visitor should know before starting, in two sentences; empty at home."""
    limits = current()
    if limits is None:
        return ""
    return (
        f"This instance is shared: a run trains for {limits.minutes:g} minutes at most, which is also its time limit "
        f"where you set none, on pictures of up to {limits.size} × {limits.size} pixels. "
        f"{min(active_runs(), limits.queue)} of its {limits.queue} places for runs are taken."
    )


def max_pause(run: Run) -> float:
    """Seconds after which a paused run is stopped: for ever, but for a visitor's run on a shared instance."""
    return MAX_PAUSE if is_public() and owners.record_path(run.path).is_file() else math.inf
