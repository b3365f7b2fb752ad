"""One model, ready to draw any latent points: z, classes and mixtures of classes to pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from gan_core.explore import paths
from gan_core.explore.points import LatentPoint
from gan_core.models.checkpoint import Model
from gan_core.nets import latent, sampling
from gan_core.system.errors import WorkshopError


@dataclass(frozen=True)
class LatentSampler:
    """Draws from `model`; `truncation`: the largest |z| in standard deviations (see `paths.truncate`), or None."""

    model: Model
    truncation: float | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that can be chosen; none for an unconditional model."""
        return self.model.classes if self.model.conditional else ()

    def z(self, points: Sequence[LatentPoint]) -> np.ndarray:
        """z of `points`, float64 (N, z_dim). Truncation applies to z drawn from a seed, not to a point's own numbers.

        Raises WorkshopError for a point of a model with another z_dim.
        """
        network = self.model.config.network
        z = np.empty((len(points), network.z_dim))
        for i, point in enumerate(points):
            if point.numbers and len(point.numbers) != network.z_dim:
                given = len(point.numbers)
                raise WorkshopError(f"A point of {given} numbers was given; this model's z has {network.z_dim}.")
            if point.numbers:
                z[i] = point.numbers
        for seed in {point.seed for point in points if not point.numbers}:
            rows = {i: point.index for i, point in enumerate(points) if not point.numbers and point.seed == seed}
            drawn = latent.fixed(max(rows.values()) + 1, network.z_dim, seed, network.z_distribution).double().numpy()
            if self.truncation is not None:
                drawn = paths.truncate(drawn, self.truncation, network.z_distribution)
            z[[*rows]] = drawn[[*rows.values()]]
        return z

    def class_weights(self, points: Sequence[LatentPoint]) -> np.ndarray | None:
        """The class of each point, one-hot float64 (N, K); None for an unconditional model.

        A point without a class has the first. Raises WorkshopError for a class that does not exist.
        """
        if not self.classes:
            return None
        labels = [point.label or 0 for point in points]
        unknown = [label for label in labels if label >= len(self.classes)]
        if unknown:
            raise WorkshopError(f"Class: {unknown[0]} was given; allowed: 0 to {len(self.classes) - 1}.")
        return np.eye(len(self.classes))[labels]

    def draw(self, z: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """Pictures uint8 (N, H, W, C) of z (N, z_dim), conditioned on a mixture of classes with `weights` (N, K).

        A one-hot row gives exactly what its label gives. Raises WorkshopError for a conditional model without weights.
        """
        if self.classes and weights is None:
            raise WorkshopError("This model is conditional: it needs a class.")
        labels = None if weights is None or not self.classes else torch.from_numpy(weights).float()
        return sampling.generate(self.model.generator, torch.from_numpy(z).float(), labels)

    def pictures(self, points: Sequence[LatentPoint]) -> np.ndarray:
        """Pictures uint8 (N, H, W, C) of points."""
        return self.draw(self.z(points), self.class_weights(points))
