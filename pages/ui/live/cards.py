"""Runs as picture cards."""

from collections.abc import Sequence

import streamlit as st

from gan_core.runs import Run, Status
from pages.ui.shell import messages


def shelf(runs: Sequence[Run], statuses: Sequence[Status] | None = None) -> None:
    """Cards side by side, three a row; on a narrow screen one below the other."""
    statuses = statuses or [run.status() for run in runs]
    for start in range(0, len(runs), 3):
        columns = st.columns(3)
        row = zip(columns, runs[start : start + 3], statuses[start : start + 3], strict=False)
        for column, run, status in row:
            with column:
                _card(run, status)


def _card(run: Run, status: Status) -> None:
    with st.container(border=True, key=f"card-{run.name}"):
        pictures = run.samples()
        if pictures:
            st.image(str(list(pictures.values())[-1]), width="stretch", alt=f"Samples of {run.name}")
        else:
            st.caption("No picture yet.")
        messages.state_badge(status)
        st.page_link("pages/train.py", label=f"**{run.name}**", query_params={"run": run.name})
        planned = f" of {status.steps:,}" if status.steps else ""
        st.caption(f"step {status.step:,}{planned} · epoch {status.epoch:.1f}")
