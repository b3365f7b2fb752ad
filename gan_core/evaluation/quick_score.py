"""A cheap score for use during training: Fréchet distance, class coverage and pairwise distance of 2,000 pictures."""

import time
from dataclasses import dataclass

from gan_core.data import Dataset
from gan_core.evaluation import metrics
from gan_core.evaluation.evaluate import Draw
from gan_core.evaluation.extractors import Extractor
from gan_core.evaluation.metrics import Inputs, Value
from gan_core.evaluation.reference import Reference

COUNT = 2_000


@dataclass(frozen=True)
class LightScore:
    """What one look found, and what it cost. `coverage` is None where the extractor knows no classes."""

    frechet: Value
    coverage: Value | None
    pairwise: Value
    seconds: float
    """The whole look, drawing included."""


class Light:
    """Scores samples of one run while it trains.

    Built once from the run's training pictures, whose features come through the cache. `extractor` (see
    `extractors.choice.choose`) and `count` decide what its scores can be compared with.
    """

    def __init__(self, dataset: Dataset, *, extractor: str | None = None, count: int = COUNT) -> None:
        self.count = count
        self.reference = Reference.of(dataset, extractor)

    @property
    def extractor(self) -> Extractor:
        return self.reference.extractor

    @property
    def digest(self) -> str:
        """A hash of the real pictures compared with."""
        return self.reference.digest

    def score(self, draw: Draw) -> LightScore:
        """The scores of `draw(self.count)`: pictures uint8 (N, C, H, W) and labels (N,), which are not needed."""
        start = time.perf_counter()
        images, _ = draw(self.count)
        inputs = Inputs(self.reference.look_at(images), self.reference.sample, self.reference.class_names)
        coverage = metrics.get("class_coverage")
        return LightScore(
            frechet=metrics.get("frechet").compute(inputs),
            coverage=None if inputs.lacks(coverage) else coverage.compute(inputs),
            pairwise=metrics.get("pairwise").compute(inputs),
            seconds=time.perf_counter() - start,
        )
