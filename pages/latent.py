"""Latent space: look around in what a generator has learned."""

import streamlit as st

from gan_core.errors import WorkshopError
from pages.ui import session, words
from pages.ui.explore import carry, choice, insight, invert, morph, near, plane, samples, steer, sums
from pages.ui.frame import frame

# what can be done with a model, by what the address calls it
VIEWS = {
    "samples": ("Samples", samples.show),
    "morph": ("Interpolate", morph.show),
    "sheet": ("Sheet", plane.show),
    "steer": ("Steer", steer.show),
    "sums": ("Arithmetic", sums.show),
    "explain": ("Explain", insight.show),
    "invert": ("Invert", invert.show),
    "near": ("Neighbours", near.show),
    "carry": ("Take away", carry.show),
}

frame("Latent space")
chosen = choice.choose()
if chosen is None:
    st.stop()
samples.tray(chosen)
view = session.pick("View", "view", {name: title for name, (title, _) in VIEWS.items()})
try:
    VIEWS[view][1](chosen)
except WorkshopError as error:
    st.error(words.said(error))
