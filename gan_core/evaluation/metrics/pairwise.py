"""Mean pairwise distance of features: diversity within a batch."""

import torch

from gan_core.evaluation.metrics import Inputs, Metric, Value
from gan_core.evaluation.metrics import _intervals as intervals
from gan_core.evaluation.metrics import _neighbours as neighbours
from gan_core.system.errors import WorkshopError

MOST = 2_000
"""Pictures taken; all their pairs are two million."""


def compute(inputs: Inputs) -> Value:
    """Over all pairs of at most 2,000 generated pictures, as a share of the same among real ones; needs 2 of each."""
    (mine, error), (real, real_error) = (
        of(part.features, inputs.seed) for part in (inputs.generated, inputs.reference)
    )
    if real == 0:
        raise WorkshopError("The mean pairwise distance has no scale: all real pictures have the same features.")
    value = mine / real
    total = (error**2 + (value * real_error) ** 2) ** 0.5 / real
    low, high = intervals.around(value, total)
    return Value(value, max(0.0, low), high, {"generated": mine, "real": real})


def of(features: torch.Tensor, seed: int = 0) -> tuple[float, float]:
    """The mean distance between two of `features` (N, D), and its standard error (Hoeffding, 1948)."""
    chosen = neighbours.some(features, MOST, seed)
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
    paper="https://arxiv.org/abs/1801.03924",
    compute=compute,
    order=80,
)
