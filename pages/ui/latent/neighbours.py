"""Neighbours: the training pictures nearest to samples, so that a class can check for copying."""

import streamlit as st

from pages.ui.comparison import sample
from pages.ui.latent.selection import Chosen

FREE = 4
"""Samples that are looked up where none is pinned."""


def show(chosen: Chosen) -> None:
    """The pins, or the first samples, each with its nearest training pictures."""
    points = chosen.pins or tuple(chosen.corners(FREE))
    if not chosen.pins:
        st.caption("These are the first samples of the seed; pin some to look those up instead.")
    images = chosen.sampler.pictures(points)
    config = chosen.sampler.model.config
    titles = [chosen.say(point) for point in points]
    sample.nearest([sample.Seen(title, "", image, config) for title, image in zip(titles, images, strict=True)])
