"""Paths through latent space: between points, over a grid between four corners, and a random walk that closes.

All work on float64 arrays whose last axis is z. Spherical interpolation suits normal z, whose vectors nearly all have
the length √z_dim: a straight line between two dips into the middle, where hardly any training sample was (White, 2016,
Sampling Generative Networks, section 2). Linear interpolation suits uniform z, which fills a cube, and class weights.
"""

import math
from statistics import NormalDist

import numpy as np

OPPOSITE = 1e-7
"""Two directions whose sum is shorter than this count as opposite: every great circle between them is as good."""

SAME = 1e-12
"""Two directions that differ by less count as equal: what is left of the difference is rounding."""

HARMONICS = (0.5, 0.3, 0.2)
"""Shares of one, two and three periods per round in the variance of a random walk."""


def lerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The straight line from `a` (d,) to `b` (d,) at `t` (T,) from 0 to 1, as (T, d); its ends are exact."""
    t = np.asarray(t, dtype=np.float64)[:, None]
    return _exact_ends(a, b, t, (1 - t) * a + t * b)


def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The great circle from `a` (d,) to `b` (d,) at `t` (T,) from 0 to 1 (Shoemake, 1985), as (T, d).

    The direction turns at a constant rate, and the length goes linearly from ‖a‖ to ‖b‖. The ends are exact. Between
    opposite directions it takes one of the great circles, always the same; from or to the zero vector, which has no
    direction, and in one dimension, it is linear.
    """
    a, b, t = (np.asarray(values, dtype=np.float64) for values in (a, b, t))
    scale = max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0)) or 1.0  # no overflow in a norm
    norm_a, norm_b = np.linalg.norm(a / scale), np.linalg.norm(b / scale)
    if not (norm_a and norm_b) or len(a) == 1:
        return lerp(a, b, t)
    u, v = a / scale / norm_a, b / scale / norm_b
    sum_norm, difference_norm = np.linalg.norm(u + v), np.linalg.norm(u - v)
    normal = _perpendicular(u) if sum_norm < OPPOSITE else v - (u @ v) * u
    normal = normal - (u @ normal) * u  # again: what rounding has left along u
    length = np.linalg.norm(normal)
    if length < SAME:
        return lerp(a, b, t)
    normal /= length
    angle = 2 * math.atan2(difference_norm, sum_norm)  # exact for small and large angles alike (Kahan)
    t = t[:, None]
    direction = np.cos(angle * t) * u + np.sin(angle * t) * normal
    return _exact_ends(a, b, t, direction * ((1 - t) * norm_a + t * norm_b) * scale)


INTERPOLATIONS = {"spherical": slerp, "linear": lerp}


def titles_for(distribution: str) -> dict[str, str]:
    """Titles of INTERPOLATIONS; the one that suits z of this distribution, `normal` or `uniform`, comes first."""
    first = "linear" if distribution == "uniform" else "spherical"
    return {name: name.capitalize() for name in [first, *INTERPOLATIONS]}


def interpolate(points: np.ndarray, frames: int, how: str, *, loop: bool = False) -> np.ndarray:
    """`frames` evenly spaced positions on the path through `points` (P, d) in turn, as (frames, d).

    The first is `points[0]` and the last `points[-1]`; with `loop` it goes on to the first, which is not repeated.
    Raises ValueError without a point, and KeyError for a `how` that is not in INTERPOLATIONS.
    """
    if not len(points):
        raise ValueError("a path needs at least one point")
    segment, t = segments(len(points), frames, loop=loop)
    between, path = INTERPOLATIONS[how], np.empty((frames, points.shape[1]))
    for number in np.unique(segment):
        here = segment == number
        path[here] = between(points[number], points[(number + 1) % len(points)], t[here])
    return path


