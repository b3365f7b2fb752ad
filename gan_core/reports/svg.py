"""Line charts as SVG text: axes, labels, a legend, and nothing to install."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gan_core.system.text import for_html

WIDTH, HEIGHT = 460, 250
LEFT, RIGHT, TOP, BOTTOM = 56, 10, 30, 38
"""Pixels around the plot, for the labels."""

COLOURS = ("#2477b8", "#c97300", "#009170", "#bf6097", "#d4572a", "#7b6cc7", "#77756f")
GREY = "#77756f"
"""Readable on white and on black."""

POINTS = 300
"""Places along the x-axis; in each the smallest and the largest value are drawn, so that spikes survive."""


@dataclass(frozen=True)
class Line:
    """A named curve, x and y of shape (N,); y may hold NaN."""

    name: str
    x: np.ndarray
    y: np.ndarray


def chart(lines: Sequence[Line], *, x_title: str, y_title: str, alt: str) -> str:
    """The chart as an `<svg>`. Rare values far out are drawn at its border rather than flatten the rest."""
    known = [line for line in lines if np.isfinite(line.y).any()]
    x_low, x_high = _ends([line.x for line in known], 0, 100)
    y_low, y_high = _y_range([line.y for line in known])
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
    place = LEFT
    for line, colour in zip(known, _colours(len(known)), strict=True):
        x, y = thin(line.x, line.y)
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across(x), up(y), strict=True))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.2" stroke-linejoin="round"/>'
        )
        parts.append(f'<rect x="{place}" y="10" width="12" height="3" fill="{colour}"/>')
        parts.append(f'<text x="{place + 16}" y="15">{for_html(line.name)}</text>')
        place += 30 + 6 * len(line.name)
    return "\n".join([*parts, "</svg>"])


def thin(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most two finite points for each of POINTS stretches of the curve: its smallest and its largest."""
    finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[finite], y[finite]
    if len(y) <= 2 * POINTS:
        return x, y
    pieces = np.array_split(np.arange(len(y)), POINTS)
    chosen = {int(piece[at]) for piece in pieces for at in (y[piece].argmin(), y[piece].argmax())}
    order = sorted(chosen)
    return x[order], y[order]


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from `low` to `high`, some `about` of them."""
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 12) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def _y_range(values: Sequence[np.ndarray]) -> tuple[float, float]:
    """From the smallest to the largest, but not much beyond the bulk of the values."""
    least, most = _ends(values, 0, 100)
    low, high = _ends(values, 1, 99)
    room = 0.5 * (high - low)
    return max(least, low - room), min(most, high + room)


def _ends(values: Sequence[np.ndarray], low: float, high: float) -> tuple[float, float]:
    """Two percentiles of all finite values, apart from each other."""
    finite = [kept for array in values if len(kept := array[np.isfinite(array)])]
    ends = np.percentile(np.concatenate(finite), [low, high]) if finite else np.array([0.0, 1.0])
    first, last = float(ends[0]), float(ends[1])
    return (first, last) if last > first else (first - 0.5, first + 0.5)


def _rule(x1: float, y1: float, x2: float, y2: float, opacity: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{GREY}" stroke-opacity="{opacity}"/>'


def _colours(count: int) -> list[str]:
    return [COLOURS[i % len(COLOURS)] for i in range(count)]
