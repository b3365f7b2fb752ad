"""Nearest neighbours in feature space, for precision, recall, density, coverage and memorisation."""

import numpy as np
import torch
from torch import Tensor
from torch_fidelity.metric_prc import prc_features_to_metric

from gan_core.evaluation.metrics import Inputs
from gan_core.system.errors import WorkshopError

NEIGHBOURS = 3
"""k of precision and recall, as in the paper and torch-fidelity."""

MAX_COUNT = 5_000
"""Pictures of each kind; the time grows with the product."""


def equal_counts(inputs: Inputs) -> tuple[Tensor, Tensor]:
    """As many features of generated as of real pictures, (N, D) both, chosen by the seed where there are more."""
    count = min(len(inputs.generated), len(inputs.reference), MAX_COUNT)
    if count <= 5:
        raise WorkshopError(f"Measures of neighbours need at least 6 pictures of each kind; {count} were given.")
    generated, real = inputs.generated.features, inputs.reference.features
    return subset(generated, count, inputs.seed), subset(real, count, inputs.seed)


def subset(values: Tensor, count: int, seed: int) -> Tensor:
    """`count` rows of `values` at random: evenly spaced ones would miss classes that were drawn in turn."""
    if len(values) <= count:
        return values
    return values[np.sort(np.random.default_rng(seed).permutation(len(values))[:count])]


def precision_recall(inputs: Inputs) -> tuple[float, float, int]:
    """Improved precision and recall by torch-fidelity, and the number of pictures of each kind; computed once."""
    if "precision_recall" not in inputs.shared:
        generated, real = equal_counts(inputs)
        scores = prc_features_to_metric(
            generated, real, prc_neighborhood=NEIGHBOURS, prc_batch_size=MAX_COUNT, save_cpu_ram=False, verbose=False
        )
        inputs.shared["precision_recall"] = scores["precision"], scores["recall"], len(real)
    return inputs.shared["precision_recall"]


def nearest(features: Tensor, among: Tensor, count: int = 1, leave_out_self: bool = False) -> tuple[Tensor, Tensor]:
    """Distances (N, count) and indices (N, count) of the nearest rows of `among` (M, D) to each of `features` (N, D).

    Euclidean, the nearest first. `leave_out_self`: both are the same set, and no row is its own neighbour.
    """
    k = min(count + leave_out_self, len(among))
    parts = [torch.cdist(part, among).topk(k, dim=1, largest=False) for part in features.split(1000)]
    distances, indices = torch.cat([part.values for part in parts]), torch.cat([part.indices for part in parts])
    return distances[:, int(leave_out_self) :], indices[:, int(leave_out_self) :]
