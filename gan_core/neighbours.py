"""The nearest training pictures: does a generator draw something new, or does it copy?"""

from collections.abc import Callable

import numpy as np

Features = Callable[[np.ndarray], np.ndarray]
"""Pictures uint8 (N, H, W, C) to features float32 (N, F)."""

BATCH = 4096
"""Pictures that are compared at once, so that a large data set needs little memory."""


def pixels(images: np.ndarray) -> np.ndarray:
    """Pictures uint8 (N, H, W, C) to their values from 0 to 1, float32 (N, H·W·C)."""
    return images.reshape(len(images), -1).astype(np.float32) / 255


def nearest(
    queries: np.ndarray, pictures: np.ndarray, count: int, features: Features = pixels
) -> tuple[np.ndarray, np.ndarray]:
    """The `count` pictures nearest to each query: their indices int64 and distances float64, both (Q, count).

    `queries` are uint8 (Q, H, W, C), `pictures` uint8 (N, C, H, W) as in a data set; the nearest comes first, and
    of equals the earlier one. The distance is the root mean square of the differences of the features: with
    `pixels` 0 is the same picture and 1 is white against black. Raises ValueError for a count that is not 1 to N.
    """
    if not 1 <= count <= len(pictures):
        raise ValueError(f"count must be 1 to {len(pictures)}, not {count}")
    wanted = features(queries).astype(np.float64)  # (Q, F)
    pieces = [pictures[start : start + BATCH].transpose(0, 2, 3, 1) for start in range(0, len(pictures), BATCH)]
    squares = np.concatenate([_squared(wanted, features(piece)) for piece in pieces], axis=1)  # (Q, N)
    found = np.argsort(squares, axis=1, kind="stable")[:, :count]
    near = np.sqrt(np.take_along_axis(squares, found, axis=1) / wanted.shape[1])
    return found, near


def _squared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared distances float64 (Q, N) of (Q, F) and (N, F); what rounding makes negative is 0."""
    b = b.astype(np.float64)
    return np.maximum((a**2).sum(1)[:, None] - 2 * a @ b.T + (b**2).sum(1), 0.0)
