"""Scoring a model: draw pictures, extract features, and let every metric compare them with real ones."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from gan_core import checkpoint, data, feature_cache, metrics, scores
from gan_core.config import DataConfig
from gan_core.data import Dataset
from gan_core.errors import WorkshopError
from gan_core.extractors import Extractor
from gan_core.extractors.choice import choose, content, knows, narrowed
from gan_core.metrics import Inputs, Sample, Value, neighbours
from gan_core.scores import Protocol, Report, Score

COUNT = 5_000
REFERENCE_COUNT = 10_000
ALLOWED = (50, 100_000)

Draw = Callable[[int], tuple[np.ndarray, np.ndarray]]
"""count → pictures uint8 (count, C, H, H) and labels int64 (count,), −1 where the model is told no class."""


@dataclass(frozen=True, eq=False)
class Reference:
    """Real pictures as an extractor sees them; `training` and `unseen` serve the memorisation score."""

    extractor: Extractor
    columns: list[int] | None
    name: str
    digest: str
    classes: tuple[str, ...]
    sample: Sample
    training: Tensor
    unseen: Tensor | None
    unseen_distances: Tensor | None

    def sample_of(self, images: np.ndarray, labels: np.ndarray | None) -> Sample:
        """Features and logits of pictures uint8 (N, C, H, H), ready for metrics."""
        found = self.extractor.features(images)
        asked = None if labels is None or (labels < 0).any() else torch.from_numpy(labels)
        return Sample(found.features, narrowed(found, self.columns), asked, torch.from_numpy(images))


def reference(
    config: DataConfig, extractor: str | None = None, count: int = REFERENCE_COUNT, memorisation: bool = True
) -> Reference:
    """`count` training pictures of `config`'s data set, spread over classes, by `extractor` (see `choose`).

    All its features come through the cache. The pictures compared with are of the whole split, those asked about
    for memorisation only the `limit` that the run learned from. Raises WorkshopError.
    """
    whole = data.load(config.dataset, classes=config.classes, size=config.size)
    dataset = _at_most(whole, count)
    eyes = choose(whole, extractor)
    columns = knows(eyes, whole.classes)
    found = feature_cache.features(eyes, dataset.images)
    digest = content(dataset.images)
    statistics = feature_cache.statistics(f"{digest}-{eyes.digest}-statistics", found.features)
    sample = Sample(found.features, narrowed(found, columns), torch.from_numpy(dataset.labels))
    sample.__dict__["statistics"] = statistics  # so that it is not worked out again
    training, unseen, distances = found.features, None, None
    if memorisation:
        learned = whole if config.limit is None else _at_most(whole, config.limit)
        unseen_pictures = data.load(config.dataset, split="test", classes=config.classes, size=config.size)
        training = feature_cache.features(eyes, learned.images).features
        unseen = feature_cache.features(eyes, unseen_pictures.images).features
        key = f"{content(learned.images)}-{content(unseen_pictures.images, eyes.digest)}-distances"
        distances = feature_cache.tensors(
            key, lambda: {"distances": neighbours.nearest(unseen, training)[0][:, 0].contiguous()}
        )["distances"]
    name = f"{config.dataset}, training pictures"
    return Reference(eyes, columns, name, digest, whole.classes, sample, training, unseen, distances)


def evaluate(
    draw: Draw,
    against: Reference,
    *,
    subject: str,
    weights: Literal["ema", "raw", "real"],
    count: int = COUNT,
    seed: int = 0,
    step: int | None = None,
) -> Report:
    """Every metric on `count` pictures of `draw`, 50 to 100,000; raises WorkshopError for another count."""
    if not ALLOWED[0] <= count <= ALLOWED[1]:
        raise WorkshopError(f"count: {count} was given; allowed: {ALLOWED[0]} to {ALLOWED[1]:,}.")
    start = time.perf_counter()
    images, labels = draw(count)
    inputs = Inputs(
        generated=against.sample_of(images, labels),
        reference=against.sample,
        classes=against.classes if against.columns is not None else (),
        training=against.training,
        unseen=against.unseen,
        unseen_distances=against.unseen_distances,
        seed=seed,
    )
    protocol = Protocol(
        extractor=against.extractor.name,
        extractor_digest=against.extractor.digest,
        count=count,
        reference=against.name,
        reference_count=len(against.sample),
        reference_digest=against.digest,
        classes=against.classes,
        weights=weights,
        seed=seed,
    )
    found: dict[str, Score] = {}
    skipped: dict[str, str] = {}
    for name, metric in metrics.all_metrics().items():
        why = inputs.lacks(metric)
        if why:
            skipped[name] = why
            continue
        try:
            found[name] = _score(name, metric, metric.compute(inputs), protocol)
        except WorkshopError as error:  # too few pictures for this one; the others still count
            skipped[name] = str(error)
    seconds = time.perf_counter() - start
    return Report(subject=subject, step=step, protocol=protocol, scores=found, skipped=skipped, seconds=seconds)


def evaluate_file(
    path: Path,
    *,
    count: int = COUNT,
    extractor: str | None = None,
    raw: bool = False,
    seed: int = 0,
    subject: str | None = None,
) -> Report:
    """`evaluate` for a file of weights, against the data set it learned from; raises WorkshopError."""
    model = checkpoint.load(path, raw=raw)
    weights: Literal["ema", "raw"] = "ema" if model.ema else "raw"
    against = reference(model.config.data, extractor)
    draw = drawing(model, seed)
    return evaluate(
        draw, against, subject=subject or path.name, weights=weights, count=count, seed=seed, step=model.step
    )


def drawing(model: checkpoint.Model, seed: int) -> Draw:
    """Draws pictures of `model`, always from the beginning of `seed`'s noise; all classes in turn."""

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        images, labels = model.sample(count, seed)
        return np.ascontiguousarray(images.transpose(0, 3, 1, 2)), labels

    return draw


@cache
def _metric(name: str) -> metrics.Metric:
    return metrics.get(name)


def _score(name: str, metric: metrics.Metric, value: Value, protocol: Protocol) -> Score:
    titles = {"frechet": scores.frechet_title(protocol)}
    return Score(
        id=name,
        title=titles.get(name, metric.title),
        value=value.value,
        low=value.low,
        high=value.high,
        better=metric.better,
        read=metric.read,
        interval=metric.interval,
        details=dict(value.details),
    )


def _at_most(dataset: Dataset, count: int) -> Dataset:
    if count >= len(dataset):
        return dataset
    chosen = data.stratified(dataset.labels, count)
    from dataclasses import replace

    return replace(dataset, images=dataset.images[chosen], labels=dataset.labels[chosen])
