"""Metrics: one file each; the file name is its id, `METRIC` describes it.

Offers `all_metrics` and `get`, and what a metric is written against: `Inputs`, `Sample`, `Value`, `Metric`. Metrics
are pure functions of features: they read nothing and run no network. Start with `frechet`.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Literal

from torch import Tensor

from gan_core.system import discovery

Need = Literal["logits", "labels", "images", "training"]

_MISSING: dict[Need, str] = {
    "logits": "The extractor knows no classes of this data set.",
    "labels": "Only for conditional models.",
    "images": "The pictures themselves are needed.",
    "training": "Needs the training pictures and unseen ones.",
}


@dataclass(frozen=True, eq=False)
class Sample:
    """A set of N pictures as metrics see it.

    `features` float32 (N, D). `logits` (N, K) of the classifier, if there is one. `labels` int64 (N,): the classes
    of real pictures, or those a conditional generator was given. `images` uint8 (N, C, H, H). `precomputed`: its
    `statistics`, if they are known.
    """

    features: Tensor
    logits: Tensor | None = None
    labels: Tensor | None = None
    images: Tensor | None = None
    precomputed: Mapping[str, Any] | None = None

    def __len__(self) -> int:
        return len(self.features)

    @cached_property
    def statistics(self) -> Mapping[str, Any]:
        """Mean `mu` (D,) and covariance `sigma` (D, D) of the features, float64."""
        from gan_core.evaluation.metrics._gaussian import statistics

        return self.precomputed or statistics(self.features)


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a metric compares: `generated` pictures with real ones, the `reference`.

    `training` (N, D) and `unseen` (M, D) are features of the training pictures and of real ones that the model never
    saw; `unseen_distances` (M,) those of the latter to the nearest of the former, if known. `classes` names the K
    logits. `seed` decides every random choice inside a metric.
    """

    generated: Sample
    reference: Sample
    classes: tuple[str, ...] = ()
    training: Tensor | None = None
    unseen: Tensor | None = None
    unseen_distances: Tensor | None = None
    seed: int = 0

    @cached_property
    def shared(self) -> dict[str, Any]:
        """Intermediate results that several metrics use, by name."""
        return {}

    def missing(self, metric: "Metric") -> str | None:
        """Why `metric` cannot be computed from these, a sentence; None when it can."""
        has = {
            "logits": self.generated.logits is not None and self.reference.logits is not None,
            "labels": self.generated.labels is not None and self.reference.labels is not None,
            "images": self.generated.images is not None,
            "training": self.training is not None and self.unseen is not None,
        }
        return next((_MISSING[need] for need in metric.needs if not has[need]), None)


@dataclass(frozen=True)
class Value:
    """A score with its 95 % interval; `details` are plain numbers, lists and names for JSON and for pages."""

    value: float
    low: float
    high: float
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Metric:
    """One way to score generated pictures.

    `better`: which direction is. `read`: a sentence on how to read it. `interval`: the method of its interval.
    `compute` returns its Value, or raises WorkshopError for too few pictures. `needs`: what it takes beside features.
    `order` sorts tables.
    """

    title: str
    better: Literal["lower", "higher", "none"]
    read: str
    interval: str
    paper: str
    compute: Callable[[Inputs], Value]
    needs: tuple[Need, ...] = ()
    order: int = 100


@cache
def all_metrics() -> dict[str, Metric]:
    """Every metric by id, in the order of tables."""
    metrics: dict[str, Metric] = discovery.discover(sys.modules[__name__], "METRIC")
    return dict(sorted(metrics.items(), key=lambda item: item[1].order))


def get(name: str) -> Metric:
    """The metric with this id; raises WorkshopError with the valid ones."""
    return discovery.look_up(all_metrics(), name, "metric")
