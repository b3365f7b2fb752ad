"""What a rule reads, and what it may report."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gan_core import variants
from gan_core.config import TrainConfig
from gan_core.runs import Status

SEVERITIES = ("stopped", "warning", "note")
"""The most severe first: the run is over; it will hardly recover by itself; worth knowing."""

BLOCK, MAX_BLOCKS = 10, 1000
"""Steps that are averaged into a block, and the most blocks of a long run."""


@dataclass(frozen=True)
class Finding:
    """One problem: what was observed, what to try (a plain sentence each), and since which step it is so.

    `suggested_changes` map dotted config fields to values, the one that helps most first;
    `diagnosis.applicable_change` skips those that change nothing or that the config does not accept.
    """

    title: str
    severity: str
    observation: str
    advice: str
    since: int
    suggested_changes: tuple[Mapping[str, Any], ...] = ()


class Evidence:
    """A run's columns, read in blocks of steps: a single step's numbers say little, and a page must be quick.

    `steps` is the last step of each block. `block` is BLOCK steps, and doubles for as long as there would be more
    than MAX_BLOCKS. Steps that do not fill a block yet are left out.
    """

    def __init__(self, config: TrainConfig, columns: Mapping[str, np.ndarray], status: Status) -> None:
        self.config, self.columns, self.status = config, columns, status
        rows = len(columns["step"])
        self.block = BLOCK
        while rows // self.block > MAX_BLOCKS:
            self.block *= 2
        self.steps = columns["step"][self.block - 1 :: self.block].astype(int)
        self._means: dict[str, np.ndarray] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    @cached_property
    def critic(self) -> bool:
        """Whether D gives unbounded scores instead of logits."""
        return variants.get(self.config.variant).critic

    def means(self, name: str) -> np.ndarray:
        """The series `name` as the mean of each block, (blocks,); NaN where a number is not finite or missing."""
        if name not in self._means:
            blocks = len(self.steps)
            values = self.columns.get(name, np.full(blocks * self.block, np.nan))
            self._means[name] = values[: blocks * self.block].reshape(blocks, self.block).mean(axis=1)
        return self._means[name]

    def smoothed(self, name: str, blocks: int = 3) -> np.ndarray:
        """`means` averaged over the last `blocks` of them, (blocks,), NaN before: one odd block hardly moves it."""
        return trailing_mean(self.means(name), blocks)

    def logged(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Steps and values of a series that only some rows have, as a score."""
        values = self.columns.get(name, np.empty(0))
        rows = np.flatnonzero(np.isfinite(values))
        return self.columns["step"][rows].astype(int), values[rows]

    def since(self, condition: np.ndarray, blocks: int = 5) -> int | None:
        """The step since which `condition` (blocks,) holds, if it did in at least so many blocks; else None.

        A gap of one or two blocks is ignored, so that a notice neither flickers nor starts again.
        """
        bridged = condition.copy()
        bridged[1:] |= condition[:-1]
        bridged[2:] |= condition[:-2]
        breaks = np.flatnonzero(~bridged)
        first = breaks[-1] + 1 if len(breaks) else 0
        return int(self.steps[first]) if np.count_nonzero(condition[first:]) >= blocks else None

    def mean_since(self, values: np.ndarray, since: int) -> float:
        """The mean of `values` (blocks,) from a step on: a number for a sentence, calmer than the last one."""
        return float(np.nanmean(values[self.steps >= since]))


def trailing_mean(values: np.ndarray, count: int) -> np.ndarray:
    """The mean of the last `count` of `values` (N,) at each place, NaN for the first few."""
    means = np.full(len(values), np.nan)
    if len(values) >= count:
        means[count - 1 :] = np.lib.stride_tricks.sliding_window_view(values, count).mean(axis=1)
    return means
