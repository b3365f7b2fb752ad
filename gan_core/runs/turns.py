"""The baton of a race: one runs, the others wait, and whoever is furthest behind in seconds runs next."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from gan_core.runs.queue import try_acquire
from gan_core.system import files

SLICE = 1.0
"""Seconds of training until the baton is handed on, or one step if that takes longer."""

POLL = 0.005
"""Seconds between two looks at whether the baton comes: what a hand-over costs at most."""

RETRY = 0.1
"""Seconds after which one who waits tries for the baton unasked, since the one named next may have died."""

RUNNER_SUFFIX = ".runner.lock"
"""How the names of the locks end by which runners are known to wait."""


class TurnLock:
    """The baton of the race in `folder`, in the eyes of its runner `name`.

    It is a file lock, and each who runs or waits holds a lock of its own: the system frees them however a process
    ends, so one who has crashed, paused or finished is skipped. `baton.json`, written only by who has the baton,
    has the runners' training seconds and who is named next.

    One who was away (paused, or started later) has fewer seconds, and so runs until it has caught up.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self._lock, self._present = FileLock(folder / "baton.lock"), self._runner_lock(name)
        self._began = 0.0

    @property
    def held(self) -> bool:
        """Whether it is in hand."""
        return self._lock.is_locked

    def acquire(self, seconds: float, cancelled: Callable[[], bool]) -> bool:
        """Wait for it, with `seconds` of training so far; False if `given_up` became true before."""
        if not self._present.is_locked:
            self._present.acquire(poll_interval=0.001)  # another may just look whether it is taken
        look = 0.0
        while not self.held and not cancelled():
            if time.monotonic() >= look or self._read_turn()["next"] == self.name:
                look = time.monotonic() + RETRY
                if try_acquire(self._lock):
                    self._began = seconds
                    self._name_next(seconds)
            if not self.held:
                time.sleep(POLL)
        return self.held

    def slice_over(self, seconds: float) -> bool:
        """Whether the slice is over, at `seconds` of training."""
        return seconds - self._began >= SLICE

    def yield_turn(self, seconds: float) -> bool:
        """Give it to one who waits and has fewer `seconds`; False, and a new slice, if there is none."""
        self._began = seconds
        return self._name_next(seconds)

    def leave(self, seconds: float) -> None:
        """Leave the race for now, at `seconds` of training."""
        if self.held:
            self._name_next(seconds, leaving=True)
        self._present.release()

    def _name_next(self, seconds: float, leaving: bool = False) -> bool:
        """Name the waiting one who is furthest behind as next and let go; False if that is oneself."""
        runners = (path.name.removesuffix(RUNNER_SUFFIX) for path in self.folder.glob(f"*{RUNNER_SUFFIX}"))
        times = dict.fromkeys(runners, 0.0) | self._read_turn()["seconds"] | {self.name: seconds}
        waiting = [name for name in times if name != self.name and self._is_waiting(name)]
        waiting += [] if leaving else [self.name]
        chosen = min(waiting, key=lambda name: (times[name], name), default=None)
        board = {"next": chosen, "seconds": times}
        files.write_atomic(self.folder / "baton.json", json.dumps(board).encode(), durable=False)
        if chosen == self.name:
            return False
        self._lock.release()
        return True

    def _read_turn(self) -> dict:
        try:
            return json.loads((self.folder / "baton.json").read_text())
        except (FileNotFoundError, ValueError):
            # not there yet, or torn by a power cut: it only says whose turn it is, and each tells its seconds again
            return {"next": None, "seconds": {}}

    def _runner_lock(self, name: str) -> FileLock:
        return FileLock(self.folder / f"{name}{RUNNER_SUFFIX}")

    def _is_waiting(self, name: str) -> bool:
        lock = self._runner_lock(name)
        if try_acquire(lock):
            lock.release()
            return False
        return True
