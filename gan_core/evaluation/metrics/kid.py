"""Kernel distance (KID, Bińkowski et al., 2018), in disjoint blocks (Zaremba et al., 2013) for an honest error."""

import numpy as np
import torch
from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, kid_features_to_metric

from gan_core.evaluation.metrics import Inputs, Metric, Value, intervals
from gan_core.system.errors import WorkshopError

BLOCKS = 10


def compute(inputs: Inputs) -> Value:
    """The mean of the unbiased squared MMD over ten disjoint blocks of features (N, D) and (M, D) (section 4).

    By torch-fidelity, whose own hundred subsets share pictures, so that their spread underestimates the error. About
    0 or more, without unit. Raises WorkshopError for fewer than 20 pictures of a kind.
    """
    count = min(len(inputs.generated), len(inputs.reference))
    size = count // BLOCKS
    if size < 2:
        raise WorkshopError(f"KID needs at least {2 * BLOCKS} pictures of each kind; {count} were given.")
    rng = np.random.default_rng(inputs.seed)
    one, two = (
        part.features[rng.permutation(len(part))[: BLOCKS * size]].split(size)
        for part in (inputs.generated, inputs.reference)
    )
    values = [block(a, b) for a, b in zip(one, two, strict=True)]
    error = float(np.std(values, ddof=1)) / BLOCKS**0.5
    return Value(*intervals.student(values), {"standard_error": error, "blocks": BLOCKS, "block_size": size})


def block(one: torch.Tensor, two: torch.Tensor) -> float:
    """The unbiased squared MMD of two sets (N, D) of equal size with the kernel (xᵀy / D + 1)³ (section 4)."""
    scores = kid_features_to_metric(one.double(), two.double(), kid_subsets=1, kid_subset_size=len(one), verbose=False)
    return scores[KEY_METRIC_KID_MEAN]


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
