"""Density (Naeem et al., 2020): precision that one odd real picture cannot inflate."""

import torch
from torch import Tensor

from gan_core.evaluation.metrics import Inputs, Metric, Value
from gan_core.evaluation.metrics import _intervals as intervals
from gan_core.evaluation.metrics import _neighbours as neighbours

NEIGHBOURS = 5


def inside(inputs: Inputs) -> Tensor:
    """bool (generated, real): within the ball to that real picture's fifth-nearest real one; worked out once."""
    if "inside" not in inputs.shared:
        generated, real = neighbours.pair(inputs)
        radii = neighbours.nearest(real, real, NEIGHBOURS, leave_out_self=True)[0][:, -1]
        inputs.shared["inside"] = torch.cdist(generated, real) < radii
    return inputs.shared["inside"]


def compute(inputs: Inputs) -> Value:
    """How many of the k balls that a real picture lies in, on average, a generated one does; needs 6 of each."""
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
