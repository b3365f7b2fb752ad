"""Curves on two logarithmic axes as an SVG, readable on white and on black, each named at its right end."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from gan_core.reports.svg import COLOURS, GREY

WIDTH, HEIGHT = 860, 476
LEFT, RIGHT, TOP, BOTTOM = 52, 170, 46, 78
"""Pixels around the plot, for the labels."""

LINE = 15
"""Pixels between two names at the right."""


@dataclass(frozen=True)
class Curve:
    """A named curve through (x, middle, low, high), all above 0; `dashed`: what the others are measured against."""

    name: str
    points: Sequence[tuple[float, float, float, float]]
    dashed: bool = False


def chart(curves: Sequence[Curve], *, title: str, x_title: str, notes: Sequence[str]) -> str:
    """The picture; `title` says what y is, `notes` in a line or two how it was measured."""
    x_ends = _ends([x for curve in curves for x, *_ in curve.points])
    y_ends = _ends([y for curve in curves for _, *ys in curve.points for y in ys])

    def across(x: float) -> float:
        return LEFT + _share(x, x_ends) * (WIDTH - LEFT - RIGHT)

    def up(y: float) -> float:
        return HEIGHT - BOTTOM - _share(y, y_ends) * (HEIGHT - TOP - BOTTOM)

    parts = [_head(title), f'<text x="{LEFT}" y="22" font-size="15" font-weight="600">{escape(title)}</text>']
    for y in ticks(*y_ends):
        parts.append(_rule(LEFT, up(y), WIDTH - RIGHT, up(y), 0.25))
        parts.append(f'<text x="{LEFT - 8}" y="{up(y) + 4:.1f}" text-anchor="end">{y:g}</text>')
    for x in sorted({x for curve in curves for x, *_ in curve.points}):
        parts.append(_rule(across(x), HEIGHT - BOTTOM, across(x), HEIGHT - BOTTOM + 5, 1))
        parts.append(f'<text x="{across(x):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{x:g}</text>')
    parts.append(_rule(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, 1))
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - BOTTOM + 36}" text-anchor="end">{escape(x_title)}</text>')
    for line, note in enumerate(reversed(notes)):
        parts.append(f'<text x="{LEFT}" y="{HEIGHT - 8 - 15 * line}" font-size="11">{escape(note)}</text>')
    places = spread_apart([up(curve.points[-1][1]) for curve in curves], LINE, TOP, HEIGHT - BOTTOM)
    for number, (curve, place) in enumerate(zip(curves, places, strict=True)):
        colour = GREY if curve.dashed else COLOURS[number % (len(COLOURS) - 1)]
        parts += _drawn(curve, colour, number >= len(COLOURS) - 1, across, up)
        parts.append(f'<text x="{WIDTH - RIGHT + 12}" y="{place + 4:.1f}" fill="{colour}">{escape(curve.name)}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _drawn(curve: Curve, colour: str, second_round: bool, across, up) -> list[str]:
    """The curve, its range at each point, and a mark there. Colours that come a second time have dots as a line."""
    dash = ' stroke-dasharray="7 5"' if curve.dashed else ' stroke-dasharray="2 4"' if second_round else ""
    middle = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y, *_ in curve.points)
    parts = [f'<polyline points="{middle}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>']
    for x, y, low, high in curve.points:
        parts.append(
            f'<line x1="{across(x):.1f}" y1="{up(low):.1f}" x2="{across(x):.1f}" y2="{up(high):.1f}" '
            f'stroke="{colour}" stroke-opacity="0.6"/>'
        )
        parts.append(f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="3" fill="{colour}"/>')
    return parts


def ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten between `low` and `high`, both above 0."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
    return [round(tick, 9) for tick in found if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]


def spread_apart(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """`places` moved to be at least `gap` apart, in their order and, if there is room, within `low` to `high`."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved, least = [0.0] * len(places), low
    for i in order:
        moved[i] = max(places[i], least)
        least = moved[i] + gap
    most = high
    for i in reversed(order):
        moved[i] = min(moved[i], most)
        most = moved[i] - gap
    return moved


def _share(value: float, ends: tuple[float, float]) -> float:
    """How far `value` is on the way from one end to the other, on a logarithmic axis."""
    return (math.log(value) - math.log(ends[0])) / (math.log(ends[1]) - math.log(ends[0]))


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """The smallest and the largest, with a little room beyond."""
    low, high = min(values), max(values)
    return low / 1.08, high * 1.08


def _head(alt: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="{escape(alt)}" font-family="system-ui, sans-serif" font-size="13" fill="{GREY}">'
    )


def _rule(x1: float, y1: float, x2: float, y2: float, opacity: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{GREY}" stroke-opacity="{opacity}"/>'
