"""A run as the server sees it: read, drawn and diagnosed once for everyone who watches it.

Twenty people may watch one run, and all see the same. The first tick after a change reads the files, draws the charts
and runs the diagnosis; the others take the results. `resources.shared_run` keeps one `SharedRun` per run. There is no
Streamlit in this module.
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

MAX_AGE = 0.4
"""Seconds for which a snapshot is served again: the worker writes every 0.6 s."""

MISSED_TICKS = 4.0
"""Ticks that a viewer misses before it counts as gone. A page that is loaded anew is another viewer, and must not slow
down everyone for long."""

TICK_COST, CPU_SHARE = 0.014, 0.018
"""Seconds of processor time that a tick takes (`python -m benchmarks.ui_cost` measures it), and the share of all
processors that open pages may take together: training loses more than that, as its threads wait for one another."""

INTERVALS = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
"""Seconds from tick to tick, from a few viewers to many."""


@dataclass(frozen=True)
class RunSnapshot:
    """A run at one moment: whether its folder exists, its status, the state that its request asks for (`requested`),
    its pictures by step, its logged series with their `version`, which rises with every change.
    """

    exists: bool
    status: Status
    requested: str
    pictures: dict[int, Path]
    columns: dict[str, np.ndarray]
    version: int


class SharedRun:
    """One run and all that is shown of it, shared by all sessions; safe to call from many threads."""

    def __init__(self, run: Run) -> None:
        self.run, self.history = run, History(run.metrics_path)
        self._lock = threading.RLock()
        self._read_at, self._snapshot = float("-inf"), None
        self._results: dict[str, tuple[object, object]] = {}
        self._viewers: dict[str, float] = {}
        self._interval = INTERVALS[0]

    def snapshot(self, fresh: bool = False) -> RunSnapshot:
        """The run as it was at most MAX_AGE seconds ago, or with `fresh`, as after a click, as it is now."""
        with self._lock:
            if self._snapshot is None or fresh or time.monotonic() - self._read_at > MAX_AGE:
                exists, requested = self.run.path.is_dir(), self.run.request().action
                columns = self.history.refresh()
                self._snapshot = RunSnapshot(
                    exists, self.run.status(), requested, self.run.samples(), columns, self.history.version
                )
                self._read_at = time.monotonic()
            return self._snapshot

    def cached(self, name: str, version: object, make: Callable[[], T]) -> T:
        """The result of `make`, kept under `name` and made anew only for another `version` (compared with ==)."""
        with self._lock:
            if name not in self._results or self._results[name][0] != version:
                self._results[name] = (version, make())
            return self._results[name][1]  # pyright: ignore[reportReturnType] - what was made under this name

    def tick_interval(self, viewer: str, now: float | None = None) -> float:
        """Seconds this viewer should wait from tick to tick, so that all viewers together stay within CPU_SHARE.

        `viewer` is any text that tells one from another. The interval grows as soon as there are too many viewers and
        shrinks only when there are well below enough, as each change draws every page anew.
        """
        now = time.monotonic() if now is None else now
        with self._lock:
            self._viewers[viewer] = now
            longest = MISSED_TICKS * self._interval
            self._viewers = {name: last for name, last in self._viewers.items() if now - last < longest}
            self._interval = tick_interval(len(self._viewers), os.cpu_count() or 1, self._interval)
            return self._interval


def tick_interval(viewers: int, processors: int, previous: float) -> float:
    """The interval for so many viewers, after it was `previous`."""
    needed = viewers * TICK_COST / (CPU_SHARE * processors)
    interval = next((seconds for seconds in INTERVALS if needed <= seconds), INTERVALS[-1])
    return interval if interval > previous or needed < 0.8 * interval else previous
