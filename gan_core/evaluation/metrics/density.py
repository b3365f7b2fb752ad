"""Density (Naeem et al., 2020): precision that outliers among the real pictures cannot inflate."""

import torch
from torch import Tensor

from gan_core.evaluation.metrics import Inputs, Metric, Value, intervals
from gan_core.evaluation.metrics import _neighbours as neighbours

NEIGHBOURS = 5
"""k, as in the paper."""


def inside(inputs: Inputs) -> Tensor:
    """bool (generated, real): within the ball from that real picture to its fifth-nearest real one; computed once."""
    if "inside" not in inputs.shared:
        generated, real = neighbours.equal_counts(inputs)
        radii = neighbours.nearest(real, real, NEIGHBOURS, leave_out_self=True)[0][:, -1]
        inputs.shared["inside"] = torch.cdist(generated, real) < radii
    return inputs.shared["inside"]


def compute(inputs: Inputs) -> Value:
    """In how many real pictures' balls a generated one lies on average, by k: 0 or more, 1 for real pictures.

    From features (N, D) and (M, D) (section 3.2); raises WorkshopError for fewer than 6 of each kind.
    """
    counts = inside(inputs).sum(dim=1).double() / NEIGHBOURS
    low, high = intervals.bootstrap(counts.numpy(), inputs.seed)
    return Value(counts.mean().item(), low, high, {"neighbours": NEIGHBOURS, "count": len(counts)})


METRIC = Metric(
    title="Density",
    better="higher",
    read="How crowded with real pictures the places are where generated ones lie: about 1 is as real ones lie; above 1 "
    "they keep to the most usual looks.",
    interval="bootstrap over the generated pictures",
    paper="https://arxiv.org/abs/2002.09797",
    compute=compute,
    order=42,
)
