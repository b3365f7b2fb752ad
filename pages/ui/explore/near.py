"""Neighbours: the training pictures nearest to samples, so that a class can check for copying."""

import streamlit as st

from gan_core.errors import WorkshopError
from pages.ui import sample, words
from pages.ui.explore.choice import Chosen

FREE = 4
"""Samples that are looked up where none is pinned."""


def show(chosen: Chosen) -> None:
    """The pins, or the first samples, each with its nearest training pictures."""
    points = chosen.pins or tuple(chosen.corners(FREE))
    if not chosen.pins:
        st.caption("These are the first samples of the seed; pin some to look those up instead.")
    images = chosen.scene.pictures(points)
    config = chosen.scene.model.config
    seen = [
        sample.Seen(chosen.say(point), "", image, -1 if point.label is None else point.label, config)
        for point, image in zip(points, images, strict=True)
    ]
    try:
        sample.nearest(seen)
    except WorkshopError as error:
        st.error(f"The training pictures are not here. {words.said(error)}")
