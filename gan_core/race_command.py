"""`python -m gan_core race`: start a race, watch it to its end, stop it with Ctrl-C."""

import argparse
import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

from gan_core import config, race
from gan_core.errors import WorkshopError
from gan_core.progress import Progress
from gan_core.race import Race

LOOK = 0.3
"""Seconds between two looks at the runs."""


def add(commands: Any, *more: Callable[[argparse.ArgumentParser], None]) -> argparse.ArgumentParser:
    """Add the command with its options; `more` add those that others have as well (`--set`, `--runs`)."""
    parser = commands.add_parser(
        "race", help="train two to four settings in turns on the same pictures; the last line is the race's folder"
    )
    lane = "a variant or a preset, settings after commas: dcgan,stabilisers.r1=1"
    parser.add_argument("lanes", nargs="+", metavar="LANE", help=lane)
    parser.add_argument("--dataset", help="the pictures for all, see `datasets`")
    parser.add_argument("--steps", type=int, help="generator steps until a run ends")
    parser.add_argument("--epochs", type=int, help="passes over the pictures until a run ends")
    parser.add_argument("--seconds", type=float, help="seconds of a run's own training until it ends")
    parser.add_argument("--seed", type=int, help="the seed of all (default: 0)")
    for add_options in more:
        add_options(parser)
    return parser


def run(options: argparse.Namespace) -> Iterator[str]:
    """Race until all have ended; yields the folders of the runs, then the race's.

    Raises WorkshopError for what cannot race, and at the end when a run has failed.
    """
    from gan_core import lanes  # not above: the other commands need not pay for torch

    given = dict(config.parse_assignment(text) for text in options.set)
    named = {
        "seed": options.seed,
        "data.dataset": options.dataset,
        "schedule.steps": options.steps,
        "schedule.epochs": options.epochs,
        "schedule.seconds": options.seconds,
    }
    given |= {field: value for field, value in named.items() if value is not None}
    if options.steps is None and (options.seconds is not None or options.epochs is not None):
        given.setdefault("schedule.steps", None)  # the seconds or epochs alone decide
    configs = lanes.build([lanes.lane(text) for text in options.lanes], given)
    contest = race.create(configs, options.runs)
    contest.start()
    _watch(contest, lanes.labels(configs))
    for member in contest.runs():
        yield str(member.path)
    yield str(contest.path)
    failed = [m for m in contest.runs() if m.status().state in ("failed", "interrupted")]
    if failed:
        raise WorkshopError(" ".join(f"{member.name}: {member.status().message}" for member in failed))


def _watch(contest: Race, names: list[str]) -> None:
    """A bar for each run, until none is at work; SIGINT and SIGTERM stop them all."""
    members = contest.runs()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        signal.signal(number, lambda *_: contest.ask("stop"))
    try:
        with contextlib.ExitStack() as stack:
            bars = [stack.enter_context(Progress(member.config())) for member in members]
            alive = True
            while alive:
                time.sleep(LOOK)
                statuses = [member.status() for member in members]
                alive = any(status.alive for status in statuses)
                for name, bar, status in zip(names, bars, statuses, strict=True):
                    bar.show(status, f"{name}: ")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
