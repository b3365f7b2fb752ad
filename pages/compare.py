"""Compare: two or more runs or models, their pictures, curves, scores and settings side by side."""

import streamlit as st

from gan_core import runs
from gan_core.models import library
from gan_core.runs.series import AXES
from pages.ui.comparison import pictures, selection, tables, tournament
from pages.ui.live import curves
from pages.ui.shell import session
from pages.ui.shell.frame import frame, link

frame("Compare")
known = {run.name: run for run in runs.list_runs()}
if not known and not session.names_in_url("models"):
    st.info("There is no run to compare yet: start one on the **Train** page, or choose models below.")
    link("train", "Train a GAN")
if not known and not library.titles(include_runs=False):
    st.stop()

items = selection.choose(known)
if not items:
    st.info("Choose the runs to compare, or models that are on this machine.")
    st.stop()
if len(items) < 2:
    st.info("Choose another run or model to compare it with.")

trained = [item.run for item in items if item.run]
alive = [run for run in trained if run.status().alive]
interval = 2.0 if alive else None
view = pictures.choose_view(items)
weights = pictures.weights_at_slider(items, view, session.number_in_url("step"))


@st.fragment(run_every=interval)
def live_pictures() -> None:
    """Kept up to date while one of the runs trains."""
    if not all(run.path.is_dir() for run in trained):  # deleted in another tab
        st.rerun()
    step = pictures.show(items, view)
    if pictures.weights_at_slider(items, view, step) != weights:
        st.rerun()  # everything below is about these weights


live_pictures()
if trained:
    st.markdown("#### Curves")
    with st.container(horizontal=True):
        over = session.segmented_control("Over", "x", AXES)
        smoothing = st.slider("Smoothing", 0.0, 0.99, 0.9, 0.01, key="smooth", bind="query-params")
    charts = session.multiselect(
        "Charts",
        "charts",
        curves.choices(trained),
        curves.DEFAULT,
        key="compare-charts",
        format_func=curves.choice_title,
        help="Whole charts come first, then every single series these runs have logged.",
    )

    @st.fragment(run_every=interval)
    def live_numbers() -> None:
        """Curves and summary, kept up to date too; the whole page is drawn anew when the last run has ended."""
        if not all(run.path.is_dir() for run in trained):
            st.rerun()
        curves.show_runs(trained, over, smoothing, charts)
        tables.show_summary(trained)
        if alive and not any(run.status().alive for run in alive):
            st.rerun()

    live_numbers()
tables.show_scores(items, view)
tournament.show(items, view.weights)
tables.show_settings(items)
