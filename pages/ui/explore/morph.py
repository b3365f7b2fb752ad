"""Interpolate: from point to point, from class to class, or around in a walk, as a strip and a player."""

import streamlit as st

from pages.ui import hand, words
from pages.ui.explore import choice, way
from pages.ui.explore.choice import Chosen


def show(chosen: Chosen) -> None:
    """The way as it was chosen, played there and back or around."""
    found = way.choose(chosen)
    st.markdown(f"**{words.plain(found.title)}**")
    hand.player(
        chosen.scene.draw(found.z, found.weights),
        "way",
        found.title,
        captions=found.captions,
        loop=found.loop,
        on_pin=lambda index: choice.pin(chosen, found.point(index)),
    )
    st.caption(found.note)
