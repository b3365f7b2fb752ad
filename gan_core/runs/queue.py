"""The queue: how many runs train at once, and in which order the others follow (that of their numbers)."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from gan_core import runs
from gan_core.system import files, settings

RUNS_PER_PLACE = 4
"""How many runs of one group share a place."""


@contextmanager
def hold_place(folder: Path, name: str, cancelled: Callable[[], bool], group: str | None = None) -> Iterator[bool]:
    """Wait for a place to train in, among the runs of `folder`; yields False if `cancelled` became true first.

    Runs of one `group`, such as a race, share a place: once one of them has it the others join, and it is free again
    when the last one leaves. Each run holds a file lock, which the system frees however its process ends.
    """
    places = folder / ".slots"
    places.mkdir(exist_ok=True)
    lock = None
    while lock is None and not cancelled():
        ahead = runs.waiting_runs(folder)
        lock = _take_place(places, name, group, first=not ahead or ahead[0] >= name)
        if lock is None:
            time.sleep(0.25)
    try:
        yield lock is not None
    finally:
        if lock is not None:
            lock.release()


def _take_place(places: Path, name: str, group: str | None, *, first: bool) -> FileLock | None:
    """A lock in a free place for the `first` run in the queue, or in its group's place; None if there is none."""
    with FileLock(places / "look.lock"):  # one process at a time: probing takes the locks for a moment
        for number in range(settings.current().max_running):
            locks = [FileLock(places / f"{number}-{k}.lock") for k in range(RUNS_PER_PLACE)]
            free = [lock for lock in locks if try_acquire(lock)]
            holder = places / f"{number}.owner"
            empty, joins = len(free) == RUNS_PER_PLACE, group is not None
            if empty and first:
                files.write_atomic(holder, (group or name).encode())
            taken = free and (first if empty else joins and holder.read_text() == group)
            for lock in free[1:] if taken else free:
                lock.release()
            if taken:
                return free[0]
    return None


def try_acquire(lock: FileLock) -> bool:
    """Take a lock if it is free; whether it is held now."""
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True
