"""What a rule sees, and what it may say."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gan_core import variants
from gan_core.config import TrainConfig
from gan_core.runs import Status

SEVERITIES = ("stopped", "warning", "note")
"""The gravest first: the run is over; it will hardly get better as it is; worth knowing."""

BLOCK, MOST = 10, 1000
"""Steps that are averaged before a rule looks, and how many such blocks a long run has at most."""


@dataclass(frozen=True)
class Finding:
    """One thing found: what was seen, what to try (a plain sentence each), and since which step it is so.

    `remedies` are changes of dotted config fields, the one that helps most first; `diagnosis.helpful` picks the
    first that fits the run.
    """

    title: str
    severity: str
    seen: str
    advice: str
    since: int
    remedies: tuple[Mapping[str, Any], ...] = ()


class Evidence:
    """A run's columns, read in blocks of steps: a single step's numbers say little, and a page must be quick.

    `steps` is the last step of each block. `block` is BLOCK steps, and doubles for as long as there would be more
    than MOST blocks. The steps that do not fill a block yet wait.
    """

    def __init__(self, config: TrainConfig, columns: Mapping[str, np.ndarray], status: Status) -> None:
        self.config, self.columns, self.status = config, columns, status
        rows = len(columns["step"])
        self.block = BLOCK
        while rows // self.block > MOST:
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

    def steady(self, name: str, blocks: int = 3) -> np.ndarray:
        """`means` averaged over the last `blocks` of them, (blocks,), NaN before: what one odd block cannot move."""
        return trailing(self.means(name), blocks)

    def points(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Steps and values of a series that only some rows have, as a score."""
        values = self.columns.get(name, np.empty(0))
        known = np.flatnonzero(np.isfinite(values))
        return self.columns["step"][known].astype(int), values[known]

    def since(self, ill: np.ndarray, blocks: int = 5) -> int | None:
        """The step from which on `ill` (blocks,) has been true, if it was in so many blocks at least.

        A break of one or two blocks counts as none, so that a notice neither flickers nor begins anew with it.
        """
        bridged = ill.copy()
        bridged[1:] |= ill[:-1]
        bridged[2:] |= ill[:-2]
        well = np.flatnonzero(~bridged)
        first = well[-1] + 1 if len(well) else 0
        return int(self.steps[first]) if np.count_nonzero(ill[first:]) >= blocks else None

    def over(self, values: np.ndarray, since: int) -> float:
        """The mean of `values` (blocks,) from a step on: a number for a sentence, calmer than the last one."""
        return float(np.nanmean(values[self.steps >= since]))


def trailing(values: np.ndarray, count: int) -> np.ndarray:
    """The mean of the last `count` of `values` (N,) at each place, NaN for the first few."""
    out = np.full(len(values), np.nan)
    if len(values) >= count:
        out[count - 1 :] = np.lib.stride_tricks.sliding_window_view(values, count).mean(axis=1)
    return out
