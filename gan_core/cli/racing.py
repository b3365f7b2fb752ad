"""`python -m gan_core race`: start a race, watch it to its end, stop it with Ctrl-C."""

import argparse
import contextlib
import signal
import time
from typing import Any

from gan_core.cli import _common
from gan_core.runs import race
from gan_core.runs.race import Race
from gan_core.system.errors import WorkshopError

LOOK = 0.3
"""Seconds between two looks at the runs."""


def add(commands: Any) -> None:
    """The commands of this room."""
    parser = commands.add_parser(
        "race", help="train two to four settings in turns on the same pictures; the last line is the race's folder"
    )
    parser.set_defaults(command=_race)
    lane = "a variant or a preset, settings after commas: dcgan,regularization.r1=1"
    parser.add_argument("lanes", nargs="+", metavar="LANE", help=lane)
    _common.add_length(parser)
    _common.add_set(parser)
    _common.add_runs(parser)


def _race(options: argparse.Namespace) -> None:
    """Race until all have ended; prints the folders of the runs, then the race's."""
    from gan_core.runs import lanes

    configs = lanes.build([lanes.parse(text) for text in options.lanes], _common.given(options))
    contest = race.create(configs, options.runs)
    contest.start()
    _watch(contest, lanes.labels(configs))
    for member in contest.runs():
        print(member.path)
    print(contest.path)
    failed = [m for m in contest.runs() if m.status().state in ("failed", "interrupted")]
    if failed:
        raise WorkshopError(" ".join(f"{member.name}: {member.status().message}" for member in failed))


def _watch(contest: Race, names: list[str]) -> None:
    """A bar for each run, until none is at work; SIGINT and SIGTERM stop them all."""
    from gan_core.cli._progress import ProgressBar

    members = contest.runs()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        signal.signal(number, lambda *_: contest.send_request("stop"))
    try:
        with contextlib.ExitStack() as stack:
            bars = [stack.enter_context(ProgressBar(member.config())) for member in members]
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
