"""GAN Workshop: the Home page. Start with `streamlit run app.py`."""

import streamlit as st

from gan_core import runs
from pages.ui.live import cards
from pages.ui.models import bundled
from pages.ui.shell import resources
from pages.ui.shell.frame import frame, link

SHOWN = 12

frame("GAN Workshop")
st.markdown(
    "Train small generative adversarial networks and watch them learn, on a laptop or a GPU. "
    "Then compare runs and see what each idea of this field brings."
)
with st.container(horizontal=True):
    link("train", "Train a GAN")
    link("race", "Race settings")
    link("compare", "Compare runs")
    link("latent", "Explore latent space")
    link("checkpoints", "Models and the Hub")

all_runs = runs.list_runs()
active = [run for run in all_runs if run.status().alive]


@st.fragment(run_every=2.0 if active else None)
def training_now() -> None:
    """Cards of the runs that train, kept up to date; the whole page is drawn anew when one has ended."""
    statuses = [run.status() for run in active]
    cards.show_cards(active, statuses)
    if not all(status.alive for status in statuses):
        st.rerun()


if active:
    st.subheader("Training now")
    training_now()

st.subheader("Latest runs")
latest = [run for run in all_runs if run not in active]
if not all_runs:
    st.info("No runs yet. **Train** starts your first one; a picture appears within seconds.", icon=":material/info:")
elif not latest:
    st.caption("Runs that have ended appear here.")
show_all = len(latest) > SHOWN and st.toggle(f"Show all {len(latest)}")
cards.show_cards(latest if show_all else latest[:SHOWN])

bundled.show_all()
resources.warm_up()
