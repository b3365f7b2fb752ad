"""Whose turn it is: a few places to train in, given in the order of the runs' numbers."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from gan_core import runs
from gan_core.system import files, settings

RUNS_PER_PLACE = 4
"""How many runs of one party fit into a place."""


def max_running() -> int:
    """How many runs may train at once: `GAN_MAX_RUNNING`, 1 by default; raises WorkshopError."""
    return settings.current().max_running


@contextmanager
def hold_place(folder: Path, name: str, cancelled: Callable[[], bool], group: str | None = None) -> Iterator[bool]:
    """Wait for a place among the runs of `folder`; yields False if `given_up` became true before.

    Runs of one `party`, as those of a race, share a place: as soon as one has it the others are in, and it is
    free again when the last has gone. Seats in a place are file locks, which the system frees however a process
    ends.
    """
    places = folder / ".slots"
    places.mkdir(exist_ok=True)
    mine = None
    while mine is None and not cancelled():
        ahead = runs.waiting_runs(folder)
        mine = _take_place(places, name, group, first=not ahead or ahead[0] >= name)
        if mine is None:
            time.sleep(0.25)
    try:
        yield mine is not None
    finally:
        if mine is not None:
            mine.release()


def _take_place(places: Path, name: str, group: str | None, *, first: bool) -> FileLock | None:
    """A seat in a free place for who is `first`, or in the place of one's own party; None if there is none."""
    with FileLock(places / "look.lock"):  # one looks at a time, since looking takes the locks for a moment
        for number in range(max_running()):
            free = [
                seat
                for seat in (FileLock(places / f"{number}-{k}.lock") for k in range(RUNS_PER_PLACE))
                if try_acquire(seat)
            ]
            owner = places / f"{number}.owner"
            mine = free.pop(0) if free else None
            empty = len(free) == RUNS_PER_PLACE - 1
            if mine and empty and first:
                files.write_atomic(owner, (group or name).encode())
            elif mine and (empty or group is None or owner.read_text() != group):
                mine.release()
                mine = None
            for seat in free:
                seat.release()
            if mine:
                return mine
    return None


def try_acquire(lock: FileLock) -> bool:
    """Whether it was free and is ours now."""
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True
