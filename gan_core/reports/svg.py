"""Line charts as SVG text, with axes, ticks and a legend."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gan_core.system.text import for_html

WIDTH, HEIGHT = 460, 250
LEFT, RIGHT, TOP, BOTTOM = 56, 10, 30, 38
"""Margins for the labels, in pixels."""

COLOURS = ("#2477b8", "#c97300", "#009170", "#bf6097", "#d4572a", "#7b6cc7", "#77756f")
"""Okabe and Ito's colour-blind-safe hues, shifted in lightness until each has a contrast of at least 3 against a
near-white and against a near-black page. Beyond the seventh, tell lines apart by dash."""

GREY = "#77756f"
"""Readable on white and on black."""

POINTS = 300
"""Stretches of the x-axis; the smallest and the largest value of each are drawn, so that spikes survive."""


@dataclass(frozen=True)
class Curve:
    """A named curve, x and y of shape (N,); y may hold NaN."""

    name: str
    x: np.ndarray
    y: np.ndarray


def chart(curves: Sequence[Curve], *, x_title: str, y_title: str, alt: str) -> str:
    """The chart as an `<svg>`. Rare values far out are drawn at its border, so that they do not flatten the rest."""
    curves = [curve for curve in curves if np.isfinite(curve.y).any()]
    x_low, x_high = _percentiles([curve.x for curve in curves], 0, 100)
    y_low, y_high = _y_range([curve.y for curve in curves])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="{for_html(alt)}" font-family="system-ui, sans-serif" font-size="11" fill="{GREY}">'
    ]

    def across(x):
        return LEFT + (x - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)

    def up(y):
        return HEIGHT - BOTTOM - (np.clip(y, y_low, y_high) - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM)

    for y in ticks(y_low, y_high):
        parts.append(_rule(LEFT, up(y), WIDTH - RIGHT, up(y), 0.25))
        parts.append(f'<text x="{LEFT - 6}" y="{up(y) + 4:.1f}" text-anchor="end">{y:g}</text>')
    for x in ticks(x_low, x_high):
        parts.append(_rule(across(x), HEIGHT - BOTTOM, across(x), HEIGHT - BOTTOM + 4, 1))
        parts.append(f'<text x="{across(x):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{x:,g}</text>')
    parts.append(_rule(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, 1))
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">{for_html(x_title)}</text>')
    parts.append(
        f'<text transform="translate(12 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">{for_html(y_title)}</text>'
    )
    left = LEFT
    for curve, colour in zip(curves, itertools.cycle(COLOURS), strict=False):
        x, y = thin(curve.x, curve.y)
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across(x), up(y), strict=True))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.2" stroke-linejoin="round"/>'
        )
        parts.append(f'<rect x="{left}" y="10" width="12" height="3" fill="{colour}"/>')
        parts.append(f'<text x="{left + 16}" y="15">{for_html(curve.name)}</text>')
        left += 30 + 6 * len(curve.name)
    return "\n".join([*parts, "</svg>"])


def thin(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The finite points of a curve (N,); where they are many, the smallest and largest of each of POINTS stretches."""
    finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[finite], y[finite]
    if len(y) <= 2 * POINTS:
        return x, y
    pieces = np.array_split(np.arange(len(y)), POINTS)
    chosen = sorted({int(piece[i]) for piece in pieces for i in (y[piece].argmin(), y[piece].argmax())})
    return x[chosen], y[chosen]


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers from `low` to `high`, about `count` of them."""
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 12) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def _y_range(values: Sequence[np.ndarray]) -> tuple[float, float]:
    """The range of all values, but not much beyond their 1st and 99th percentiles."""
    least, most = _percentiles(values, 0, 100)
    low, high = _percentiles(values, 1, 99)
    margin = 0.5 * (high - low)
    return max(least, low - margin), min(most, high + margin)


def _percentiles(values: Sequence[np.ndarray], low: float, high: float) -> tuple[float, float]:
    """Two percentiles of all finite values, moved apart if they are equal."""
    finite = [kept for array in values if len(kept := array[np.isfinite(array)])]
    ends = np.percentile(np.concatenate(finite), [low, high]) if finite else np.array([0.0, 1.0])
    first, last = float(ends[0]), float(ends[1])
    return (first, last) if last > first else (first - 0.5, first + 0.5)


def _rule(x1: float, y1: float, x2: float, y2: float, opacity: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{GREY}" stroke-opacity="{opacity}"/>'
