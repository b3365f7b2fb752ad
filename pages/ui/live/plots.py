"""Line charts as plain Plotly dictionaries: smoothing, thinning and a robust y-range.

Pure numpy, so that it is tested without a browser. What comes out goes to ``live.live_plot``.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tsdownsample import MinMaxLTTBDownsampler

# Okabe and Ito's colour-blind-safe hues, shifted in lightness until each has a contrast of at least 3
# against a near-white and against a near-black page. Beyond the seventh, tell lines apart by dash.
PALETTE = ("#2477b8", "#c97300", "#009170", "#bf6097", "#d4572a", "#7b6cc7", "#77756f")

CLIP_MIN_POINTS = 20  # with fewer nothing can be called an outlier
CLIP_BEYOND, CLIP_PAD = 1.0, 0.1  # in robust ranges: how far out an outlier lies; the margin around the rest


@dataclass(frozen=True)
class Line:
    """One curve. ``x`` and ``y`` have shape (N,), N >= 0; ``y`` may hold NaN or None where nothing is known.

    ``name`` is shown in the legend and is unique in a figure; ``group`` picks the colour (taken modulo the
    palette); ``dash`` is a Plotly dash name ("solid", "dash", "dot"). ``low`` and ``high``, of ``y``'s shape, are an
    interval around it: such a line is drawn as it is, never smoothed, in a band, with a mark at each point.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    group: int = 0
    dash: str = "solid"
    low: np.ndarray | None = None
    high: np.ndarray | None = None


def smooth(y: np.ndarray, weight: float) -> np.ndarray:
    """Smooth ``y`` (N,) with a debiased exponential moving average over a rolling median of five.

    The median removes spikes of one or two points before they can pull the average. ``weight`` is in [0, 1):
    0 gives ``y`` back, 0.9 averages over about ten points. "Debiased" divides by the sum of the weights so
    far, so the curve starts at the data and not at zero. Points that are not finite stay NaN and count for
    nothing. Returns float64 of shape (N,).
    """
    if not 0 <= weight < 1:
        raise ValueError(f"weight must be in [0, 1), not {weight}")
    y = np.asarray(y, dtype=np.float64)
    finite = np.isfinite(y)
    out = np.where(finite, y, np.nan)
    if weight and finite.any():
        out[finite] = _ema(_median5(y[finite]), weight)
    return out


def _median5(y: np.ndarray) -> np.ndarray:
    """Rolling median of five, (N,) to (N,), as a min/max network: far faster than sorting windows.

    At the ends the window shrinks to three and to one, so a curve keeps its slope there.
    """
    if len(y) < 5:
        return y
    a, b, c, d, e = (y[i : len(y) - 4 + i] for i in range(5))
    low, high = np.minimum(a, b), np.maximum(a, b)
    low2, high2 = np.minimum(c, d), np.maximum(c, d)
    f, g = np.maximum(low, low2), np.minimum(high, high2)  # drop the smallest and the largest of four
    out = y.copy()
    out[2:-2] = np.maximum(np.minimum(f, g), np.minimum(np.maximum(f, g), e))
    out[1], out[-2] = np.median(y[:3]), np.median(y[-3:])
    return out


def _ema(y: np.ndarray, weight: float) -> np.ndarray:
    """Debiased exponential moving average of finite ``y`` (N,), in blocks instead of a Python loop per point.

    Inside a block e_t = w^t * cumsum(y_s * w^-s); a block is short enough that w^-s stays below 1e250.
    """
    n = len(y)
    size = int(min(1024, max(1, 575 / -np.log(weight))))
    padded = np.pad(y, (0, -n % size)).reshape(-1, size)
    powers = weight ** np.arange(size)
    blocks = np.cumsum(padded * ((1 - weight) / powers), axis=1) * powers
    carry, decay = 0.0, weight**size
    carries = np.empty(len(blocks))
    for i, last in enumerate(blocks[:, -1].tolist()):
        carries[i] = carry
        carry = last + decay * carry
    blocks += carries[:, None] * (powers * weight)
    return blocks.reshape(-1)[:n] / -np.expm1(np.arange(1, n + 1) * np.log(weight))


