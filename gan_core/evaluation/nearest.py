"""The nearest training pictures: does a generator draw something new, or does it copy?"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gan_core.data import Dataset

Features = Callable[[np.ndarray], np.ndarray]
"""Pictures uint8 (N, C, H, H) to features float32 (N, F)."""

BATCH = 4096
"""Pictures that are compared at once, so that a large data set needs little memory."""


def pixels(images: np.ndarray) -> np.ndarray:
    """Pictures uint8 (N, C, H, H) to their values from 0 to 1, float32 (N, C·H·H)."""
    return images.reshape(len(images), -1).astype(np.float32) / 255


@dataclass(frozen=True, eq=False)
class Eyes:
    """What looks at pictures: its `name`, empty for plain pixels, and the pictures' features where they are kept."""

    name: str = ""
    features: Features = pixels
    known: np.ndarray | None = None


def eyes(dataset: Dataset) -> Eyes:
    """The extractor trained for `dataset`, or Inception, with its features through their cache; else pixels.

    A network of random weights is left out: what it finds near says less than the pixels do.
    """
    from gan_core.evaluation import _feature_cache as feature_cache
    from gan_core.evaluation.extractors import _random_cnn as random_cnn
    from gan_core.evaluation.extractors import choice

    extractor = choice.choose(dataset)
    if extractor.name == random_cnn.NAME:
        return Eyes()
    known = feature_cache.features(extractor, dataset.images).features.numpy()
    return Eyes(extractor.name, lambda images: extractor.features(images).features.numpy(), known)


def nearest(
    queries: np.ndarray, pictures: np.ndarray, count: int, by: Eyes | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The `count` pictures nearest to each query: their indices int64 and distances float64, both (Q, count).

    `queries` are uint8 (Q, C, H, H), `pictures` uint8 (N, C, H, H); the nearest comes first, and of equals the
    earlier one. The distance is the root mean square of the differences of the features: with pixels (`by` None)
    0 is the same picture and 1 is white against black. Raises ValueError for a count that is not 1 to N.
    """
    if not 1 <= count <= len(pictures):
        raise ValueError(f"count must be 1 to {len(pictures)}, not {count}")
    by = by or Eyes()
    wanted = by.features(queries).astype(np.float64)  # (Q, F)
    squares = np.empty((len(queries), len(pictures)))
    for start in range(0, len(pictures), BATCH):
        piece = slice(start, start + BATCH)
        features = by.features(pictures[piece]) if by.known is None else by.known[piece]
        squares[:, piece] = _squared(wanted, features)
    found = np.argsort(squares, axis=1, kind="stable")[:, :count]
    return found, np.sqrt(np.take_along_axis(squares, found, axis=1) / wanted.shape[1])


def _squared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared distances float64 (Q, N) of (Q, F) and (N, F); what rounding makes negative is 0."""
    b = b.astype(np.float64)
    return np.maximum((a**2).sum(1)[:, None] - 2 * a @ b.T + (b**2).sum(1), 0.0)
