"""Kernel distance (KID, Bińkowski et al., 2018), in separate blocks (Zaremba et al., 2013) for an honest error."""

import numpy as np
import torch
from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, kid_features_to_metric

from gan_core.evaluation.metrics import Inputs, Metric, Value
from gan_core.evaluation.metrics import _intervals as intervals
from gan_core.system.errors import WorkshopError

BLOCKS = 10


def compute(inputs: Inputs) -> Value:
    """The mean of torch-fidelity's unbiased estimate over ten separate blocks; needs 20 pictures of each kind.

    Its own hundred subsets share their pictures, so their spread says too little about the error of the mean.
    """
    count = min(len(inputs.generated), len(inputs.reference))
    size = count // BLOCKS
    if size < 2:
        raise WorkshopError(f"KID needs at least {2 * BLOCKS} pictures of each kind; {count} were given.")
    rng = np.random.default_rng(inputs.seed)
    mine = torch.from_numpy(rng.permutation(len(inputs.generated))[: BLOCKS * size]).view(BLOCKS, size)
    other = torch.from_numpy(rng.permutation(len(inputs.reference))[: BLOCKS * size]).view(BLOCKS, size)
    values = [
        block(inputs.generated.features[a], inputs.reference.features[b]) for a, b in zip(mine, other, strict=True)
    ]
    mean, low, high = intervals.of_blocks(values)
    error = float(np.std(values, ddof=1)) / BLOCKS**0.5
    return Value(mean, low, high, {"standard_error": error, "blocks": BLOCKS, "block_size": size})


def block(one: torch.Tensor, two: torch.Tensor) -> float:
    """The unbiased squared MMD of two sets of equal size with the kernel (xᵀy / D + 1)³."""
    found = kid_features_to_metric(one.double(), two.double(), kid_subsets=1, kid_subset_size=len(one), verbose=False)
    return found[KEY_METRIC_KID_MEAN]


METRIC = Metric(
    title="KID",
    better="lower",
    read="A kernel distance between generated and real features that needs no Gaussian and has no bias from the "
    "count: around 0 nothing tells them apart, and it may fall a little below.",
    interval="Student's t over ten separate blocks",
    paper="https://arxiv.org/abs/1801.01401",
    compute=compute,
    order=20,
)
