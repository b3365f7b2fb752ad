"""Latent space: explore what a generator has learned."""

import streamlit as st

from gan_core.system.errors import WorkshopError
from pages.ui.latent import (
    arithmetic,
    downloads,
    explain,
    interpolate,
    invert,
    samples,
    selection,
    sheet,
    steer,
)
from pages.ui.shell import messages, session
from pages.ui.shell.frame import frame

# the views by their name in the URL
VIEWS = {
    "samples": ("Samples", samples.show),
    "morph": ("Interpolate", interpolate.show),
    "sheet": ("Sheet", sheet.show),
    "steer": ("Steer", steer.show),
    "sums": ("Arithmetic", arithmetic.show),
    "explain": ("Explain", explain.show),
    "invert": ("Invert", invert.show),
    "near": ("Neighbours", samples.show_neighbours),
    "carry": ("Download", downloads.show),
}

frame("Latent space")
chosen = selection.choose()
if chosen is None:
    st.stop()
samples.show_pins(chosen)
view = session.segmented_control("View", "view", {name: title for name, (title, _) in VIEWS.items()})
try:
    VIEWS[view][1](chosen)
except WorkshopError as error:
    st.error(messages.error_text(error))
