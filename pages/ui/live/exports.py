"""What a chart and its data can be saved as, beside the pictures that the browser makes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from gan_core.reports import columns as files


def chart_menu(
    name: str, figure: Mapping[str, Any], runs: Mapping[str, Mapping[str, np.ndarray]], names: Sequence[str]
) -> None:
    """A small menu: the figure as a page of HTML, the series `names` of `runs` as CSV and JSON."""
    file = f"compare-{name.replace('/', '-')}"
    with st.popover("Save", icon=":material/download:", type="tertiary", key=f"save-{name}"):
        st.caption("The chart's own buttons save PNG and SVG. The data is as it was logged, not smoothed.")
        with st.container(horizontal=True):
            download("HTML", f"{file}.html", "text/html", lambda: standalone_html(figure), icon=None)
            download("CSV", f"{file}.csv", "text/csv", lambda: files.to_csv(runs, names), icon=None)
            download("JSON", f"{file}.json", "application/json", lambda: files.to_json(runs, names), icon=None)


def download(
    label: str, file: str, mime: str, make: Callable[[], str | bytes], icon: str | None = ":material/download:"
) -> None:
    """A button that saves a file, which is made when the button is pressed."""
    st.download_button(label, make, file, mime, icon=icon, key=f"file-{file}", on_click="ignore")


def standalone_html(figure: Mapping[str, Any]) -> str:
    """A figure as one HTML file that works without internet: plotly.js is inside."""
    from plotly import graph_objects
    from plotly.io import to_html

    drawn = graph_objects.Figure({"data": figure["data"], "layout": figure["layout"]})
    drawn.update_layout(template="plotly_white")
    return to_html(drawn, include_plotlyjs=True, full_html=True)
