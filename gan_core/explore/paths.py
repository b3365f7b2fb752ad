"""Ways through latent space: between points, over a sheet of four, and around in a circle.

All work on float64 arrays whose last axis is z. Spherical ways suit normal z, whose vectors all have nearly the same
length, √z_dim: a straight line between two dips into the middle, where hardly any training sample was (White, 2016,
Sampling Generative Networks, section 2). Straight ways suit uniform z, which fills a cube, and mixtures of classes.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

HOW = {"spherical": "Spherical", "linear": "Linear"}

OPPOSITE = 1e-7
"""Two directions whose sum is shorter than this count as opposite: between them, every great circle is as good."""

SAME = 1e-12
"""Two directions that differ by less are one: what is left of the difference is rounding."""

HARMONICS = (0.5, 0.3, 0.2)
"""Shares of one, two and three swings a round in the variance of a walk."""


def suited(distribution: str) -> dict[str, str]:
    """HOW, with the way that suits z of this distribution first."""
    usual = "linear" if distribution == "uniform" else "spherical"
    return {usual: HOW[usual]} | HOW


def lerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The straight way from `a` (d,) to `b` (d,) at `t` (T,) from 0 to 1, as (T, d); its ends are exact."""
    t = np.asarray(t, dtype=np.float64)[:, None]
    return _ends(a, b, t, (1 - t) * a + t * b)


def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The way from `a` (d,) to `b` (d,) at `t` (T,) along the great circle (Shoemake, 1985), as (T, d).

    The direction turns evenly and the length goes evenly from ‖a‖ to ‖b‖, so it is kept where both have it. The ends
    are exact. Between opposite directions it takes one of the great circles, always the same; from or to the zero
    vector, which has no direction, and in one dimension, it goes straight.
    """
    a, b, t = (np.asarray(values, dtype=np.float64) for values in (a, b, t))
    scale = max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0)) or 1.0  # no overflow in a norm
    long_a, long_b = np.linalg.norm(a / scale), np.linalg.norm(b / scale)
    if not (long_a and long_b) or len(a) == 1:
        return lerp(a, b, t)
    u, v = a / scale / long_a, b / scale / long_b
    together, apart = np.linalg.norm(u + v), np.linalg.norm(u - v)
    aside = _across(u) if together < OPPOSITE else v - (u @ v) * u
    aside = aside - (u @ aside) * u  # once more: what rounding has left along u
    length = np.linalg.norm(aside)
    if length < SAME:
        return lerp(a, b, t)
    aside /= length
    angle = 2 * math.atan2(apart, together)  # exact for small and large angles alike (Kahan)
    t = t[:, None]
    direction = np.cos(angle * t) * u + np.sin(angle * t) * aside
    return _ends(a, b, t, direction * ((1 - t) * long_a + t * long_b) * scale)


WAYS = {"spherical": slerp, "linear": lerp}


def through(points: np.ndarray, frames: int, how: str, *, loop: bool = False) -> np.ndarray:
    """`frames` stops, evenly spread over the way through `points` (P, d) in turn, as (frames, d).

    The first is `points[0]` and the last `points[-1]`; with `loop` it goes on to the first, which is not repeated.
    Raises ValueError for a `how` that is not in WAYS or no point.
    """
    if not len(points):
        raise ValueError("a way needs at least one point")
    piece, t = stops(len(points), frames, loop=loop)
    way, found = WAYS[how], np.empty((frames, points.shape[1]))
    for number in np.unique(piece):
        here = piece == number
        found[here] = way(points[number], points[(number + 1) % len(points)], t[here])
    return found


def stops(count: int, frames: int, *, loop: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Where each of `frames` stops lies between `count` points: the number of its piece, and 0 to 1 along it."""
    pieces = count if loop else count - 1
    at = np.arange(frames) * pieces / (frames if loop else max(frames - 1, 1))
    piece = np.minimum(np.floor(at).astype(int), max(pieces - 1, 0))
    return piece, at - piece


