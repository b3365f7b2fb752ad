"""Scores while a run trains: when one is due, what it measures, and what it costs."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from gan_core.data import Dataset
from gan_core.system.errors import WorkshopError
from gan_core.training.trainer import Trainer

if TYPE_CHECKING:
    from gan_core.evaluation.training_score import ScoreFunction, TrainingScore

SEED = 0
"""Seed of the noise that is scored: the same at every score of every run, so that only the weights differ."""

INITIAL_COST = 2.0
"""Seconds the first score is assumed to cost, until one has been measured."""


@dataclass
class ScoringBudget:
    """When the next score is due.

    With `every`, at each multiple of it. Without, as soon as the scores so far and one that costs as much as the last
    fit into `share` of the training time; so slow scores are rare, and a short run has none.
    """

    share: float
    every: int | None = None
    spent: float = 0.0
    last: float = INITIAL_COST

    def due(self, step: int, seconds: float) -> bool:
        """Whether to score at `step`, after `seconds` of training."""
        if self.every:
            return step % self.every == 0
        return self.spent + self.last <= self.share * seconds

    def resume(self, columns: Mapping[str, np.ndarray], step: int) -> None:
        """Take over the cost of the scores in a run's first `step` steps from its logged `columns`."""
        if "cost/scoring" not in columns:  # nothing was scored, or the rows are lost
            return
        shares = columns["cost/scoring"]
        scored = np.flatnonzero(np.isfinite(shares) & (columns["step"][: len(shares)] <= step))
        if len(scored):
            self.spent = float(shares[scored[-1]] * columns["seconds"][scored[-1]])
            self.last = max(INITIAL_COST, self.spent / len(scored))

    def charge(self, seconds: float, once: float = 0.0) -> None:
        """Count a score that took `seconds`, and `once` for work that later ones need not repeat."""
        self.spent += seconds + once
        self.last = seconds


class Scorer:
    """Scores what `trainer` draws, with the EMA weights if it has any.

    It draws from noise of its own and changes nothing in the trainer: the losses are the same with and without it.
    """

    def __init__(self, trainer: Trainer, dataset: Dataset) -> None:
        settings = trainer.config.scoring
        self.trainer, self.dataset, self.kind = trainer, dataset, settings.score
        self.budget = ScoringBudget(settings.share, settings.every)
        self.warning = ""
        """Why there are no scores, in a sentence; training goes on without them."""
        self._score: ScoreFunction | None = None

    def due(self) -> bool:
        """Whether to score at this step."""
        return self.kind != "off" and not self.warning and self.budget.due(self.trainer.step, self.trainer.seconds)

    def score(self) -> "TrainingScore | None":
        """Score the weights as they are now; None, with the reason in `warning`, if that is impossible."""
        start = time.perf_counter()
        try:
            if self._score is None:
                self._score = self._build()
            built = time.perf_counter()
            scored = self._score(self._draw)
        except (WorkshopError, OSError, torch.OutOfMemoryError) as error:
            self.warning = f"It trains without scores: {_reason(error)}"
            return None
        self.budget.charge(time.perf_counter() - built, once=built - start)
        return scored

    @property
    def cost(self) -> float:
        """The share of the training time that scores have taken so far."""
        return self.budget.spent / max(self.trainer.seconds, 1e-9)

    def _build(self) -> "ScoreFunction":
        from gan_core.evaluation import training_score

        if self.kind == "light":
            return training_score.quick_score(self.dataset)
        return training_score.full_score(self.dataset, self.trainer.config.data)

    def _draw(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Images uint8 (count, C, H, W) and labels int64 (count,), −1 if the generator is unconditional."""
        from gan_core.evaluation import evaluate

        trainer, config = self.trainer, self.trainer.config
        generator = trainer.ema.average if trainer.ema else trainer.G
        conditional = trainer.variant.is_conditional(config)
        return evaluate.draw_from(generator, config.network, conditional, SEED, self.dataset.labels)(count)


def _reason(error: Exception) -> str:
    """Why there is no score, in one sentence; torch's own message about memory is a paragraph."""
    if isinstance(error, torch.OutOfMemoryError):
        return "The device has too little memory for them."
    if isinstance(error, OSError):
        return f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}."
    return str(error)
