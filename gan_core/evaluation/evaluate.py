"""Scoring a model: draw pictures, extract features, and let every metric compare them with real ones."""

import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from gan_core import data
from gan_core.evaluation import metrics
from gan_core.evaluation.metrics import Inputs, Metric, Value
from gan_core.evaluation.reference import Memory, Reference, at_most
from gan_core.models import checkpoint, foreign
from gan_core.nets import latent, sampling
from gan_core.runs import scores
from gan_core.runs.scores import Score, ScoreReport, ScoringProtocol
from gan_core.system.errors import WorkshopError

COUNT = 5_000
ALLOWED = (50, 100_000)

Draw = Callable[[int], tuple[np.ndarray, np.ndarray]]
"""count → pictures uint8 (count, C, H, W) and labels int64 (count,), −1 where the model is told no class."""


def evaluate_file(
    path: Path,
    *,
    count: int = COUNT,
    extractor: str | None = None,
    raw: bool = False,
    seed: int = 0,
    subject: str | None = None,
    floor: bool = False,
    split: str = "train",
) -> ScoreReport:
    """Score a file of weights against the data set it learned from, the whole of its classes.

    `extractor` is a name or None for the best; `raw` takes the last weights instead of their average. `split` says
    which real pictures are the reference, `train` or `test`. `floor` adds what unseen real pictures score in place
    of generated ones; against the test pictures there is none, for they are the unseen ones. Raises WorkshopError.
    """
    check(count, seed)
    if floor and split == "test":
        raise WorkshopError(
            "floor: it was asked for against the test pictures, but those are the unseen pictures that it is made of; "
            "allowed: against the training pictures."
        )
    model = foreign.load(path, raw=raw)
    config = model.config.data
    real_pictures = data.load(config.dataset, split=split, classes=config.classes, size=config.size)
    against = Reference.of(real_pictures, extractor)
    memory = Memory.of(config, against.extractor)
    weights: Literal["ema", "raw"] = "ema" if model.ema else "raw"
    report = evaluate(
        drawing(model, seed, against),
        against,
        memory,
        subject=subject or path.name,
        weights=weights,
        count=count,
        seed=seed,
        step=model.step,
    )
    if raw and "ema" in checkpoint.networks_in(path):
        report = report.model_copy(update={"protocol": report.protocol.model_copy(update={"by_choice": True})})
    return _with_floor(report, against, memory, model.conditional) if floor else report


def evaluate(
    draw: Draw,
    against: Reference,
    memory: Memory | None = None,
    *,
    subject: str,
    weights: Literal["ema", "raw", "real"],
    count: int = COUNT,
    seed: int = 0,
    step: int | None = None,
    only: Collection[str] | None = None,
) -> ScoreReport:
    """Every metric on `count` pictures of `draw`, 50 to 100,000, or `only` those; WorkshopError for another count.

    A metric that lacks something, `memory` for instance, is among the report's `skipped`, with the reason.
    """
    check(count, seed)
    start = time.perf_counter()
    images, labels = draw(count)
    inputs = Inputs(
        against.look_at(images, labels),
        against.sample,
        against.class_names,
        training=memory and memory.training,
        unseen=memory and memory.unseen_features,
        unseen_distances=memory and memory.distances,
        seed=seed,
    )
    protocol = ScoringProtocol(
        extractor=against.extractor.name,
        extractor_digest=against.extractor.digest,
        count=count,
        reference=against.name,
        reference_count=len(against.sample),
        reference_digest=against.digest,
        split=against.split,
        classes=against.classes,
        weights=weights,
        seed=seed,
    )
    found: dict[str, Score] = {}
    skipped: dict[str, str] = {}
    for name, metric in metrics.all_metrics().items():
        if only is not None and name not in only:
            continue
        try:
            found[name] = _score(name, metric, metric.compute(inputs.having(metric)), protocol)
        except WorkshopError as error:  # it lacks something or needs more pictures; the others still count
            skipped[name] = str(error)
    seconds = time.perf_counter() - start
    return ScoreReport(subject=subject, step=step, protocol=protocol, scores=found, skipped=skipped, seconds=seconds)


def check(count: int, seed: int) -> None:
    """Raise WorkshopError for a count that cannot be scored, or a seed that is none."""
    if not 0 <= seed < 2**31:
        raise WorkshopError(f"seed: {seed} was given; allowed: 0 to {2**31 - 1:,}.")
    if not ALLOWED[0] <= count <= ALLOWED[1]:
        raise WorkshopError(f"count: {count} was given; allowed: {ALLOWED[0]} to {ALLOWED[1]:,}.")


def drawing(model: checkpoint.Model, seed: int, against: Reference) -> Draw:
    """Draws pictures of `model`, always from the beginning of `seed`'s noise.

    A conditional model is asked for each class as often as it appears among the real pictures.
    """
    network, real_labels = model.config.network, against.sample.labels
    assert real_labels is not None
    in_order = np.sort(real_labels.numpy())

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        z = latent.fixed(count, network.z_dim, seed, network.z_distribution)
        labels = in_order[np.arange(count) * len(in_order) // count] if model.conditional else np.full(count, -1)
        images = sampling.generate(model.generator, z, torch.from_numpy(labels) if model.conditional else None)
        return images.transpose(0, 3, 1, 2), labels

    return draw


def real(dataset: data.Dataset, labelled: bool = False) -> Draw:
    """Pictures of `dataset` in the place of generated ones, each class by its share."""

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = at_most(dataset, count)
        return chosen.images, chosen.labels if labelled else np.full(len(chosen), -1)

    return draw


def _with_floor(report: ScoreReport, against: Reference, memory: Memory, conditional: bool) -> ScoreReport:
    """`report` with the scores of as many unseen real pictures."""
    count, there = report.protocol.count, len(memory.unseen)
    if there < count:
        why = f"There are {there:,} unseen real pictures, and scores of different counts cannot be compared."
        return report.model_copy(update={"skipped": report.skipped | {"floor": why}})
    floor = evaluate(
        real(memory.unseen, conditional), against, memory, subject="unseen real pictures", weights="real", count=count
    )
    return report.model_copy(update={"floor": floor.scores})


def _score(name: str, metric: Metric, value: Value, protocol: ScoringProtocol) -> Score:
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
