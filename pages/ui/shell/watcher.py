"""A run as the server sees it: read and worked out once for everyone who watches it.

Twenty people may look at one run, and what they see is the same. Whoever's tick comes first reads the files, draws
the figures and asks the diagnosis; the others take what is there. No Streamlit here: `shared.watched` keeps one of
these a run.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from gan_core.runs import Run, Status
from gan_core.runs.history import History

T = TypeVar("T")

FRESH = 0.4
"""Seconds a look is good for: the worker writes every 0.6 s."""

AWAY = 4.0
"""Ticks that a viewer misses before they count as gone. A page that is loaded anew is another viewer, and must not slow
down everyone for long."""

COST, SHARE = 0.014, 0.018
"""Seconds of processor time a tick takes (`python -m benchmarks.ui_cost` measures it), and the share of all
processors that open pages may take together: much more is lost, where threads of the training wait for one another."""

PACES = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
"""Seconds from tick to tick, from a few viewers to many."""


@dataclass(frozen=True)
class Look:
    """What there was to see at one moment. `wanted` is what the request says, `version` that of the columns."""

    there: bool
    status: Status
    wanted: str
    kept: dict[int, Path]
    columns: dict[str, np.ndarray]
    version: int


class Watched:
    """One run and all that is shown of it, shared by all sessions; may be called from many threads."""

    def __init__(self, run: Run) -> None:
        self.run, self.history = run, History(run.metrics_path)
        self._lock = threading.RLock()
        self._looked, self._look = float("-inf"), None
        self._made: dict[str, tuple[object, object]] = {}
        self._viewers: dict[str, float] = {}
        self._pace = PACES[0]

    def look(self, fresh: bool = False) -> Look:
        """The run as it is, or as it was FRESH seconds ago at most; `fresh` for after a click."""
        with self._lock:
            if self._look is None or fresh or time.monotonic() - self._looked > FRESH:
                self._look = self._read()
                self._looked = time.monotonic()
            return self._look

    def _read(self) -> Look:
        there = self.run.path.is_dir()
        wanted = self.run.request().action
        columns = self.history.refresh()
        return Look(there, self.run.status(), wanted, self.run.samples(), columns, self.history.version)

    def once(self, name: str, stamp: object, make: Callable[[], T]) -> T:
        """What `make` gives, made once for each new `stamp` (compared with ==) and kept under `name`."""
        with self._lock:
            if name not in self._made or self._made[name][0] != stamp:
                self._made[name] = (stamp, make())
            return self._made[name][1]  # pyright: ignore[reportReturnType] - what was made under this name

    def pace(self, viewer: str, now: float | None = None) -> float:
        """Seconds this viewer should wait from tick to tick, so that all of them together stay within SHARE.

        A viewer is known by any text. The pace slows as soon as there are too many and quickens only when there are
        well below enough, as each change draws every page anew.
        """
        now = time.monotonic() if now is None else now
        with self._lock:
            self._viewers[viewer] = now
            self._viewers = {name: at for name, at in self._viewers.items() if now - at < AWAY * self._pace}
            self._pace = pace(len(self._viewers), os.cpu_count() or 1, self._pace)
            return self._pace


def pace(viewers: int, processors: int, last: float) -> float:
    """The pace for so many viewers, after it was `last`."""
    needed = viewers * COST / (SHARE * processors)
    fitting = next((seconds for seconds in PACES if needed <= seconds), PACES[-1])
    return fitting if fitting > last or needed < 0.8 * fitting else last
