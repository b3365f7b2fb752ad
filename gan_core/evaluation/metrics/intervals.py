"""Intervals that several metrics share; all are 95 %."""

import math
from collections.abc import Sequence

import numpy as np

Z = 1.959964
"""95 % of a normal distribution lie within this many standard deviations."""

STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""97.5 % points of Student's t with 1, 2, … 9 degrees of freedom."""


def wilson(share: float, count: int) -> tuple[float, float]:
    """Wilson's score interval (1927) of a share of `count` independent pictures; both ends are from 0 to 1."""
    middle = (share + Z**2 / (2 * count)) / (1 + Z**2 / count)
    half = Z / (1 + Z**2 / count) * math.sqrt(share * (1 - share) / count + Z**2 / (4 * count**2))
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))  # rounding aside


def normal(value: float, error: float, lowest: float = -math.inf) -> tuple[float, float]:
    """The interval of a normally distributed `value` with this standard error, cut off at `lowest`."""
    return max(lowest, value - Z * error), value + Z * error


def student(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean and Student's t interval of results from 2 to 10 disjoint blocks of pictures: (mean, low, high)."""
    mean, error = float(np.mean(values)), float(np.std(values, ddof=1)) / math.sqrt(len(values))
    half = STUDENT[len(values) - 2] * error
    return mean, mean - half, mean + half


def bootstrap(values: np.ndarray, seed: int, draws: int = 1000) -> tuple[float, float]:
    """Percentile interval of the mean of `values` (N,), resampled with replacement (Efron, 1979)."""
    weights = np.random.default_rng(seed).multinomial(len(values), np.full(len(values), 1 / len(values)), draws)
    means = weights @ values / len(values)
    low, high = np.quantile(means, (0.025, 0.975))
    middle = values.mean()
    return float(min(low, middle)), float(max(high, middle))
