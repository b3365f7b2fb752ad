"""The command line, `python -m gan_core`: one file for each group of commands.

Offers `main` and `parser`. A group's `add(commands)` declares its commands and their options; the functions that run
them import what they need, so that `--help` is quick. Read `training` first; `_common` has what groups share.
"""

import argparse
import sys

from gan_core.cli import hub, lists, models, pictures, scoring, training
from gan_core.system import processes
from gan_core.system.errors import WorkshopError

GROUPS = (training.add, lists.add, training.add_study, pictures.add, models.add, scoring.add, hub.add)
"""In the order of `--help`."""


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
    """The parser of all commands."""
    top_level = argparse.ArgumentParser(
        prog="python -m gan_core", description="Train and use small GANs. Runs live under GAN_HOME."
    )
    commands = top_level.add_subparsers(required=True, metavar="COMMAND")
    for add in GROUPS:
        add(commands)
    return top_level
