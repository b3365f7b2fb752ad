"""Whose turn it is: a few places to train in, given in the order of the runs' numbers."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from gan_core import runs
from gan_core.errors import WorkshopError


def max_running() -> int:
    """How many runs may train at once: `GAN_MAX_RUNNING`, 1 by default; raises WorkshopError."""
    text = os.environ.get("GAN_MAX_RUNNING", "1")
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise WorkshopError(f"GAN_MAX_RUNNING must be a whole number from 1 to 64; {text!r} was given.")
    return int(text)


@contextmanager
def turn(folder: Path, name: str, given_up: Callable[[], bool]) -> Iterator[bool]:
    """Wait for a place among the runs of `folder`; yields False if `given_up` became true before.

    A place is a file lock, which the system frees however a process ends.
    """
    places = [FileLock(folder / ".slots" / f"{number}.lock") for number in range(max_running())]
    (folder / ".slots").mkdir(exist_ok=True)
    mine = None
    while mine is None and not given_up():
        ahead = runs.queue(folder)
        if not ahead or ahead[0] >= name:
            mine = next((place for place in places if _taken(place)), None)
        if mine is None:
            time.sleep(0.25)
    try:
        yield mine is not None
    finally:
        if mine is not None:
            mine.release()


def _taken(place: FileLock) -> bool:
    try:
        place.acquire(timeout=0)
    except Timeout:
        return False
    return True
