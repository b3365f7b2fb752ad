"""Runs as picture cards, and links to what can be done with one."""

from collections.abc import Sequence

import streamlit as st

from gan_core.runs import Run, Status
from pages.ui.shell import frame, messages


def show_cards(runs: Sequence[Run], statuses: Sequence[Status] | None = None) -> None:
    """Cards side by side, three a row; on a narrow screen one below the other."""
    statuses = statuses or [run.status() for run in runs]
    for start in range(0, len(runs), 3):
        row = zip(st.columns(3), runs[start : start + 3], statuses[start : start + 3], strict=False)
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
        st.markdown(messages.state_badge(status), width="content")
        st.page_link("pages/train.py", label=f"**{run.name}**", query_params={"run": run.name})
        st.caption(f"{messages.progress_text(status)} · epoch {status.epoch:.1f}")


def publish_link(run: Run) -> None:
    """A link to the form that publishes a run on the Hub."""
    frame.link("checkpoints", "Publish", ":material/publish:", {"view": "publish", "subject": run.name})
