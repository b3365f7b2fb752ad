"""Compare: two or more runs or models, their pictures, curves, figures and settings side by side."""

import streamlit as st

from gan_core import runs
from gan_core.models import library
from gan_core.runs.series import AXES
from pages.ui.comparison import pictures, selection, tables, tournament
from pages.ui.live import curves
from pages.ui.shell import session
from pages.ui.shell.frame import frame

frame("Compare")
known = {run.name: run for run in runs.list_runs()}
if not known and not session.names_in_url("models"):
    st.info("There is no run to compare yet: start one on the **Train** page, or choose models below.")
    st.page_link("pages/train.py", label="Train a GAN", icon=":material/play_circle:")
if not known and not library.titles(include_runs=False):
    st.stop()

chosen = selection.choose(known)
if not chosen:
    st.info("Choose the runs to compare, or models that are here already.")
    st.stop()
if len(chosen) < 2:
    st.info("Choose another run or model to compare it with.")

trained = [one.run for one in chosen if one.run]
alive = [run for run in trained if run.status().alive]
tick = 2.0 if alive else None
view = pictures.view(chosen)
judged = pictures.judged(chosen, view, session.number_in_url("step"))


@st.fragment(run_every=tick)
def live_pictures() -> None:
    """Kept up to date while one of the runs trains."""
    if not all(run.path.is_dir() for run in trained):  # deleted in another tab
        st.rerun()
    step = pictures.pictures(chosen, view)
    if pictures.judged(chosen, view, step) != judged:
        st.rerun()  # what is below is about these weights


live_pictures()
if trained:
    st.markdown("#### Curves")
    with st.container(horizontal=True):
        over = session.pick("Over", "x", AXES)
        smoothing = st.slider("Smoothing", 0.0, 0.99, 0.9, 0.01, key="smooth", bind="query-params")
    offered = curves.choices(trained)
    asked = session.choices_in_url("charts", offered, curves.USUAL)
    session.follow("charts", "compare-charts", asked)
    charts = st.multiselect(
        "Charts",
        offered,
        default=asked,
        format_func=curves.title,
        key="compare-charts",
        help="Whole charts come first, then every single series these runs have logged.",
    )
    session.choose_in_url("charts", charts, list(curves.USUAL))

    @st.fragment(run_every=tick)
    def live_numbers() -> None:
        """The same for curves and figures; the whole page is drawn anew when the last run has ended."""
        if not all(run.path.is_dir() for run in trained):
            st.rerun()
        curves.of_runs(trained, over, smoothing, charts)
        tables.table(trained)
        if alive and not any(run.status().alive for run in alive):
            st.rerun()

    live_numbers()
tables.scored(chosen, view)
tournament.section(chosen, view.which)
pictures.settings(chosen)
