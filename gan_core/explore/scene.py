"""One model, ready to draw any points: z, classes and mixtures of them to pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from gan_core.explore import paths
from gan_core.explore.points import Point
from gan_core.models.checkpoint import Model
from gan_core.nets import latent, sampling
from gan_core.system.errors import WorkshopError


@dataclass(frozen=True)
class Scene:
    """`model`, and how far out its z may lie: `truncation` in standard deviations (see `paths.truncate`), or None."""

    model: Model
    truncation: float | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that can be chosen; none for a model that is told no class."""
        return self.model.classes if self.model.conditional else ()

    def z(self, points: Sequence[Point]) -> np.ndarray:
        """float64 (N, z_dim). Truncation holds for what a seed draws; numbers that a point brings stay as they are.

        Raises WorkshopError for a point of a model with another z_dim.
        """
        network, drawn = self.model.config.network, self._drawn(points)
        rows = [np.empty((0, network.z_dim))]
        for point in points:
            if point.numbers and len(point.numbers) != network.z_dim:
                raise WorkshopError(
                    f"A point of {len(point.numbers)} numbers was given; this model's z has {network.z_dim}."
                )
            rows.append(np.array([point.numbers]) if point.numbers else drawn[point.seed][[point.index]])
        return np.concatenate(rows)

    def _drawn(self, points: Sequence[Point]) -> dict[int, np.ndarray]:
        """What each seed among `points` draws, as many rows as they name."""
        network, rows = self.model.config.network, dict[int, int]()
        for point in points:
            if not point.numbers:
                rows[point.seed] = max(rows.get(point.seed, 0), point.index + 1)
        found = {}
        for seed, count in rows.items():
            z = latent.fixed(count, network.z_dim, seed, network.z_distribution).double().numpy()
            far = self.truncation
            found[seed] = z if far is None else paths.truncate(z, far, network.z_distribution)
        return found

    def weights(self, points: Sequence[Point]) -> np.ndarray | None:
        """The class of each point as weights float64 (N, K), all on one; None where the model is told no class.

        A point without a class has the first. Raises WorkshopError for a class that is not there.
        """
        if not self.classes:
            return None
        labels = [point.label or 0 for point in points]
        strange = [label for label in labels if label >= len(self.classes)]
        if strange:
            raise WorkshopError(f"Class: {strange[0]} was given; allowed: 0 to {len(self.classes) - 1}.")
        return np.eye(len(self.classes))[labels]

    def draw(self, z: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """Pictures uint8 (N, H, W, C) of z (N, z_dim), of the classes that `weights` (N, K) mix.

        A weight of 1 on one class gives exactly what its label gives. Raises WorkshopError where the model needs a
        class and none is given.
        """
        if self.classes and weights is None:
            raise WorkshopError("This model needs to be told a class.")
        told = None if weights is None or not self.classes else torch.from_numpy(weights).float()
        return sampling.generate(self.model.generator, torch.from_numpy(z).float(), told)

    def pictures(self, points: Sequence[Point]) -> np.ndarray:
        """Pictures uint8 (N, H, W, C) of points."""
        return self.draw(self.z(points), self.weights(points))