def thin(x: np.ndarray, y: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Keep at most ``n`` (>= 5) of the finite points of (x, y), shapes (N,), without losing the shape.

    Points are chosen, never averaged: spikes survive, and the smallest and largest y always do. ``x`` is
    sorted if it is not already (a resumed run may write a step twice).
    """
    if n < 5:
        raise ValueError(f"n must be at least 5, not {n}")
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"x and y must be of one length, not {x.shape} and {y.shape}")
    finite = np.isfinite(x) & np.isfinite(y)
    if not finite.all():
        x, y = x[finite], y[finite]
    if np.any(x[1:] < x[:-1]):
        order = np.argsort(x, kind="stable")
        x, y = x[order], y[order]
    if len(y) <= n:
        return x, y
    keep = MinMaxLTTBDownsampler().downsample(x, np.ascontiguousarray(y), n_out=n - 2).astype(np.intp)
    keep = np.union1d(keep, [y.argmin(), y.argmax()])  # LTTB alone may drop an extreme next to a larger one
    return x[keep], y[keep]


def lines_figure(
    series: Sequence[Line],
    *,
    title: str,
    x_title: str,
    y_title: str,
    smoothing: float = 0.9,
    clip: bool = True,
    max_points: int = 1000,
) -> dict[str, Any]:
    """Draw each line twice, faint as measured and strong as smoothed, and return ``{"data", "layout"}``.

    ``smoothing`` is in [0, 1), 0 draws the measured lines only. The weight is raised for more than
    ``max_points`` points, so that a long curve looks as smooth as a short one, and lowered for fewer than about
    80, where it would lag. ``clip`` keeps outliers from flattening the chart; a double click shows them.
    """
    names = [line.name for line in series]
    if len(set(names)) < len(names):
        raise ValueError(f"every line needs its own name, not {names}")
    data: list[dict[str, Any]] = []
    for line in series:
        y = np.asarray(line.y, dtype=np.float64)  # None becomes NaN
        raw = _trace(line, *thin(line.x, y, max_points))
        if line.low is not None and line.high is not None:
            data += [_band(line, line.low, line.high), raw | {"mode": "lines+markers"}]
            continue
        if smoothing == 0:
            data.append(raw)
            continue
        known = max(1, np.count_nonzero(np.isfinite(y)))
        weight = min(smoothing ** min(1.0, max_points / known), max(0.0, 1 - 8 / known))
        strong = _trace(line, *thin(line.x, smooth(y, weight), max_points))
        faint = {"uid": f"{raw['uid']}-raw", "opacity": 0.25, "showlegend": False, "hoverinfo": "skip"}
        faint |= {"line": raw["line"] | {"width": 1, "dash": "solid"}, "hovertemplate": ""}
        data += [raw | faint, strong]
    layout: dict[str, Any] = {
        "title": {"text": title},
        "uirevision": "constant",  # what the user zoomed or hid outlives every update
        "hovermode": "x unified",
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom"},
        "margin": {"l": 56, "r": 12, "t": 8, "b": 44},
        "xaxis": {"title": {"text": x_title}, "separatethousands": True, "exponentformat": "none"},
        "yaxis": {"title": {"text": y_title}, "automargin": True},
    }
    span = _clip_range([np.asarray(line.y, dtype=np.float64) for line in series]) if clip else None
    if span:
        layout["yaxis"]["range"] = list(span)
    return {"data": data, "layout": layout}


def _trace(line: Line, x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """One Plotly line. ``uid`` ties it to itself between updates, ``legendgroup`` to its faint twin."""
    return {
        "type": "scatter",
        "uid": line.name.encode().hex(),  # Plotly puts it into CSS selectors, where a space or a slash breaks
        "name": line.name,
        "legendgroup": line.name,
        "mode": "lines" if len(x) > 1 else "markers",  # one point alone makes no line
        "x": typed(x),
        "y": typed(y),
        "line": {"color": PALETTE[line.group % len(PALETTE)], "width": 2, "dash": line.dash},
        "hovertemplate": "%{y:.4g}",
    }


def _band(line: Line, low: np.ndarray, high: np.ndarray) -> dict[str, Any]:
    """The area between ``low`` and ``high`` where both are known, as one closed outline without a border."""
    known = np.isfinite(low) & np.isfinite(high)
    x, low, high = (np.asarray(values, dtype=np.float64)[known] for values in (line.x, low, high))
    raw = _trace(line, np.concatenate([x, x[::-1]]), np.concatenate([low, high[::-1]]))
    area = {"fill": "toself", "fillcolor": f"{raw['line']['color']}33", "line": {"width": 0}, "mode": "lines"}
    return raw | area | {"uid": f"{raw['uid']}-band", "showlegend": False, "hoverinfo": "skip", "hovertemplate": ""}


def typed(values: np.ndarray) -> dict[str, str]:
    """``values`` (N,) as a base64 typed array: float32, or float64 where float32 would change a step number."""
    top = np.abs(values).max(initial=0.0)
    dtype = "f8" if top > 1e38 or (top > 2**24 and np.all(values == np.round(values))) else "f4"
    return {"dtype": dtype, "bdata": base64.b64encode(values.astype(f"<{dtype}").tobytes()).decode("ascii")}


def _clip_range(ys: Sequence[np.ndarray]) -> tuple[float, float] | None:
    """Y-range around the bulk of all lines, or None when no point is so far out that it needs one.

    Lines that are all flat at one value get a range from 0 to just beyond it: Plotly would put them half-way up.
    """
    finite = [kept for y in ys if len(kept := y[np.isfinite(y)])]
    if sum(map(len, finite)) < CLIP_MIN_POINTS:
        return None
    # percentiles per line, so that a short line counts as much as a long one
    bulk = np.array([np.percentile(y[:: max(1, len(y) // 20_000)], [2, 98]) for y in finite])
    low, high = bulk[:, 0].min(), bulk[:, 1].max()
    least, most = min(y.min() for y in finite), max(y.max() for y in finite)
    span = high - low
    if least == most != 0:
        return min(0.0, 1.05 * float(least)), max(0.0, 1.05 * float(most))
    if span <= 0 or (most <= high + CLIP_BEYOND * span and least >= low - CLIP_BEYOND * span):
        return None
    bottom = low if least < low - CLIP_BEYOND * span else least
    top = high if most > high + CLIP_BEYOND * span else most
    return float(bottom - CLIP_PAD * span), float(top + CLIP_PAD * span)
