"""The table of the Compare page: final and best figures, and its export."""

from collections.abc import Sequence

import streamlit as st

from gan_core import standings
from gan_core import table as text
from gan_core.runs import Run
from pages.ui import session

NOTE = (
    "Losses and accuracies are means over the last epoch ± their standard deviation there; oscillation is that of D's "
    "loss. Losses of different variants differ in kind: compare their course, not their height."
)


def table(runs: Sequence[Run]) -> None:
    """The runs as rows; kept up to date by the fragment around it."""
    head, rows = standings.table([session.standing(run) for run in runs])
    st.markdown("#### Figures")
    st.dataframe([dict(zip(head, row, strict=True)) for row in rows], hide_index=True)
    st.caption(NOTE)
    with st.container(horizontal=True, key="export"):
        for label, suffix, kind, make in (
            ("Markdown", "md", "text/markdown", text.to_markdown),
            ("CSV", "csv", "text/csv", text.to_csv),
            ("LaTeX", "tex", "application/x-tex", text.to_latex),
        ):
            st.download_button(
                label,
                make(head, rows),
                f"comparison.{suffix}",
                kind,
                icon=":material/download:",
                key=f"export-{suffix}",
                on_click="ignore",
            )
