"""Intervals that several metrics share; all are 95 %."""

import math
from collections.abc import Sequence

import numpy as np

from gan_core.evaluation.metrics._gaussian import Z

STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""97.5 % points of Student's t with 1, 2, … 9 degrees of freedom."""


def share(value: float, count: int) -> tuple[float, float]:
    """Wilson's interval (1927) for a share of `count` independent pictures; it stays within 0 to 1."""
    middle = (value + Z**2 / (2 * count)) / (1 + Z**2 / count)
    half = Z / (1 + Z**2 / count) * math.sqrt(value * (1 - value) / count + Z**2 / (4 * count**2))
    return max(0.0, min(value, middle - half)), min(1.0, max(value, middle + half))  # rounding aside


def around(value: float, error: float) -> tuple[float, float]:
    """`value` and its standard error to an interval."""
    return value - Z * error, value + Z * error


def of_blocks(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean, and interval by Student's t, of results from 2 to 10 separate blocks of pictures."""
    mean, error = float(np.mean(values)), float(np.std(values, ddof=1)) / math.sqrt(len(values))
    half = STUDENT[len(values) - 2] * error
    return mean, mean - half, mean + half


def bootstrap(values: np.ndarray, seed: int, draws: int = 1000) -> tuple[float, float]:
    """Percentile interval of the mean of `values` (N,), drawn again with replacement (Efron, 1979)."""
    weights = np.random.default_rng(seed).multinomial(len(values), np.full(len(values), 1 / len(values)), draws)
    means = weights @ values / len(values)
    low, high = np.quantile(means, (0.025, 0.975))
    middle = values.mean()
    return float(min(low, middle)), float(max(high, middle))
