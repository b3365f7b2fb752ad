"""Compare: two or more runs, their pictures, curves, figures and settings side by side."""

import streamlit as st

from gan_core import runs
from gan_core.series import AXES
from pages.ui import comparison, curves, session, standings, tournament
from pages.ui.frame import frame

MOST = 4

frame("Compare")
known = {run.name: run for run in runs.list_runs()}
if not known:
    st.info("There is nothing to compare yet. Start a run on the **Train** page, then a second one.")
    st.page_link("pages/train.py", label="Train a GAN", icon=":material/play_circle:")
    st.stop()

unknown = [name for name in session.runs_in_url() if name not in known]
if unknown:
    st.warning(f"The link names runs that are not here: {', '.join(unknown)}.")
names = st.multiselect(
    "Runs",
    list(known),
    default=[name for name in session.runs_in_url() if name in known][:MOST],
    max_selections=MOST,
    placeholder="Choose two or more",
    key="compare-runs",
)
session.put_in_url(runs=",".join(names))
if len(names) < 2:
    one_more = "Choose another run to compare it with." if names else "Choose the runs to compare."
    st.info(one_more if len(known) > 1 else "Only one run is here. Start a second one on the **Train** page.")
if not names:
    st.stop()

chosen = [known[name] for name in names]
alive = [run for run in chosen if run.status().alive]
tick = 2.0 if alive else None
view = comparison.view(chosen)


@st.fragment(run_every=tick)
def live_pictures() -> None:
    """Kept up to date while one of the runs trains."""
    if not all(run.path.is_dir() for run in chosen):  # deleted in another tab
        st.rerun()
    comparison.pictures(chosen, view)


live_pictures()
st.markdown("#### Curves")
with st.container(horizontal=True):
    over = session.pick("Over", "x", AXES)
    smoothing = st.slider("Smoothing", 0.0, 0.99, 0.9, 0.01, key="smooth", bind="query-params")
offered = curves.choices(chosen)
charts = st.multiselect(
    "Charts",
    offered,
    default=session.choices_in_url("charts", offered, curves.USUAL),
    format_func=curves.title,
    key="compare-charts",
    help="Whole charts come first, then every single series these runs have logged.",
)
session.choose_in_url("charts", charts, list(curves.USUAL))


@st.fragment(run_every=tick)
def live_numbers() -> None:
    """The same for curves and figures; the whole page is drawn anew when the last run has ended."""
    if not all(run.path.is_dir() for run in chosen):
        st.rerun()
    curves.of_runs(chosen, over, smoothing, charts)
    standings.table(chosen)
    if alive and not any(run.status().alive for run in alive):
        st.rerun()


live_numbers()
standings.scored(chosen, view)
tournament.section(chosen, view.which)
comparison.settings(chosen)
