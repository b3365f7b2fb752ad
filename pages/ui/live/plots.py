"""Line charts as plain Plotly dictionaries: smoothing, thinning and a robust y-range.

Pure numpy, so that it is tested without a browser. ``live_plot`` shows the result.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tsdownsample import MinMaxLTTBDownsampler

from gan_core.reports.svg import COLOURS as PALETTE

BAND = "rgba(36, 119, 184, 0.18)"
"""The first colour of the palette, see-through."""

CLIP_MIN_POINTS = 20  # with fewer points nothing can be called an outlier
CLIP_BEYOND, CLIP_PAD = 1.0, 0.1  # in robust ranges: how far out an outlier lies; the margin around the rest


@dataclass(frozen=True)
class PlotLine:
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
        import pandas  # here because it is slow to import: pages with a table have imported it already

        out[finite] = pandas.Series(_median5(y[finite])).ewm(alpha=1 - weight).mean()
    return out


def _median5(y: np.ndarray) -> np.ndarray:
    """Rolling median of five, (N,) to (N,). At the ends the window shrinks to three and to one: it keeps the slope."""
    if len(y) < 5:
        return y
    out = y.copy()
    out[2:-2] = np.partition(np.lib.stride_tricks.sliding_window_view(y, 5), 2, axis=-1)[:, 2]
    out[1], out[-2] = np.median(y[:3]), np.median(y[-3:])
    return out


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
    series: Sequence[PlotLine],
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
    layout = _layout(title, x_title, y_title)
    span = _clip_range([np.asarray(line.y, dtype=np.float64) for line in series]) if clip else None
    if span:
        layout["yaxis"]["range"] = list(span)
    return {"data": data, "layout": layout}


def score_figure(columns: Mapping[str, np.ndarray], best: int | None, title: str, unit: str) -> dict[str, Any]:
    """`{"data", "layout"}` of the Fréchet distance over steps; `best` is the step whose weights are kept as the best.

    Nothing is smoothed: smoothing would hide how much a single score owes to luck.
    """
    known = np.isfinite(columns["frechet/distance"])
    x, y, low, high = (columns[name][known] for name in ("step", "frechet/distance", "frechet/low", "frechet/high"))
    line = {"type": "scatter", "mode": "lines", "x": _typed_array(x), "hoverinfo": "skip", "line": {"width": 0}}
    score = {"type": "scatter", "mode": "lines+markers", "x": _typed_array(x), "y": _typed_array(y)}
    score |= {"line": {"color": PALETTE[0], "width": 2}, "marker": {"size": 6}, "uid": "score"}
    score |= {"name": "Fréchet distance", "customdata": np.stack([low, high], axis=1).tolist()}
    data: list[dict[str, Any]] = [
        line | {"uid": "low", "y": _typed_array(low), "showlegend": False},
        line | {"uid": "band", "y": _typed_array(high), "name": "95 % interval", "fill": "tonexty", "fillcolor": BAND},
        score | {"hovertemplate": "%{y:.4g} (%{customdata[0]:.4g} to %{customdata[1]:.4g})"},
    ]
    if len(found := np.flatnonzero(x == best)):
        x, y = x[found], y[found]
        star = {"type": "scatter", "mode": "markers", "x": _typed_array(x), "y": _typed_array(y), "hoverinfo": "skip"}
        star |= {"uid": "best", "name": f"best so far: {y[0]:.4g} at step {int(x[0]):,}"}
        data.append(star | {"marker": {"symbol": "star", "size": 14, "color": PALETTE[1]}})
    layout = _layout(title, "step", unit)
    layout["yaxis"]["rangemode"] = "tozero"
    return {"data": data, "layout": layout}


def _layout(title: str, x_title: str, y_title: str) -> dict[str, Any]:
    """The layout of a chart of lines."""
    return {
        "title": {"text": title},
        "uirevision": "constant",  # what the user zoomed or hid outlives every update
        "hovermode": "x unified",
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom"},
        "margin": {"l": 56, "r": 12, "t": 8, "b": 44},
        "xaxis": {"title": {"text": x_title}, "separatethousands": True, "exponentformat": "none"},
        "yaxis": {"title": {"text": y_title}, "automargin": True},
    }


def _trace(line: PlotLine, x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """One Plotly line. ``uid`` ties it to itself between updates, ``legendgroup`` to its faint twin."""
    return {
        "type": "scatter",
        "uid": line.name.encode().hex(),  # Plotly puts it into CSS selectors, where a space or a slash breaks
        "name": line.name,
        "legendgroup": line.name,
        "mode": "lines" if len(x) > 1 else "markers",  # one point alone makes no line
        "x": _typed_array(x),
        "y": _typed_array(y),
        "line": {"color": PALETTE[line.group % len(PALETTE)], "width": 2, "dash": line.dash},
        "hovertemplate": "%{y:.4g}",
    }


def _band(line: PlotLine, low: np.ndarray, high: np.ndarray) -> dict[str, Any]:
    """The area between ``low`` and ``high`` where both are known, as one closed outline without a border."""
    known = np.isfinite(low) & np.isfinite(high)
    x, low, high = (np.asarray(values, dtype=np.float64)[known] for values in (line.x, low, high))
    raw = _trace(line, np.concatenate([x, x[::-1]]), np.concatenate([low, high[::-1]]))
    area = {"fill": "toself", "fillcolor": f"{raw['line']['color']}33", "line": {"width": 0}, "mode": "lines"}
    return raw | area | {"uid": f"{raw['uid']}-band", "showlegend": False, "hoverinfo": "skip", "hovertemplate": ""}


def _typed_array(values: np.ndarray) -> dict[str, str]:
    """``values`` (N,) as a base64 typed array: float32, or float64 where float32 would change a step number."""
    top = np.abs(values).max(initial=0.0)
    dtype = "f8" if top > 1e38 or (top > 2**24 and np.all(values == np.round(values))) else "f4"
    return {"dtype": dtype, "bdata": base64.b64encode(values.astype(f"<{dtype}").tobytes()).decode("ascii")}


def _clip_range(ys: Sequence[np.ndarray]) -> tuple[float, float] | None:
    """Y-range around the bulk of all lines, or None when no point is so far out that it needs one.

    Lines that are all flat at one value get a range from 0 to just beyond it: Plotly would put them half-way up.
    """
    finite = [values for y in ys if len(values := y[np.isfinite(y)])]
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
