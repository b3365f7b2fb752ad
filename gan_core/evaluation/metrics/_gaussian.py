"""Features as a Gaussian: mean and covariance, the Fréchet distance of two, and its standard error."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch_fidelity.metric_fid import KEY_METRIC_FID, fid_features_to_statistics, fid_statistics_to_metric

from gan_core.system.errors import WorkshopError


def statistics(features: Tensor) -> Mapping[str, Any]:
    """`mu` (D,) and `sigma` (D, D) in float64 of features (N, D); raises WorkshopError for N below 2."""
    if len(features) < 2:
        raise WorkshopError(f"A Fréchet distance needs at least 2 pictures; {len(features)} were given.")
    result = fid_features_to_statistics(features.double())
    return result | {"sigma": np.atleast_2d(result["sigma"])}  # numpy returns a scalar for a single feature


def frechet(one: Mapping[str, Any], two: Mapping[str, Any]) -> float:
    """‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½), 0 or more, by torch-fidelity (Heusel et al., 2017, eq. 6)."""
    return max(0.0, fid_statistics_to_metric(dict(one), dict(two), verbose=False)[KEY_METRIC_FID])


def standard_error(one: Tensor, two: Tensor, stats_one: Mapping[str, Any], stats_two: Mapping[str, Any]) -> float:
    """The standard error of the Fréchet distance of randomly drawn features (N, D) and (M, D).

    The infinitesimal jackknife (Efron, 1982, chapter 6), the limit of a bootstrap: the distance changes with the
    weight of picture x by ψ(x) = 2 (μ₁ − μ₂)ᵀ(x − μ₁) + (x − μ₁)ᵀ(1 − T)(x − μ₁) − its mean, where T is the optimal
    map from one Gaussian to the other, and the variance of the sum is that of ψ over N. Resampling with replacement
    would repeat pictures, and a set with repeats is further from everything: its distances are biased upwards by as
    much as the interval is wide.
    """
    variance = 0.0
    for features, mine, other in ((one, stats_one, stats_two), (two, stats_two, stats_one)):
        shift, curvature = mine["mu"] - other["mu"], np.eye(len(mine["mu"])) - _map(mine["sigma"], other["sigma"])
        centred = features.double().numpy() - mine["mu"]
        influence = 2 * centred @ shift + np.einsum("nd,nd->n", centred @ curvature, centred)
        variance += float(influence.var()) / len(features)
    return variance**0.5


def _map(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """The optimal linear map (D, D) from N(0, `one`) to N(0, `two`): one^-½ (one^½ two one^½)^½ one^-½.

    Directions in which `one` has no variance have no influence; they are left out.
    """
    values, vectors = torch.linalg.eigh(torch.from_numpy(one))
    kept = values > values[-1] * 1e-10
    values, vectors = values[kept], vectors[:, kept]
    root = values.sqrt()
    inner = root[:, None] * (vectors.T @ torch.from_numpy(two) @ vectors) * root
    inner_values, basis = torch.linalg.eigh((inner + inner.T) / 2)
    middle = (basis * inner_values.clamp(min=0).sqrt()) @ basis.T
    return (vectors @ (middle / root[:, None] / root) @ vectors.T).numpy()
