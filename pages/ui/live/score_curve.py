"""The score of a run while it trained: its course, its interval, and the point that was best."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pages.ui.live.plots import PALETTE, typed

BAND = "rgba(36, 119, 184, 0.18)"
"""The first colour of the palette, see-through."""


def score_figure(columns: Mapping[str, np.ndarray], best: int | None, title: str, unit: str) -> dict[str, Any]:
    """`{"data", "layout"}` of the Fréchet distance over steps; `best` is the step whose weights are kept as the best.

    The points are joined as they are: smoothing would hide how much a single score owes to luck.
    """
    known = np.isfinite(columns["frechet/distance"])
    x, y, low, high = (columns[name][known] for name in ("step", "frechet/distance", "frechet/low", "frechet/high"))
    line = {"type": "scatter", "mode": "lines", "x": typed(x), "hoverinfo": "skip", "line": {"width": 0}}
    data: list[dict[str, Any]] = [
        line | {"uid": "low", "y": typed(low), "showlegend": False},
        line | {"uid": "band", "y": typed(high), "name": "95 % interval", "fill": "tonexty", "fillcolor": BAND},
        {
            "type": "scatter",
            "uid": "score",
            "name": "Fréchet distance",
            "mode": "lines+markers",
            "x": typed(x),
            "y": typed(y),
            "line": {"color": PALETTE[0], "width": 2},
            "marker": {"size": 6},
            "customdata": np.stack([low, high], axis=1).tolist(),
            "hovertemplate": "%{y:.4g} (%{customdata[0]:.4g} to %{customdata[1]:.4g})",
        },
    ]
    at = np.flatnonzero(x == best)
    if len(at):
        data.append(_star(x[at], y[at]))
    layout = {
        "title": {"text": title},
        "uirevision": "constant",
        "hovermode": "x unified",
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom"},
        "margin": {"l": 56, "r": 12, "t": 8, "b": 44},
        "xaxis": {"title": {"text": "step"}, "separatethousands": True, "exponentformat": "none"},
        "yaxis": {"title": {"text": unit}, "automargin": True, "rangemode": "tozero"},
    }
    return {"data": data, "layout": layout}


def _star(x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    return {
        "type": "scatter",
        "uid": "best",
        "name": f"best so far: {y[0]:.4g} at step {int(x[0]):,}",
        "mode": "markers",
        "x": typed(x),
        "y": typed(y),
        "marker": {"symbol": "star", "size": 14, "color": PALETTE[1]},
        "hoverinfo": "skip",
    }
