"""Scores while a run trains: when one is due, what it finds, and what it costs."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch

from gan_core.data import Dataset
from gan_core.nets import latent, sampling
from gan_core.runs import BestWeights
from gan_core.system.errors import WorkshopError
from gan_core.training.events import Row
from gan_core.training.trainer import Trainer

SEED = 0
"""Of the noise that is scored: the same at each score of each run, so that only the weights make a difference."""

INITIAL_COST = 2.0
"""Seconds the first score is taken to cost, until one has been measured."""


@dataclass
class ScoringBudget:
    """When the next score is due.

    With `every`, at each such step. Without, as soon as it fits into `share` of the training time together with
    those before it, taken to cost what the last one did; so a slow one comes seldom and a short run has none.
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
        """Take over what the scores of a run's first `step` steps have cost, from its logged `columns`."""
        if "cost/scoring" not in columns:  # nothing was scored, or the rows are lost
            return
        shares = columns["cost/scoring"]
        known = np.flatnonzero(np.isfinite(shares) & (columns["step"][: len(shares)] <= step))
        if len(known):
            self.spent = float(shares[known[-1]] * columns["seconds"][known[-1]])
            self.last = max(INITIAL_COST, self.spent / len(known))

    def charge(self, seconds: float, once: float = 0.0) -> None:
        """A score took `seconds`, and `once` more that the next one will not take again."""
        self.spent += seconds + once
        self.last = seconds


@dataclass(frozen=True)
class ScoredStep:
    """What one score adds to its step's row, and what is needed to keep the best."""

    row: Row
    best: BestWeights


@dataclass
class Scorer:
    """Scores `trainer`, whose pictures come from the EMA weights if there are any.

    It draws from noise of its own and changes nothing in the trainer: a run's losses are the same with and without.
    """

    trainer: Trainer
    dataset: Dataset
    budget: ScoringBudget = field(init=False)
    warning: str = field(init=False, default="")
    """Why there are no scores, a sentence; training goes on without them."""
    _score: Callable[[], ScoredStep] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        settings = self.trainer.config.scoring
        self.kind = settings.score
        self.budget = ScoringBudget(settings.share, settings.every)

    def due(self) -> bool:
        """Whether this step is one to score."""
        return self.kind != "off" and not self.warning and self.budget.due(self.trainer.step, self.trainer.seconds)

    def score(self) -> ScoredStep | None:
        """Score the weights as they are now; None, with the reason in `trouble`, where that cannot be done."""
        start = time.perf_counter()
        try:
            if self._score is None:
                self._score = self._build()
            built = time.perf_counter()
            found = self._score()
        except (WorkshopError, OSError, torch.OutOfMemoryError) as error:
            self.warning = f"It trains without scores: {_reason(error)}"
            return None
        self.budget.charge(time.perf_counter() - built, once=built - start)
        return found

    @property
    def cost(self) -> float:
        """The share of the training time that scores have taken so far."""
        return self.budget.spent / max(self.trainer.seconds, 1e-9)

    def _build(self) -> Callable[[], ScoredStep]:
        from gan_core.evaluation import training_score

        weights = "ema" if self.trainer.ema else "raw"
        build = {
            "light": training_score.light,
            "full": partial(training_score.full, config=self.trainer.config.data, weights=weights),
        }
        look = build[self.kind](self.dataset)

        def score() -> ScoredStep:
            seen = look(self._draw)
            best = BestWeights(step=self.trainer.step, value=seen.value, low=seen.low, high=seen.high, **seen.how)
            distance = {"frechet/distance": seen.value, "frechet/low": seen.low, "frechet/high": seen.high}
            return ScoredStep(distance | seen.row, best)

        return score

    def _draw(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Pictures uint8 (count, C, H, W) and labels int64 (count,), −1 for a generator that is told no class."""
        trainer, network = self.trainer, self.trainer.config.network
        drawer = trainer.ema.average if trainer.ema else trainer.G
        labels = np.sort(self.dataset.labels)[np.arange(count) * len(self.dataset) // count]  # each class by its share
        z = latent.fixed(count, network.z_dim, SEED, network.z_distribution)
        images = sampling.generate(drawer, z, torch.from_numpy(labels))
        if not trainer.variant.is_conditional(trainer.config):
            labels = np.full(count, -1, dtype=np.int64)
        return np.ascontiguousarray(images.transpose(0, 3, 1, 2)), labels


def _reason(error: Exception) -> str:
    """Why there is no score, a sentence; what torch says of memory are many."""
    if isinstance(error, torch.OutOfMemoryError):
        return "The device has too little memory for them."
    if isinstance(error, OSError):
        return f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}."
    return str(error)
