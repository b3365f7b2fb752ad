"""The command line, asked by a page: in a process of its own, so that torch stays out of the server."""

import subprocess
import sys

from gan_core import runs
from gan_core.system.errors import WorkshopError


def run(*arguments: str) -> str:
    """What `python -m gan_core ARGUMENTS` prints; raises WorkshopError with the command's own sentence."""
    done = subprocess.run(
        [sys.executable, "-m", "gan_core", *arguments], capture_output=True, text=True, cwd=runs.ROOT, check=False
    )
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        raise WorkshopError(last.removeprefix("error: ") or f"`{arguments[0]}` ended with {done.returncode}.")
    return done.stdout
