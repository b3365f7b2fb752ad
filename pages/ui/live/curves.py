"""The charts of logged series: of one run as it trains, or of several runs in the same charts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from gan_core.runs import Run, series
from gan_core.runs.records import BestWeights
from pages.ui.live import exports, live_plot
from pages.ui.live.plots import PlotLine, lines_figure, score_figure
from pages.ui.shell import resources
from pages.ui.shell.shared_run import RunSnapshot

Columns = dict[str, np.ndarray]

MAIN = ("loss", "accuracy", "frechet", "coverage")
"""Shown at once; the scores, which come later than the others, below them, so that nothing moves."""

DEFAULT = ("loss", "accuracy", "frechet")
"""The charts of a comparison, where they are logged."""

LOSSES_DIFFER = "Losses of different variants are not on one scale: compare their course, not their height."
MORE_HELP = "D's outputs, gradient norms, parts of the losses, speed"
DASHES = ("solid", "dash", "dot", "dashdot")

INTERVALS = {"frechet/distance": ("frechet/low", "frechet/high")}
"""Series with the ends of an interval around them."""

BOUNDS = {bound for bounds in INTERVALS.values() for bound in bounds}
UNDESCRIBED = series.Chart("Other", "value", "A series that is logged without a description.")


def show_run(run: Run, snapshot: RunSnapshot) -> None:
    """The curves of one run: losses and accuracies first, the others below. Drawn once for all who watch."""
    if not snapshot.columns:
        st.caption("The curves begin with the first steps.")
        return
    charts = logged_charts([snapshot.columns])
    _show_shared(run, snapshot, [chart for chart in MAIN if chart in charts])
    if st.toggle("More curves", key=f"more-{run.name}", help=MORE_HELP):
        _show_shared(run, snapshot, [chart for chart in charts if chart not in MAIN])


def _show_shared(run: Run, snapshot: RunSnapshot, charts: Sequence[str]) -> None:
    shared, columns = resources.shared_run(run), snapshot.columns
    places = st.columns(2, gap="medium")
    for i, chart in enumerate(charts):
        scored = chart == "frechet"
        best = run.best() if scored else None
        with places[i % 2]:
            draw = _score_figure if scored else _run_figure
            figure = shared.cached(
                f"chart/{chart}",
                (snapshot.version, best),
                lambda draw=draw, chart=chart, best=best: live_plot.pack_figure(draw(columns, chart, best)),
            )
            live_plot.live_plot(figure, key=f"{chart}-{run.name}")
            st.caption(_score_note(columns, best) if scored else _described(chart).reading)


def _run_figure(columns: Columns, chart: str, _: BestWeights | None) -> dict[str, Any]:
    names = _logged(columns, chart, bounds=True)
    lines = [PlotLine(series.label(n), columns["step"], columns[n], group=k) for k, n in enumerate(names)]
    return _figure(chart, lines, "step")


def _score_figure(columns: Columns, chart: str, best: BestWeights | None) -> dict[str, Any]:
    described = _described(chart)
    return score_figure(columns, best.step if best else None, described.title, described.unit)


def _score_note(columns: Columns, best: BestWeights | None) -> str:
    """How to read the score, how it was measured, and what the scores have cost."""
    measured = f" Measured on {best.count:,} pictures by {best.extractor}." if best else ""
    costs = columns.get("cost/scoring", np.empty(0))
    costs = costs[np.isfinite(costs)]
    cost = f" Scores have taken {costs[-1]:.1%} of the training time." if len(costs) else ""
    return f"{series.CHARTS['frechet'].reading}{measured}{cost}"


def logged_charts(histories: Sequence[Columns]) -> list[str]:
    """The charts that have data in one of these histories, in the order of `series.CHARTS`."""
    logged = {series.chart(name) for columns in histories for name in columns}
    return [chart for chart in series.CHARTS if chart in logged]


def choices(runs: Sequence[Run]) -> list[str]:
    """What can be drawn of these runs: every chart, then every single series that one of them has logged."""
    logged = {name for run in runs for name in resources.columns(run) if "/" in name}
    order = list(series.CHARTS)

    def place(name: str) -> tuple[int, str]:
        chart = series.chart(name)
        return (order.index(chart) if chart in order else len(order), name)

    return [*order, *sorted(logged - BOUNDS, key=place)]


def choice_title(choice: str) -> str:
    """The title of a choice: a chart's, or for one series as `Accuracy of D: on real`."""
    chart = series.CHARTS.get(series.chart(choice))
    title = chart.title if chart else series.chart(choice)
    return f"{title}: {series.label(choice)}" if "/" in choice else title


def show_runs(runs: Sequence[Run], over: str, smoothing: float, chosen: Sequence[str]) -> None:
    """The chosen curves of several runs in the same charts: one colour a run, one dash a series; each can be saved."""
    histories = {run.name: resources.columns(run) for run in runs}
    drawn = [choice for choice in chosen if any(_logged(columns, choice) for columns in histories.values())]
    places = st.columns(2, gap="medium")
    for i, choice in enumerate(drawn):
        lines = lines_of_runs({f"{run[:5]} ": columns for run, columns in histories.items()}, choice, over)
        with places[i % 2]:
            figure = show_chart(choice, lines, over, key=f"compare-{choice}-{over}", smoothing=smoothing)
            names = [name for columns in histories.values() for name in _logged(columns, choice, bounds=True)]
            exports.chart_menu(choice, figure, histories, list(dict.fromkeys(names)))
    missing = [choice_title(choice) for choice in chosen if choice not in (*drawn, *DEFAULT)]
    if missing:
        st.caption(f"None of these runs has logged: {', '.join(missing)}.")


def lines_of_runs(histories: Mapping[str, Columns], choice: str, over: str) -> list[PlotLine]:
    """A choice's series of several runs with their intervals, one colour a run, one dash a series.

    The keys of `histories` are what the names of a run's lines begin with.
    """
    lines = []
    for group, (prefix, columns) in enumerate(histories.items()):
        for k, name in enumerate(_logged(columns, choice)):
            low, high = (columns.get(bound) for bound in INTERVALS.get(name, ("", "")))
            label, dash = f"{prefix}{series.label(name)}", DASHES[k % len(DASHES)]
            lines.append(PlotLine(label, columns[over], columns[name], group, dash, low, high))
    return lines


def show_chart(choice: str, lines: Iterable[PlotLine], over: str, key: str, smoothing: float = 0.9) -> dict[str, Any]:
    """One chart with its sentence on how to read it; returns the figure."""
    figure = _figure(choice, lines, over, smoothing)
    live_plot.live_plot(figure, key=key)
    st.caption(_described(choice).reading)
    return figure


def _figure(choice: str, lines: Iterable[PlotLine], over: str, smoothing: float = 0.9) -> dict[str, Any]:
    title, unit = choice_title(choice), _described(choice).unit
    return lines_figure(list(lines), title=title, x_title=series.AXES[over], y_title=unit, smoothing=smoothing)


def _described(choice: str) -> series.Chart:
    return series.CHARTS.get(series.chart(choice), UNDESCRIBED)


def _logged(columns: Columns, choice: str, bounds: bool = False) -> list[str]:
    """The logged series of a choice, one or all of a chart, in a fixed order, so that each keeps its colour.

    The ends of intervals are left out unless `bounds`, and then come last.
    """
    names = [choice] if "/" in choice else sorted(name for name in columns if series.chart(name) == choice)
    found = [name for name in names if name in columns and name not in BOUNDS]
    return found + [bound for name in found for bound in INTERVALS.get(name, ()) if bounds and bound in columns]
