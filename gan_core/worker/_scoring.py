"""Scores while a run trains: when one is due, what it measures, and what it costs."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from gan_core.data import Dataset
from gan_core.nets import latent, sampling
from gan_core.runs import BestWeights
from gan_core.system.errors import WorkshopError
from gan_core.training.events import Row
from gan_core.training.trainer import Trainer

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


@dataclass(frozen=True)
class ScoredStep:
    """What a score adds to the row of its step, and the record to keep if it is the best so far."""

    row: Row
    best: BestWeights


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
        self._score: Callable[[], ScoredStep] | None = None

    def due(self) -> bool:
        """Whether to score at this step."""
        return self.kind != "off" and not self.warning and self.budget.due(self.trainer.step, self.trainer.seconds)

    def score(self) -> ScoredStep | None:
        """Score the weights as they are now; None, with the reason in `warning`, if that is impossible."""
        start = time.perf_counter()
        try:
            if self._score is None:
                self._score = self._build()
            built = time.perf_counter()
            scored = self._score()
        except (WorkshopError, OSError, torch.OutOfMemoryError) as error:
            self.warning = f"It trains without scores: {_reason(error)}"
            return None
        self.budget.charge(time.perf_counter() - built, once=built - start)
        return scored

    @property
    def cost(self) -> float:
        """The share of the training time that scores have taken so far."""
        return self.budget.spent / max(self.trainer.seconds, 1e-9)

    def _build(self) -> Callable[[], ScoredStep]:
        from gan_core.evaluation import training_score

        if self.kind == "light":
            measure = training_score.quick_score(self.dataset)
        else:
            measure = training_score.full_score(self.dataset, self.trainer.config.data)

        def score() -> ScoredStep:
            result = measure(self._draw)
            measured = {name: getattr(result, name) for name in ("value", "low", "high", "extractor", "count")}
            best = BestWeights(step=self.trainer.step, **measured)
            frechet = {"frechet/distance": result.value, "frechet/low": result.low, "frechet/high": result.high}
            return ScoredStep(frechet | result.columns, best)

        return score

    def _draw(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Images uint8 (count, C, H, W) and labels int64 (count,), −1 if the generator is unconditional."""
        trainer, network = self.trainer, self.trainer.config.network
        generator = trainer.ema.average if trainer.ema else trainer.G
        labels = np.sort(self.dataset.labels)[np.arange(count) * len(self.dataset) // count]  # each class by its share
        z = latent.fixed(count, network.z_dim, SEED, network.z_distribution)
        images = sampling.generate(generator, z, torch.from_numpy(labels))
        if not trainer.variant.is_conditional(trainer.config):
            labels = np.full(count, -1, dtype=np.int64)
        return np.ascontiguousarray(images.transpose(0, 3, 1, 2)), labels


def _reason(error: Exception) -> str:
    """Why there is no score, in one sentence; torch's own message about memory is a paragraph."""
    if isinstance(error, torch.OutOfMemoryError):
        return "The device has too little memory for them."
    if isinstance(error, OSError):
        return f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}."
    return str(error)