def across(corners: np.ndarray, x: float, y: float, how: str) -> np.ndarray:
    """The point (d,) at `x` and `y`, 0 to 1, on the sheet between `corners` (4, d): top left, top right, bottom
    left, bottom right. Along the top and the bottom first, then down."""
    way = WAYS[how]
    top, bottom = way(corners[0], corners[1], np.array([x])), way(corners[2], corners[3], np.array([x]))
    return way(top[0], bottom[0], np.array([y]))[0]


def sheet(corners: np.ndarray, side: int, how: str) -> np.ndarray:
    """`side` × `side` points of that sheet, row by row, as (side², d)."""
    along = np.linspace(0, 1, side)
    return np.stack([across(corners, x, y, how) for y in along for x in along])


def walk(start: np.ndarray, frames: int, seed: int, reach: float = 1.0, distribution: str = "normal") -> np.ndarray:
    """A random walk from `start` (d,) that ends where it began: (frames, d), the first is `start` itself.

    Each number of z is a smooth random curve over the circle, a Gaussian process of a few harmonics that is told
    its value at the start; so at every stop z is distributed as in training, not only at the start. `reach`, 0 to 1,
    is how far it strays. For uniform z the curve is that of its normal score.
    """
    if distribution == "uniform":
        inner = walk(_score(start), frames, seed, reach)
        found = 2 * _cumulative(inner) - 1
        found[0] = start
        return found
    rng = np.random.default_rng(seed)
    angle = 2 * math.pi * np.arange(frames) / frames
    free, likeness = np.zeros((frames, len(start))), np.full(frames, 1 - reach)
    free += math.sqrt(1 - reach) * rng.standard_normal(len(start))
    for swings, share in enumerate(HARMONICS, 1):
        a, b = rng.standard_normal((2, len(start)))
        curve = np.cos(swings * angle)[:, None] * a + np.sin(swings * angle)[:, None] * b
        free += math.sqrt(reach * share) * curve
        likeness += reach * share * np.cos(swings * angle)
    found = free + likeness[:, None] * (start - free[0])
    found[0] = start
    return found


def truncate(z: np.ndarray, limit: float, distribution: str = "normal") -> np.ndarray:
    """`z` (…, d), with every number brought within ±`limit`: fewer kinds of pictures, each more typical.

    The truncation trick draws z from a normal distribution whose tails are cut off (Brock et al., 2019, section 3.1).
    Here the number with the same rank in that one is taken in place of a new draw: the picture changes smoothly with
    `limit`, and no numbers are drawn. Uniform z is scaled.
    """
    if distribution == "uniform":
        return z * min(limit, 1.0)
    lowest = NormalDist().cdf(-limit)
    return _quantile(lowest + _cumulative(z) * (1 - 2 * lowest)).clip(-limit, limit)


def mean(points: Sequence[np.ndarray]) -> np.ndarray:
    """The mean of z vectors (d,), as averaged for arithmetic (Radford et al., 2016, section 6.3.2)."""
    return np.mean(np.stack(points), axis=0)


def _ends(a: np.ndarray, b: np.ndarray, t: np.ndarray, between: np.ndarray) -> np.ndarray:
    return np.where(t == 0, a, np.where(t == 1, b, between))


def _across(u: np.ndarray) -> np.ndarray:
    """A direction at a right angle to `u` (d,), d ≥ 2: along the axis that u has least of."""
    axis = np.zeros_like(u)
    axis[np.abs(u).argmin()] = 1.0
    return axis - (u @ axis) * u


def _cumulative(z: np.ndarray) -> np.ndarray:
    """The share of a normal distribution below each number."""
    return np.vectorize(NormalDist().cdf, otypes=[np.float64])(z)


def _quantile(share: np.ndarray) -> np.ndarray:
    """The inverse; shares are kept off 0 and 1, where it has no value."""
    return np.vectorize(NormalDist().inv_cdf, otypes=[np.float64])(share.clip(1e-12, 1 - 1e-12))


def _score(u: np.ndarray) -> np.ndarray:
    """Normal numbers of the same rank as uniform ones from −1 to 1."""
    return _quantile((u + 1) / 2)
