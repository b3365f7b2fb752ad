"""Scoring a model: draw pictures, extract features, and compare them with real ones by every metric."""

import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import nn

from gan_core import data
from gan_core.config import NetworkConfig
from gan_core.evaluation import metrics
from gan_core.evaluation.metrics import Inputs
from gan_core.evaluation.reference import MemorisationReference, Reference
from gan_core.models import checkpoint, foreign
from gan_core.nets import latent, sampling
from gan_core.runs import scores
from gan_core.runs.scores import Score, ScoreReport, ScoringProtocol
from gan_core.system.errors import WorkshopError, check_range

COUNT = 5_000
MIN_COUNT, MAX_COUNT = 50, 100_000

Draw = Callable[[int], tuple[np.ndarray, np.ndarray]]
"""count → pictures uint8 (count, C, H, W) and labels int64 (count,), −1 from an unconditional model."""


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
    """Score a weights file against the data set it was trained on, all pictures of its classes.

    `extractor` is a name or None for the best; `raw` takes the raw weights instead of the EMA. `split` is that of the
    real pictures, `train` or `test`. `floor` adds the scores of unseen real pictures in place of generated ones;
    against the test pictures there is none, for they are the unseen ones. Raises WorkshopError.
    """
    check(count, seed)
    if floor and split == "test":
        raise WorkshopError(
            "floor: it was asked for against the test pictures, but those are the unseen pictures that it is made of; "
            "allowed: against the training pictures."
        )
    model = foreign.load(path, raw=raw)
    config = model.config.data
    dataset = data.load(config.dataset, split=split, classes=config.classes, size=config.size)
    reference = Reference.from_dataset(dataset, extractor)
    memorisation = MemorisationReference.from_config(config, reference.extractor)
    report = evaluate(
        draw_from_model(model, seed, reference),
        reference,
        memorisation,
        subject=subject or path.name,
        weights="ema" if model.ema else "raw",
        by_choice=raw and "ema" in checkpoint.networks_in(path),
        count=count,
        seed=seed,
        step=model.step,
    )
    return _with_floor(report, reference, memorisation, model.conditional) if floor else report


def evaluate(
    draw: Draw,
    reference: Reference,
    memorisation: MemorisationReference | None = None,
    *,
    subject: str,
    weights: Literal["ema", "raw", "real"],
    by_choice: bool = False,
    count: int = COUNT,
    seed: int = 0,
    step: int | None = None,
    only: Collection[str] | None = None,
) -> ScoreReport:
    """Every metric, or `only` those, on `count` pictures of `draw`; `weights` and `by_choice` go into the protocol.

    A metric that lacks something, such as `memorisation`, is among the report's `skipped`, with the reason. Raises
    WorkshopError for a count or a seed out of range.
    """
    check(count, seed)
    start = time.perf_counter()
    images, labels = draw(count)
    inputs = Inputs(
        reference.extract(images, labels),
        reference.sample,
        reference.class_names,
        training=memorisation and memorisation.training,
        unseen=memorisation and memorisation.unseen_features,
        unseen_distances=memorisation and memorisation.distances,
        seed=seed,
    )
    protocol = ScoringProtocol(
        extractor=reference.extractor.name,
        extractor_digest=reference.extractor.digest,
        count=count,
        reference=reference.name,
        reference_count=len(reference.sample),
        reference_digest=reference.digest,
        split=reference.split,
        classes=reference.classes,
        weights=weights,
        by_choice=by_choice,
        seed=seed,
    )
    computed: dict[str, Score] = {}
    skipped: dict[str, str] = {}
    for name, metric in metrics.all_metrics().items():
        if only is not None and name not in only:
            continue
        if reason := inputs.missing(metric):
            skipped[name] = reason
            continue
        try:
            value = metric.compute(inputs)
        except WorkshopError as error:  # it needs more pictures; the others still count
            skipped[name] = str(error)
            continue
        title = scores.frechet_title(protocol) if name == "frechet" else metric.title
        meaning = {"better": metric.better, "read": metric.read, "interval": metric.interval}
        computed[name] = Score(id=name, title=title, **meaning, **vars(value))
    seconds = time.perf_counter() - start
    return ScoreReport(subject=subject, step=step, protocol=protocol, scores=computed, skipped=skipped, seconds=seconds)


def check(count: int, seed: int) -> None:
    """Raise WorkshopError for a count or a seed out of range."""
    check_range("seed", seed, 0, 2**31 - 1)
    check_range("count", count, MIN_COUNT, MAX_COUNT)


def draw_from_model(model: checkpoint.Model, seed: int, reference: Reference) -> Draw:
    """Draws from `model`, always from the beginning of `seed`'s noise, classes as often as they are in `reference`."""
    assert reference.sample.labels is not None
    return draw_from(model.generator, model.config.network, model.conditional, seed, reference.sample.labels.numpy())


def draw_from(
    generator: nn.Module, network: NetworkConfig, conditional: bool, seed: int, real_labels: np.ndarray
) -> Draw:
    """The same for a generator; a conditional one draws each class as often as it appears among `real_labels` (N,)."""
    in_order = np.sort(real_labels)

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        z = latent.fixed(count, network.z_dim, seed, network.z_distribution)
        labels = in_order[np.arange(count) * len(in_order) // count] if conditional else np.full(count, -1)
        images = sampling.generate(generator, z, torch.from_numpy(labels) if conditional else None)
        return images.transpose(0, 3, 1, 2), labels

    return draw


def draw_real(dataset: data.Dataset, labelled: bool = False) -> Draw:
    """Draws pictures of `dataset` in place of generated ones, each class by its share."""

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = data.stratified_subset(dataset, count)
        return chosen.images, chosen.labels if labelled else np.full(len(chosen), -1)

    return draw


def _with_floor(
    report: ScoreReport, reference: Reference, memorisation: MemorisationReference, conditional: bool
) -> ScoreReport:
    """`report` with the scores of as many unseen real pictures."""
    count, unseen = report.protocol.count, memorisation.unseen
    if len(unseen) < count:
        why = f"There are {len(unseen):,} unseen real pictures, and scores of different counts cannot be compared."
        return report.model_copy(update={"skipped": report.skipped | {"floor": why}})
    draw = draw_real(unseen, conditional)
    floor = evaluate(draw, reference, memorisation, subject="unseen real pictures", weights="real", count=count)
    return report.model_copy(update={"floor": floor.scores})
