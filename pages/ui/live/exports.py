"""What a chart and its data can be saved as, beside the pictures that the browser makes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from gan_core.reports import columns as files


def chart(
    name: str, figure: Mapping[str, Any], runs: Mapping[str, Mapping[str, np.ndarray]], names: Sequence[str]
) -> None:
    """A small menu: the figure as a page of HTML, the series `names` of `runs` as CSV and JSON, all made on a click."""
    file = f"compare-{name.replace('/', '-')}"
    with st.popover("Save", icon=":material/download:", type="tertiary", key=f"save-{name}"):
        st.caption("The chart's own buttons save PNG and SVG. The data is as it was logged, not smoothed.")
        with st.container(horizontal=True):
            _button("HTML", f"{file}.html", "text/html", lambda: page(figure))
            _button("CSV", f"{file}.csv", "text/csv", lambda: files.to_csv(runs, names))
            _button("JSON", f"{file}.json", "application/json", lambda: files.to_json(runs, names))


def _button(label: str, file: str, kind: str, make: Any) -> None:
    st.download_button(label, make, file, kind, key=f"file-{file}", on_click="ignore")


def page(figure: Mapping[str, Any]) -> str:
    """A figure as one HTML file that works without internet: plotly.js is inside."""
    from plotly import graph_objects
    from plotly.io import to_html

    drawn = graph_objects.Figure({"data": figure["data"], "layout": figure["layout"]})
    drawn.update_layout(template="plotly_white")
    return to_html(drawn, include_plotlyjs=True, full_html=True)
