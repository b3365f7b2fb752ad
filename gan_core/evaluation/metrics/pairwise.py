"""Mean pairwise distance of features: diversity within a batch (cf. Zhu et al., 2017, who take LPIPS)."""

import torch

from gan_core.evaluation.metrics import Inputs, Metric, Value
from gan_core.evaluation.metrics import _neighbours as neighbours
from gan_core.evaluation.metrics.intervals import normal
from gan_core.system.errors import WorkshopError

MAX_COUNT = 2_000
"""Pictures taken; all their pairs are two million."""


def compute(inputs: Inputs) -> Value:
    """The mean over all pairs of generated pictures, by that of real ones: 0 or more, without unit.

    From at most MAX_COUNT of the features (N, D) and (M, D). Raises WorkshopError for fewer than 2 pictures of a kind.
    """
    generated, error = mean_distance(inputs.generated.features, inputs.seed)
    real, real_error = mean_distance(inputs.reference.features, inputs.seed)
    if real == 0:
        raise WorkshopError("The mean pairwise distance has no scale: all real pictures have the same features.")
    value = generated / real
    total = (error**2 + (value * real_error) ** 2) ** 0.5 / real
    return Value(value, *normal(value, total, 0.0), {"generated": generated, "real": real})


def mean_distance(features: torch.Tensor, seed: int = 0) -> tuple[float, float]:
    """The mean distance between two of `features` (N, D), and its standard error (Hoeffding, 1948)."""
    chosen = neighbours.subset(features, MAX_COUNT, seed)
    if len(chosen) < 2:
        raise WorkshopError(f"A mean pairwise distance needs at least 2 pictures; {len(chosen)} were given.")
    from_each = torch.cdist(chosen, chosen).fill_diagonal_(0).double().sum(dim=1) / (len(chosen) - 1)
    return from_each.mean().item(), 2 * from_each.std().item() / len(chosen) ** 0.5


METRIC = Metric(
    title="Pairwise distance",
    better="none",
    read="How different two generated pictures are on average, against two real ones: 1 is as real ones, near 0 all "
    "look alike.",
    interval="Hoeffding's, for a mean over pairs",
    paper="https://arxiv.org/abs/1711.11586",
    compute=compute,
    order=80,
)
