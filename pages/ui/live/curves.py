"""From a run's numbers to its charts."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from gan_core.runs import Run, series
from gan_core.runs.records import BestWeights
from pages.ui.live import exports, live_plot
from pages.ui.live.plots import Line, lines_figure
from pages.ui.live.score_curve import score_figure
from pages.ui.shell import resources
from pages.ui.shell.watcher import Look

MAIN = ("loss", "accuracy", "frechet", "coverage")
"""Shown at once; the scores, which come later than the others, below them, so that nothing moves."""

USUAL = ("loss", "accuracy", "frechet")
"""The charts of a comparison, where they are logged."""

DASHES = ("solid", "dash", "dot", "dashdot")

INTERVALS = {"frechet/distance": ("frechet/low", "frechet/high")}
"""Series with the ends of an interval around them."""

BOUNDS = {bound for bounds in INTERVALS.values() for bound in bounds}
OTHER = series.Chart("Other", "value", "A series that is logged without a description.")


def of_run(run: Run, look: Look) -> None:
    """The curves of one run: losses and accuracies first, the others below. Drawn once for all who watch."""
    if not look.columns:
        st.caption("The curves begin with the first steps.")
        return
    charts = _charts([look.columns])
    rest = [name for name in charts if name not in MAIN]
    _draw(run, look, [name for name in MAIN if name in charts])
    if st.toggle("More curves", key=f"more-{run.name}", help="D's opinion, gradient norms, parts of the losses, speed"):
        _draw(run, look, rest)


def _draw(run: Run, look: Look, charts: Sequence[str]) -> None:
    watched = resources.watched(str(run.path))
    places = st.columns(2, gap="medium")
    for i, chart in enumerate(charts):
        with places[i % 2]:
            if chart == "frechet":
                best = run.best()
                stamp = (look.version, best)
                figure = watched.once("chart/frechet", stamp, lambda best=best: _score(look.columns, best))
                note = _about_score(look.columns, best)
            else:
                figure = watched.once(f"chart/{chart}", look.version, lambda chart=chart: _lines(look.columns, chart))
                note = series.CHARTS.get(chart, OTHER).reading
            live_plot.live_plot(figure, key=f"{chart}-{run.name}")
            st.caption(note)


def _lines(columns: dict[str, np.ndarray], chart: str) -> bytes:
    """A chart of one run, packed for the browser."""
    names = _names(columns, chart)
    lines = [Line(series.label(n), columns["step"], columns[n], group=k) for k, n in enumerate(names)]
    return live_plot.packed(_figure(chart, lines, "step"))


def choices(runs: Sequence[Run]) -> list[str]:
    """What can be drawn of these runs: every chart, then every single series that one of them has logged."""
    logged = {name for run in runs for name in resources.history(str(run.path)).refresh() if "/" in name}
    order = list(series.CHARTS)
    known = sorted(logged - BOUNDS, key=lambda name: (_place(order, series.chart(name)), name))
    return [*order, *known]


def title(choice: str) -> str:
    """How a choice is called: a chart's title, or for one series `Accuracy of D: on real`."""
    chart = series.CHARTS.get(series.chart(choice))
    about = chart.title if chart else series.chart(choice)
    return f"{about}: {series.label(choice)}" if "/" in choice else about


def _score(columns: dict[str, np.ndarray], best: BestWeights | None) -> bytes:
    """The Fréchet distance with its interval and the best point marked, packed for the browser."""
    about = series.CHARTS["frechet"]
    return live_plot.packed(score_figure(columns, best.step if best else None, about.title, about.unit))


def _about_score(columns: dict[str, np.ndarray], best: BestWeights | None) -> str:
    """How to read it, how it was measured, and what the scores have cost."""
    how = f" Measured on {best.count:,} pictures by {best.extractor}." if best else ""
    costs = columns.get("cost/scoring", np.empty(0))
    costs = costs[np.isfinite(costs)]
    paid = f" Scores have taken {costs[-1]:.1%} of the training time." if len(costs) else ""
    return f"{series.CHARTS['frechet'].reading}{how}{paid}"


def of_runs(runs: Sequence[Run], over: str, smoothing: float, wanted: Sequence[str]) -> None:
    """Curves of several runs in the same charts: one colour a run, one dash a series; each can be saved."""
    histories = {run.name: resources.history(str(run.path)).refresh() for run in runs}
    places = st.columns(2, gap="medium")
    drawn = [choice for choice in wanted if any(_of(columns, choice) for columns in histories.values())]
    for i, choice in enumerate(drawn):
        named = {f"{run[:5]} ": columns for run, columns in histories.items()}
        lines = lines_of(named, choice, over)
        with places[i % 2]:
            figure = draw(choice, lines, over, key=f"compare-{choice}-{over}", smoothing=smoothing)
            names = list(dict.fromkeys(name for columns in histories.values() for name in _of(columns, choice, True)))
            exports.chart(choice, figure, histories, names)
    missing = [title(choice) for choice in wanted if choice not in (*drawn, *USUAL)]
    if missing:
        st.caption(f"None of these runs has logged: {', '.join(missing)}.")


def lines_of(named: Mapping[str, dict[str, np.ndarray]], choice: str, over: str) -> list[Line]:
    """A choice's series of several runs, with their intervals; `named`: how each line's name begins, and its numbers.

    One colour a run, one dash a series.
    """
    lines = []
    for group, (begins, columns) in enumerate(named.items()):
        for k, name in enumerate(_of(columns, choice)):
            low, high = (columns.get(bound) for bound in INTERVALS.get(name, ("", "")))
            label, dash = f"{begins}{series.label(name)}", DASHES[k % len(DASHES)]
            lines.append(Line(label, columns[over], columns[name], group, dash, low, high))
    return lines


def draw(choice: str, lines: Sequence[Line], over: str, key: str, smoothing: float = 0.9) -> dict[str, Any]:
    """One chart with its sentence on how to read it; returns the figure."""
    figure = _figure(choice, lines, over, smoothing)
    live_plot.live_plot(figure, key=key)
    st.caption(series.CHARTS.get(series.chart(choice), OTHER).reading)
    return figure


def _figure(choice: str, lines: Sequence[Line], over: str, smoothing: float = 0.9) -> dict[str, Any]:
    unit = series.CHARTS.get(series.chart(choice), OTHER).unit
    return lines_figure(list(lines), title=title(choice), x_title=series.AXES[over], y_title=unit, smoothing=smoothing)


def _of(columns: dict[str, np.ndarray], choice: str, bounds: bool = False) -> list[str]:
    """The series of a choice that are logged: one, or all of a chart; with the ends of intervals if `bounds`."""
    names = [choice] if "/" in choice else _names(columns, choice)
    found = [name for name in names if name in columns and name not in BOUNDS]
    return found + [bound for name in found for bound in INTERVALS.get(name, ()) if bounds and bound in columns]


def _place(order: Sequence[str], chart: str) -> int:
    return order.index(chart) if chart in order else len(order)


def _charts(histories: Sequence[dict[str, np.ndarray]]) -> list[str]:
    """The charts that have data, in the order of `series.CHARTS`."""
    present = {series.chart(name) for columns in histories for name in columns}
    return [name for name in series.CHARTS if name in present]


def _names(columns: dict[str, np.ndarray], chart: str) -> list[str]:
    """The series of a chart in a fixed order, so that each keeps its colour."""
    return sorted(name for name in columns if series.chart(name) == chart)
