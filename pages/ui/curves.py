"""From a run's numbers to its charts."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from gan_core import series
from gan_core.runs import Run
from pages.ui import live, session
from pages.ui.plots import Line, lines_figure
from pages.ui.score_curve import score_figure

MAIN = ("loss", "accuracy", "frechet", "coverage")
"""Shown at once; the scores, which come later than the others, below them, so that nothing moves."""

DASHES = ("solid", "dash", "dot", "dashdot")


def of_run(run: Run) -> None:
    """The curves of one run: losses and accuracies first, the others below."""
    columns = session.history(str(run.path)).refresh()
    if not columns:
        st.caption("The curves begin with the first steps.")
        return
    charts = _charts([columns])
    rest = [name for name in charts if name not in MAIN]
    _draw(run, columns, [name for name in MAIN if name in charts])
    if st.toggle("More curves", key=f"more-{run.name}", help="D's opinion, gradient norms, parts of the losses, speed"):
        _draw(run, columns, rest)


def _draw(run: Run, columns: dict[str, np.ndarray], charts: Sequence[str]) -> None:
    places = st.columns(2, gap="medium")
    for i, chart in enumerate(charts):
        with places[i % 2]:
            if chart == "frechet":
                _score(run, columns)
                continue
            names = _names(columns, chart)
            lines = [Line(series.label(n), columns["step"], columns[n], group=k) for k, n in enumerate(names)]
            draw(chart, lines, "step", key=f"{chart}-{run.name}")


def _score(run: Run, columns: dict[str, np.ndarray]) -> None:
    """The Fréchet distance with its interval, the best point marked, and what the scores have cost."""
    about, best = series.CHARTS["frechet"], run.best()
    live.live_plot(
        score_figure(columns, best.step if best else None, about.title, about.unit), key=f"frechet-{run.name}"
    )
    how = f" Measured on {best.count:,} pictures by {best.extractor}." if best else ""
    costs = columns.get("cost/scoring", np.empty(0))
    costs = costs[np.isfinite(costs)]
    paid = f" Scores have taken {costs[-1]:.1%} of the training time." if len(costs) else ""
    st.caption(f"{about.reading}{how}{paid}")


def of_runs(runs: Sequence[Run], over: str, smoothing: float, wanted: Sequence[str]) -> None:
    """Curves of several runs in the same charts: one colour a run, one dash a series."""
    histories = [session.history(str(run.path)).refresh() for run in runs]
    places = st.columns(2, gap="medium")
    for i, chart in enumerate(name for name in _charts(histories) if name in wanted):
        lines = []
        for group, (run, columns) in enumerate(zip(runs, histories, strict=True)):
            for k, name in enumerate(_names(columns, chart)):
                label = f"{run.name[:5]} {series.label(name)}"
                lines.append(Line(label, columns[over], columns[name], group, DASHES[k % len(DASHES)]))
        with places[i % 2]:
            draw(chart, lines, over, key=f"compare-{chart}-{over}", smoothing=smoothing)


def draw(chart: str, lines: Sequence[Line], over: str, key: str, smoothing: float = 0.9) -> None:
    """One chart with its sentence on how to read it."""
    about = series.CHARTS[chart]
    figure = lines_figure(
        list(lines), title=about.title, x_title=series.AXES[over], y_title=about.unit, smoothing=smoothing
    )
    live.live_plot(figure, key=key)
    st.caption(about.reading)


def _charts(histories: Sequence[dict[str, np.ndarray]]) -> list[str]:
    """The charts that have data, in the order of `series.CHARTS`."""
    present = {series.chart(name) for columns in histories for name in columns}
    return [name for name in series.CHARTS if name in present]


def _names(columns: dict[str, np.ndarray], chart: str) -> list[str]:
    """The series of a chart in a fixed order, so that each keeps its colour."""
    return sorted(name for name in columns if series.chart(name) == chart)
