"""A cheap score for use during training: Fréchet distance, class coverage and pairwise distance of 2,000 pictures."""

import time
from dataclasses import dataclass

import numpy as np

from gan_core import data, feature_cache, metrics
from gan_core.data import Dataset
from gan_core.evaluation import Draw
from gan_core.extractors.choice import choose, content, knows, narrowed
from gan_core.metrics import Inputs, Sample, Value

COUNT = 2_000
REFERENCE_COUNT = 10_000


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
        self.extractor, self.count, self.classes = choose(dataset, extractor), count, dataset.classes
        self.columns = knows(self.extractor, dataset.classes)
        chosen = data.stratified(dataset.labels, min(REFERENCE_COUNT, len(dataset)))
        images = dataset.images[chosen]
        found = feature_cache.features(self.extractor, images)
        self.digest = content(images)
        self.reference = Sample(found.features, narrowed(found, self.columns))
        self.reference.__dict__["statistics"] = feature_cache.statistics(
            f"{self.digest}-{self.extractor.digest}-statistics", found.features
        )

    def score(self, draw: Draw) -> LightScore:
        """The scores of `draw(self.count)`: pictures uint8 (N, C, H, H) and labels (N,), which are not needed."""
        start = time.perf_counter()
        images, _ = draw(self.count)
        found = self.extractor.features(np.ascontiguousarray(images))
        generated = Sample(found.features, narrowed(found, self.columns))
        inputs = Inputs(generated, self.reference, self.classes)
        coverage = metrics.get("class_coverage")
        return LightScore(
            frechet=metrics.get("frechet").compute(inputs),
            coverage=None if inputs.lacks(coverage) else coverage.compute(inputs),
            pairwise=metrics.get("pairwise").compute(inputs),
            seconds=time.perf_counter() - start,
        )
