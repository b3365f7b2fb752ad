"""The nearest training pictures: does a generator draw something new, or does it copy?"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gan_core.data import Dataset

BATCH = 4096
"""Pictures that are compared at once, so that a large data set needs little memory."""


def pixels(images: np.ndarray) -> np.ndarray:
    """Pictures uint8 (N, C, H, H) to their values from 0 to 1, float32 (N, C·H·H)."""
    return images.reshape(len(images), -1).astype(np.float32) / 255


@dataclass(frozen=True, eq=False)
class FeatureIndex:
    """Training pictures uint8 (N, C, H, H), searchable by features.

    `extract` maps pictures to features float32 (N, F); `name` is that of the extractor, empty for plain pixels.
    `features` are those of the pictures if they are known, else they are computed batch by batch.
    """

    pictures: np.ndarray
    name: str = ""
    extract: Callable[[np.ndarray], np.ndarray] = pixels
    features: np.ndarray | None = None

    @classmethod
    def for_dataset(cls, dataset: Dataset) -> "FeatureIndex":
        """By the classifier trained for `dataset`, or Inception, with features from their cache; else by pixels.

        A network of random weights is not used: neighbours by pixels are better.
        """
        from gan_core.evaluation import _feature_cache as feature_cache
        from gan_core.evaluation.extractors import _random_cnn as random_cnn
        from gan_core.evaluation.extractors import choice

        extractor = choice.choose(dataset)
        if extractor.name == random_cnn.NAME:
            return cls(dataset.images)
        features = feature_cache.features(extractor, dataset.images).features.numpy()
        return cls(dataset.images, extractor.name, lambda images: extractor.features(images).features.numpy(), features)

    def nearest(self, queries: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The `count` pictures nearest to each of `queries` uint8 (Q, C, H, H): indices int64 and distances float64,
        both (Q, count).

        The nearest comes first, and of equals the earlier one. The distance is the root mean square of the feature
        differences: by pixels 0 is the same picture and 1 is white against black. Raises ValueError for a count that
        is not 1 to N.
        """
        if not 1 <= count <= len(self.pictures):
            raise ValueError(f"count must be 1 to {len(self.pictures)}, not {count}")
        wanted = self.extract(queries).astype(np.float64)  # (Q, F)
        squares = np.empty((len(queries), len(self.pictures)))
        for start in range(0, len(self.pictures), BATCH):
            piece = slice(start, start + BATCH)
            known = self.extract(self.pictures[piece]) if self.features is None else self.features[piece]
            known = known.astype(np.float64)
            squares[:, piece] = (wanted**2).sum(1)[:, None] - 2 * wanted @ known.T + (known**2).sum(1)
        squares = np.maximum(squares, 0.0)  # rounding may make them negative
        indices = np.argsort(squares, axis=1, kind="stable")[:, :count]
        return indices, np.sqrt(np.take_along_axis(squares, indices, axis=1) / wanted.shape[1])
