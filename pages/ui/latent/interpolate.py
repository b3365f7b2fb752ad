"""Interpolate: from point to point, from class to class, or around in a walk, as a strip and a player."""

import streamlit as st

from pages.ui.latent import path_choice, pointer, selection
from pages.ui.latent.selection import Chosen
from pages.ui.shell import messages


def show(chosen: Chosen) -> None:
    """The way as it was chosen, played there and back or around."""
    found = path_choice.choose(chosen)
    st.markdown(f"**{messages.plain(found.title)}**")
    pointer.player(
        chosen.sampler.draw(found.z, found.weights),
        "way",
        found.title,
        captions=found.captions,
        loop=found.loop,
        on_pin=lambda index: selection.pin(chosen, found.point(index)),
    )
    st.caption(found.note)
