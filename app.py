"""GAN Workshop: the Home page. Start with `streamlit run app.py`."""

import streamlit as st

from gan_core import runs
from pages.ui.live import cards
from pages.ui.models import bundled
from pages.ui.shell import resources
from pages.ui.shell.frame import frame

SHOWN = 12

frame("GAN Workshop")
st.markdown(
    "Train small generative adversarial networks and watch them learn, on a laptop or a GPU. "
    "Then compare runs and see what each idea of this field brings."
)
with st.container(horizontal=True):
    st.page_link("pages/train.py", label="Train a GAN", icon=":material/play_circle:")
    st.page_link("pages/race.py", label="Race settings", icon=":material/sports_score:")
    st.page_link("pages/compare.py", label="Compare runs", icon=":material/compare:")
    st.page_link("pages/latent.py", label="Explore latent space", icon=":material/explore:")
    st.page_link("pages/checkpoints.py", label="Models and the Hub", icon=":material/inventory_2:")

everything = runs.list_runs()
active = [run for run in everything if run.status().alive]


@st.fragment(run_every=2.0 if active else None)
def training_now() -> None:
    """Cards of what trains, kept up to date; a full rerun when one has ended."""
    statuses = [run.status() for run in active]
    cards.shelf(active, statuses)
    if not all(status.alive for status in statuses):
        st.rerun()


if active:
    st.subheader("Training now")
    training_now()

st.subheader("Latest runs")
latest = [run for run in everything if run not in active]
if not everything:
    st.info("No runs yet. **Train** starts your first one; a picture appears within seconds.", icon=":material/info:")
elif not latest:
    st.caption("Runs that have ended will be shown here.")
show_all = len(latest) > SHOWN and st.toggle(f"Show all {len(latest)}")
cards.shelf(latest if show_all else latest[:SHOWN])

bundled.shelf()
resources.warm_up()
