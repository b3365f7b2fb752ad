"""The commands of `python -m gan_core`, in rooms: each has `add(commands)`, which describes its own.

Light on purpose: what a command needs it imports when it runs, so that `--help` is quick.
"""

import argparse
import sys

from gan_core.cli import (
    cards,
    hub,
    importing,
    inverting,
    lists,
    pictures,
    racing,
    scoring,
    space,
    studying,
    taking,
    training,
)
from gan_core.system import processes
from gan_core.system.errors import WorkshopError

ROOMS = (training, racing, lists, studying, pictures, inverting, taking, importing, scoring, cards, hub, space)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 2 after one sentence on what was wrong."""
    options = parser().parse_args(arguments)
    try:
        if processes.world_size() > 1 and not getattr(options, "together", False):
            raise WorkshopError("Only `train` and `resume` run in several processes; start this command in one.")
        return options.command(options) or 0
    except WorkshopError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    made = argparse.ArgumentParser(
        prog="python -m gan_core", description="Train and use small GANs. Runs live under GAN_HOME."
    )
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    for room in ROOMS:
        room.add(commands)
    return made
