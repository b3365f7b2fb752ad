"""Memorisation: are generated pictures nearer to the training set than real ones it does not hold?

The test of Meehan et al. (2020), Mann-Whitney's U of the distances, as a share.
"""

import numpy as np

from gan_core.evaluation.metrics import Inputs, Metric, Value
from gan_core.evaluation.metrics import _neighbours as neighbours

DRAWS = 200


def compute(inputs: Inputs) -> Value:
    """How often a generated picture is nearer to its nearest training picture than a random unseen real one is.

    `details` holds `nearest` and `distances` of each generated picture, and `copies`, the share of those nearer than
    99 in 100 unseen ones.
    """
    assert inputs.training is not None and inputs.unseen is not None
    distances, indices = neighbours.nearest(inputs.generated.features, inputs.training)
    mine, unseen = distances[:, 0].double().numpy(), inputs.unseen_distances
    if unseen is None:
        unseen = neighbours.nearest(inputs.unseen, inputs.training)[0][:, 0]
    other = np.sort(unseen.double().numpy())
    further = (np.searchsorted(other, mine, "left") + np.searchsorted(other, mine, "right")) / 2
    won = 1 - further / len(other)  # the share of unseen pictures that are further away; ties count half
    error = np.sqrt(won.var() / len(won) + _placements(other, mine).var() / len(other))
    value = float(won.mean())
    details = {
        "copies": float((mine < np.quantile(other, 0.01)).mean()),
        "nearest": indices[:, 0].tolist(),
        "distances": [float(f"{distance:.5g}") for distance in mine],
        "median_generated": float(np.median(mine)),
        "median_unseen": float(np.median(other)),
    }
    return Value(value, max(0.0, value - 1.96 * error), min(1.0, value + 1.96 * error), details)


def _placements(other: np.ndarray, mine: np.ndarray) -> np.ndarray:
    """For each unseen picture the share of generated ones that are nearer (DeLong et al., 1988)."""
    ordered = np.sort(mine)
    return (np.searchsorted(ordered, other, "left") + np.searchsorted(ordered, other, "right")) / 2 / len(mine)


METRIC = Metric(
    title="Memorisation",
    better="none",
    read="How often a generated picture is nearer to the training set than an unseen real one: 0.5 is as unseen ones, "
    "towards 1 the training pictures are copied, towards 0 the pictures are unlike any.",
    interval="DeLong's, for Mann-Whitney's U",
    paper="https://arxiv.org/abs/2004.05675",
    compute=compute,
    needs=("training",),
    order=70,
)
