"""Memorisation: are generated pictures nearer to the training set than unseen real ones? (Meehan et al., 2020)"""

import numpy as np

from gan_core.evaluation.metrics import Inputs, Metric, Value
from gan_core.evaluation.metrics import _neighbours as neighbours


def compute(inputs: Inputs) -> Value:
    """How often, 0 to 1, a generated picture is nearer to its nearest training picture than a random unseen one is.

    From features (N, D) of generated, training and unseen pictures: Mann-Whitney's U of the distances, as a share.
    `details` holds `nearest` and `distances` of each generated picture, and `copies`, the share of those nearer than
    99 in 100 unseen ones.
    """
    assert inputs.training is not None and inputs.unseen is not None
    distances, indices = neighbours.nearest(inputs.generated.features, inputs.training)
    unseen = inputs.unseen_distances
    if unseen is None:
        unseen = neighbours.nearest(inputs.unseen, inputs.training)[0][:, 0]
    generated, held_out = distances[:, 0].double().numpy(), np.sort(unseen.double().numpy())
    further = 1 - _share_below(held_out, generated)  # of the unseen pictures; ties count half
    nearer = _share_below(np.sort(generated), held_out)  # of the generated ones (DeLong et al., 1988)
    error = np.sqrt(further.var() / len(generated) + nearer.var() / len(held_out))
    value = float(further.mean())
    details = {
        "copies": float((generated < np.quantile(held_out, 0.01)).mean()),
        "nearest": indices[:, 0].tolist(),
        "distances": [float(f"{distance:.5g}") for distance in generated],
        "median_generated": float(np.median(generated)),
        "median_unseen": float(np.median(held_out)),
    }
    return Value(value, max(0.0, value - 1.96 * error), min(1.0, value + 1.96 * error), details)


def _share_below(ordered: np.ndarray, values: np.ndarray) -> np.ndarray:
    """For each of `values` the share of `ordered` that is smaller; ties count half."""
    return (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / 2 / len(ordered)


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
