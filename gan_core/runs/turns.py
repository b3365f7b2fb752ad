"""The baton of a race: one runs, the others wait, and whoever is furthest behind in seconds runs next."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from gan_core.runs.queue import taken
from gan_core.system import files

SLICE = 1.0
"""Seconds of training until the baton is handed on, or one step if that takes longer."""

POLL = 0.005
"""Seconds between two looks at whether the baton comes: what a hand-over costs at most."""

LOOK = 0.1
"""Seconds after which one who waits tries for the baton unasked, since the one named next may have died."""

RUNNER = ".runner.lock"
"""How the names of the locks end by which runners are known to wait."""


class Baton:
    """The baton of the race in `folder`, in the eyes of its runner `name`.

    It is a file lock, and each who runs or waits holds a lock of its own: the system frees them however a process
    ends, so one who has crashed, paused or finished is skipped. `baton.json`, written only by who has the baton,
    has the runners' training seconds and who is named next.

    One who was away (paused, or started later) has fewer seconds, and so runs until it has caught up.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self._lock, self._present = FileLock(folder / "baton.lock"), self._presence(name)
        self._began = 0.0

    @property
    def held(self) -> bool:
        """Whether it is in hand."""
        return self._lock.is_locked

    def take(self, seconds: float, given_up: Callable[[], bool]) -> bool:
        """Wait for it, with `seconds` of training so far; False if `given_up` became true before."""
        if not self._present.is_locked:
            self._present.acquire(poll_interval=0.001)  # another may just look whether it is taken
        look = 0.0
        while not self.held and not given_up():
            if time.monotonic() >= look or self._board()["next"] == self.name:
                look = time.monotonic() + LOOK
                if taken(self._lock):
                    self._began = seconds
                    self._pass_on(seconds)
            if not self.held:
                time.sleep(POLL)
        return self.held

    def used_up(self, seconds: float) -> bool:
        """Whether the slice is over, at `seconds` of training."""
        return seconds - self._began >= SLICE

    def hand_on(self, seconds: float) -> bool:
        """Give it to one who waits and has fewer `seconds`; False, and a new slice, if there is none."""
        self._began = seconds
        return self._pass_on(seconds)

    def leave(self, seconds: float) -> None:
        """Leave the race for now, at `seconds` of training."""
        if self.held:
            self._pass_on(seconds, leaving=True)
        self._present.release()

    def _pass_on(self, seconds: float, leaving: bool = False) -> bool:
        """Name the waiting one who is furthest behind as next and let go; False if that is oneself."""
        runners = (path.name.removesuffix(RUNNER) for path in self.folder.glob(f"*{RUNNER}"))
        times = dict.fromkeys(runners, 0.0) | self._board()["seconds"] | {self.name: seconds}
        waiting = [name for name in times if name != self.name and self._waits(name)]
        waiting += [] if leaving else [self.name]
        chosen = min(waiting, key=lambda name: (times[name], name), default=None)
        board = {"next": chosen, "seconds": times}
        files.write_atomic(self.folder / "baton.json", json.dumps(board).encode(), durable=False)
        if chosen == self.name:
            return False
        self._lock.release()
        return True

    def _board(self) -> dict:
        try:
            return json.loads((self.folder / "baton.json").read_text())
        except (FileNotFoundError, ValueError):
            # not there yet, or torn by a power cut: it only says whose turn it is, and each tells its seconds again
            return {"next": None, "seconds": {}}

    def _presence(self, name: str) -> FileLock:
        return FileLock(self.folder / f"{name}{RUNNER}")

    def _waits(self, name: str) -> bool:
        lock = self._presence(name)
        if taken(lock):
            lock.release()
            return False
        return True
