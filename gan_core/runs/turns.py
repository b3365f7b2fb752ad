"""The turn lock of a race: one runner trains at a time, and the one with the fewest seconds of training is next."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from gan_core.runs.queue import try_acquire
from gan_core.system import files

SLICE = 1.0
"""Seconds of training in a turn; a turn has at least one step."""

POLL = 0.005
"""Seconds between two reads of whose turn is next, and so the most that a change of turns costs."""

RETRY = 0.1
"""Seconds after which a waiting runner tries the lock although another one is named next: that one may have died."""

RUNNER_SUFFIX = ".runner.lock"
"""Files with this suffix are the locks that show which runners take part."""


class TurnLock:
    """The turn lock of the race in `folder`, for the runner `name`.

    It is a file lock, and each runner that trains or waits holds a lock of its own. The system frees them however a
    process ends, so a runner that crashed, paused or finished is skipped. `baton.json` has the runners' seconds of
    training and who is next; only the holder of the lock writes it.

    A runner that was away (paused, or started later) has fewer seconds, so it trains until it has caught up.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self._lock, self._present = FileLock(folder / "baton.lock"), self._runner_lock(name)
        self._began = 0.0

    @property
    def held(self) -> bool:
        return self._lock.is_locked

    def acquire(self, seconds: float, cancelled: Callable[[], bool]) -> bool:
        """Wait for the turn, after `seconds` of training so far; False if `cancelled` became true first."""
        if not self._present.is_locked:
            self._present.acquire(poll_interval=0.001)  # another runner may be probing it
        retry = 0.0
        while not self.held and not cancelled():
            if time.monotonic() >= retry or self._read_turn()["next"] == self.name:
                retry = time.monotonic() + RETRY
                if try_acquire(self._lock):
                    self._began = seconds
                    self._name_next(seconds)
            if not self.held:
                time.sleep(POLL)
        return self.held

    def slice_over(self, seconds: float) -> bool:
        """Whether the turn is used up, at `seconds` of training."""
        return seconds - self._began >= SLICE

    def yield_turn(self, seconds: float) -> bool:
        """Release the lock for a waiting runner with fewer `seconds`; without one, keep it and return False."""
        self._began = seconds
        return self._name_next(seconds)

    def leave(self, seconds: float) -> None:
        """Leave the race for now, at `seconds` of training."""
        if self.held:
            self._name_next(seconds, leaving=True)
        self._present.release()

    def _name_next(self, seconds: float, leaving: bool = False) -> bool:
        """Name the waiting runner with the fewest seconds and release the lock; False if that is this runner."""
        runners = (path.name.removesuffix(RUNNER_SUFFIX) for path in self.folder.glob(f"*{RUNNER_SUFFIX}"))
        times = dict.fromkeys(runners, 0.0) | self._read_turn()["seconds"] | {self.name: seconds}
        waiting = [name for name in times if name != self.name and self._is_waiting(name)]
        waiting += [] if leaving else [self.name]
        chosen = min(waiting, key=lambda name: (times[name], name), default=None)
        turn = {"next": chosen, "seconds": times}
        files.write_atomic(self.folder / "baton.json", json.dumps(turn).encode(), durable=False)
        if chosen == self.name:
            return False
        self._lock.release()
        return True

    def _read_turn(self) -> dict:
        try:
            return json.loads((self.folder / "baton.json").read_text())
        except (FileNotFoundError, ValueError):
            # not written yet, or damaged by a power cut: it is only a hint, and every runner writes its seconds again
            return {"next": None, "seconds": {}}

    def _runner_lock(self, name: str) -> FileLock:
        return FileLock(self.folder / f"{name}{RUNNER_SUFFIX}")

    def _is_waiting(self, name: str) -> bool:
        lock = self._runner_lock(name)
        if try_acquire(lock):
            lock.release()
            return False
        return True
