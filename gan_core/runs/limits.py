"""What visitors may do where several share an instance, as on a Hugging Face Space. Light: no torch here.

All of it comes from the environment and is read whenever it is asked. Without `GAN_PUBLIC=1` there are no limits,
and the command line never has any: whoever can type there owns the machine.
"""

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from filelock import FileLock

from gan_core import data, runs
from gan_core.config import ConfigError, Problem, TrainConfig
from gan_core.runs import Run, owners
from gan_core.system.errors import WorkshopError

LEAST_SECRET = 12
"""Letters of the owner's secret: with one guess a second for all visitors together, nobody finds so many."""

PAUSE = 300.0
"""Seconds a visitor's run may be paused before it is stopped, as it keeps its place from others meanwhile."""


@dataclass(frozen=True)
class Limits:
    """For one run: `minutes` of training and `size`, pixels across; `queue` is how many may wait or train at once."""

    minutes: float = 10.0
    size: int = 64
    queue: int = 8

    @property
    def seconds(self) -> float:
        return self.minutes * 60

    def variables(self) -> dict[str, str]:
        """The environment that sets these."""
        numbers = {"GAN_MAX_MINUTES": self.minutes, "GAN_MAX_SIZE": self.size, "GAN_MAX_QUEUE": self.queue}
        return {"GAN_PUBLIC": "1"} | {name: f"{number:g}" for name, number in numbers.items()}


def public() -> bool:
    """Whether this is a shared instance: `GAN_PUBLIC`, no by default; raises WorkshopError."""
    text = os.environ.get("GAN_PUBLIC", "").strip()
    if text not in ("", "0", "1"):
        raise WorkshopError(f"GAN_PUBLIC: {text!r} was given; allowed: 1 for a shared instance, or 0.")
    return text == "1"


def current() -> Limits | None:
    """The limits of this instance, None where there are none; raises WorkshopError."""
    return of_environment() if public() else None


def of_environment(given: Mapping[str, str] | None = None) -> Limits:
    """The limits of a shared instance with this environment (None: ours), as they usually are where it says nothing.

    Raises WorkshopError, in one sentence, for what is no number or out of range.
    """
    given = os.environ if given is None else given
    return Limits(
        minutes=_number(given, "GAN_MAX_MINUTES", Limits.minutes, 0.1, 10_000),
        size=int(_number(given, "GAN_MAX_SIZE", Limits.size, 16, 128, whole=True)),
        queue=int(_number(given, "GAN_MAX_QUEUE", Limits.queue, 1, 1000, whole=True)),
    )


def secret() -> str | None:
    """The secret that makes a visitor the owner: `GAN_OWNER_SECRET`; None: nobody is. Raises WorkshopError."""
    text = os.environ.get("GAN_OWNER_SECRET", "")
    return check_secret(text) if text else None


def check_secret(text: str) -> str:
    """The secret itself; raises WorkshopError, which does not repeat it, where it could be guessed."""
    if len(text) < LEAST_SECRET:
        raise WorkshopError(
            f"GAN_OWNER_SECRET: {len(text)} letters were given; allowed: {LEAST_SECRET} or more, or none at all."
        )
    return text


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


def fitted(config: TrainConfig) -> TrainConfig:
    """The same with the time limit of a shared instance where it has none of its own."""
    limits = current()
    if limits is None or config.schedule.seconds is not None:
        return config
    return config.model_copy(update={"schedule": config.schedule.model_copy(update={"seconds": limits.seconds})})


def busy() -> int:
    """How many runs wait for their turn, train, or are paused."""
    return sum(run.status().alive for run in runs.list_runs())


@contextmanager
def admitted(configs: Sequence[TrainConfig]) -> Iterator[None]:
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
        free = max(limits.queue - busy(), 0)
        if len(configs) > free:
            places = "1 place" if len(configs) == 1 else f"{len(configs)} places"
            raise WorkshopError(
                f"{places} would be needed, and {free or 'none'} of the {limits.queue} of this shared instance "
                f"{'is' if free < 2 else 'are'} free; try again when a run has ended."
            )
        yield


def about() -> str:
    """What a visitor should know before starting, in two sentences; empty at home."""
    limits = current()
    if limits is None:
        return ""
    return (
        f"This instance is shared: a run trains for {limits.minutes:g} minutes at most, which is also its time limit "
        f"where you set none, on pictures of up to {limits.size} × {limits.size} pixels. "
        f"{min(busy(), limits.queue)} of its {limits.queue} places for runs are taken."
    )


def longest_pause(run: Run) -> float:
    """Seconds after which a paused run is stopped: for ever, but for a visitor's run on a shared instance."""
    return PAUSE if public() and owners.record(run.path).is_file() else math.inf


def _number(
    given: Mapping[str, str], name: str, usual: float, low: float, high: float, *, whole: bool = False
) -> float:
    text = given.get(name, "").strip()
    if not text:
        return usual
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        number = math.nan
    if not low <= number <= high:  # so that NaN is refused as well
        kind = "a whole number" if whole else "a number"
        raise WorkshopError(f"{name}: {text!r} was given; allowed: {kind} from {low:,g} to {high:,g}.")
    return number
