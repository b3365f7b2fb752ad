"""One file, one metric: the file name is its id, `METRIC` what it is.

Metrics are pure functions of features: nothing is read, no network runs. What extracts the features is the caller's
choice (`gan_core.evaluation.extractors`); so is what stands beside each score.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, Literal

from torch import Tensor

from gan_core.system import discovery
from gan_core.system.errors import WorkshopError

Better = Literal["lower", "higher", "none"]
Need = Literal["logits", "asked", "images", "training"]


@dataclass(frozen=True, eq=False)
class Sample:
    """A set of N pictures as metrics see it.

    `features` float32 (N, D). `logits` (N, K) of the classifier, if there is one. `labels` int64 (N,): the classes
    of real pictures, or those a conditional generator was asked for. `images` uint8 (N, C, H, H). `known`: its
    mean and covariance, if they have been worked out before.
    """

    features: Tensor
    logits: Tensor | None = None
    labels: Tensor | None = None
    images: Tensor | None = None
    known: Mapping[str, Any] | None = None

    def __len__(self) -> int:
        return len(self.features)

    @cached_property
    def statistics(self) -> Mapping[str, Any]:
        """Mean `mu` (D,) and covariance `sigma` (D, D) for the Fréchet distance, worked out once."""
        from gan_core.evaluation.metrics._gaussian import statistics

        return self.known or statistics(self.features)


@dataclass(frozen=True, eq=False)
class Inputs:
    """What is compared: `generated` pictures with real ones, the `reference`.

    `training` and `unseen` are features (N, D) of the pictures the model learned from and of real ones it never saw;
    `unseen_distances` (N,) may hold what the latter are apart from the former, if known. `classes` names the K
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
        """Results that several metrics need, kept by name."""
        return {}

    def lacks(self, metric: "Metric") -> str | None:
        """Why `metric` cannot be told here, a sentence; None when it can."""
        held = {
            "logits": self.generated.logits is not None and self.reference.logits is not None,
            "asked": self.generated.labels is not None and self.reference.labels is not None,
            "images": self.generated.images is not None,
            "training": self.training is not None and self.unseen is not None,
        }
        return next((WHY_NOT[need] for need in metric.needs if not held[need]), None)

    def having(self, metric: "Metric") -> "Inputs":
        """These inputs; raises WorkshopError when they lack what `metric` needs."""
        why = self.lacks(metric)
        if why:
            raise WorkshopError(why)
        return self


WHY_NOT: Mapping[Need, str] = MappingProxyType(
    {
        "logits": "The extractor knows no classes of this data set.",
        "asked": "Only for models that are told the class.",
        "images": "The pictures themselves are needed.",
        "training": "Needs the training pictures and unseen ones.",
    }
)


@dataclass(frozen=True)
class Value:
    """A score with its 95 % interval; `details` are plain numbers, lists and names that a page may draw."""

    value: float
    low: float
    high: float
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Metric:
    """One way to score generated pictures.

    `better`: which direction is. `read`: a sentence on how to read it. `interval`: how its interval comes about.
    `compute` gives its Value or raises WorkshopError for too few pictures. `needs`: what beside features it takes.
    `order` sorts tables.
    """

    title: str
    better: Better
    read: str
    interval: str
    paper: str
    compute: Callable[[Inputs], Value]
    needs: tuple[Need, ...] = ()
    order: int = 100


@cache
def all_metrics() -> dict[str, Metric]:
    """Every metric by id, in the order of tables."""
    found: dict[str, Metric] = discovery.discover(sys.modules[__name__], "METRIC")
    return dict(sorted(found.items(), key=lambda item: item[1].order))


def get(name: str) -> Metric:
    """The metric called `name`; raises WorkshopError with the valid names."""
    return discovery.look_up(all_metrics(), name, "metric")
