"""Distances to near pictures in feature space, shared by precision, recall, density, coverage and memorisation."""

import torch
from torch import Tensor
from torch_fidelity.metric_prc import prc_features_to_metric

from gan_core.errors import WorkshopError
from gan_core.metrics import Inputs

NEIGHBOURS = 3
"""k of precision and recall, as in the paper and torch-fidelity."""

MOST = 5_000
"""Pictures of each kind; the time grows with the product."""


def pair(inputs: Inputs) -> tuple[Tensor, Tensor]:
    """Equally many features of generated and real pictures, (N, D) both, spread evenly over their sets."""
    count = min(len(inputs.generated), len(inputs.reference), MOST)
    if count <= 5:
        raise WorkshopError(f"Measures of neighbours need at least 6 pictures of each kind; {count} were given.")
    return spread(inputs.generated.features, count), spread(inputs.reference.features, count)


def spread(values: Tensor, count: int) -> Tensor:
    """`count` rows of `values`, evenly spaced."""
    return values if len(values) == count else values[torch.arange(count) * len(values) // count]


def precision_recall(inputs: Inputs) -> tuple[float, float, int]:
    """Improved precision and recall by torch-fidelity, and the number of pictures of each kind; worked out once."""
    if "precision_recall" not in inputs.shared:
        generated, real = pair(inputs)
        found = prc_features_to_metric(
            generated, real, prc_neighborhood=NEIGHBOURS, prc_batch_size=MOST, save_cpu_ram=False, verbose=False
        )
        inputs.shared["precision_recall"] = found["precision"], found["recall"], len(real)
    return inputs.shared["precision_recall"]


def nearest(features: Tensor, among: Tensor, count: int = 1, leave_out_self: bool = False) -> tuple[Tensor, Tensor]:
    """Distances (N, count) and indices (N, count) of the nearest rows of `among` (M, D) to each of `features` (N, D).

    Euclidean, the nearest first. `leave_out_self` says that both are the same set.
    """
    wanted = min(count + leave_out_self, len(among))
    found = [torch.cdist(part, among).topk(wanted, dim=1, largest=False) for part in features.split(1000)]
    distances, indices = torch.cat([part.values for part in found]), torch.cat([part.indices for part in found])
    return distances[:, int(leave_out_self) :], indices[:, int(leave_out_self) :]