def segments(count: int, frames: int, *, loop: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Where each of `frames` positions lies between `count` points: its segment's number, and 0 to 1 along it."""
    pieces = count if loop else count - 1
    position = np.arange(frames) * pieces / (frames if loop else max(frames - 1, 1))
    number = np.minimum(position.astype(int), max(pieces - 1, 0))
    return number, position - number


def interpolate_2d(corners: np.ndarray, x: float, y: float, how: str) -> np.ndarray:
    """The point (d,) at `x` and `y`, 0 to 1, between `corners` (4, d): top left, top right, bottom left, bottom right.

    Along the top and the bottom first, then down.
    """
    between = INTERPOLATIONS[how]
    top, bottom = between(corners[0], corners[1], np.array([x])), between(corners[2], corners[3], np.array([x]))
    return between(top[0], bottom[0], np.array([y]))[0]


def grid(corners: np.ndarray, side: int, how: str) -> np.ndarray:
    """`side` × `side` points between the corners, row by row, as (side², d)."""
    along = np.linspace(0, 1, side)
    return np.stack([interpolate_2d(corners, x, y, how) for y in along for x in along])


def walk(start: np.ndarray, frames: int, seed: int, reach: float = 1.0, distribution: str = "normal") -> np.ndarray:
    """A random walk from `start` (d,) that ends where it began: (frames, d), the first is `start` itself.

    Each number of z is a sample of a periodic Gaussian process of a few harmonics, conditioned on its value at the
    start; so z is distributed as in training at every frame. `reach`, 0 to 1, is how far it strays. For uniform z the
    process gives its normal score.
    """
    if distribution == "uniform":
        path = 2 * _cdf(walk(_quantile((start + 1) / 2), frames, seed, reach)) - 1
        path[0] = start
        return path
    rng = np.random.default_rng(seed)
    angle = 2 * math.pi * np.arange(frames) / frames
    free, covariance = np.zeros((frames, len(start))), np.full(frames, 1 - reach)
    free += math.sqrt(1 - reach) * rng.standard_normal(len(start))
    for periods, share in enumerate(HARMONICS, 1):
        a, b = rng.standard_normal((2, len(start)))
        curve = np.cos(periods * angle)[:, None] * a + np.sin(periods * angle)[:, None] * b
        free += math.sqrt(reach * share) * curve
        covariance += reach * share * np.cos(periods * angle)
    path = free + covariance[:, None] * (start - free[0])
    path[0] = start
    return path


def truncate(z: np.ndarray, limit: float, distribution: str = "normal") -> np.ndarray:
    """`z` (…, d) with every number brought within ±`limit`: less variety, each picture more typical.

    The truncation trick draws z from a truncated normal distribution (Brock et al., 2019, section 3.1). Here the
    number with the same rank in that one is taken in place of a new draw: the picture changes smoothly with `limit`,
    and no random numbers are used. Uniform z is scaled.
    """
    if distribution == "uniform":
        return z * min(limit, 1.0)
    lowest = NormalDist().cdf(-limit)
    return _quantile(lowest + _cdf(z) * (1 - 2 * lowest)).clip(-limit, limit)


def _exact_ends(a: np.ndarray, b: np.ndarray, t: np.ndarray, between: np.ndarray) -> np.ndarray:
    return np.where(t == 0, a, np.where(t == 1, b, between))


def _perpendicular(u: np.ndarray) -> np.ndarray:
    """A direction at a right angle to `u` (d,), d ≥ 2: along the axis that u has least of."""
    axis = np.zeros_like(u)
    axis[np.abs(u).argmin()] = 1.0
    return axis - (u @ axis) * u


def _cdf(z: np.ndarray) -> np.ndarray:
    """The cumulative distribution function of N(0, 1)."""
    return np.vectorize(NormalDist().cdf, otypes=[np.float64])(z)


def _quantile(share: np.ndarray) -> np.ndarray:
    """Its inverse; shares are kept off 0 and 1, where it has no value."""
    return np.vectorize(NormalDist().inv_cdf, otypes=[np.float64])(share.clip(1e-12, 1 - 1e-12))
