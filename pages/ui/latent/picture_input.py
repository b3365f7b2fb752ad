"""A picture to look at that the model has not drawn: one of the test set, or an upload."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from gan_core.explore import uploads
from gan_core.system.errors import WorkshopError
from pages.ui.latent.selection import Chosen
from pages.ui.shell import messages, resources, session

OTHERS = {"real": "a real test picture", "upload": "a picture of yours"}
KINDS = ["png", "jpg", "jpeg", "webp", "bmp", "gif"]


@dataclass(frozen=True, eq=False)
class Given:
    """`image` uint8 (H, W, C) of the model's size, None while none is chosen; `label` its class, −1 for none."""

    image: np.ndarray | None
    label: int = -1
    title: str = ""


def source(chosen: Chosen, own: Mapping[str, str], name: str) -> Given | None:
    """Which picture is meant; None where it is one of `own`, the choices that come first. Kept in the address."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = session.pick("Picture", name, {**own, **OTHERS})
        if kind in own:
            return None
        return {"real": _real, "upload": _upload}[kind](chosen)


def _real(chosen: Chosen) -> Given:
    try:
        shown = resources.test_pictures(chosen.pictures, 10_000)
    except WorkshopError as error:
        st.warning(f"There is no test picture. {messages.no_pictures(chosen.pictures.dataset, error)}")
        return Given(None)
    number = int(st.number_input("Number", 0, len(shown) - 1, 0, key="real", bind="query-params", width=150))
    label = int(shown.labels[number])
    classes = chosen.sampler.model.classes
    name = shown.classes[label]
    known = classes.index(name) if name in classes else -1
    return Given(np.ascontiguousarray(shown.images[number].transpose(1, 2, 0)), known, f"test picture {number}, {name}")


def _upload(chosen: Chosen) -> Given:
    file = st.file_uploader("Picture", KINDS, key="picture", width=420)
    about = "For a drawing on white paper: the data sets have light things on black."
    negative = st.toggle("Turn its shades over", key="negative", help=about)
    if file is None:
        return Given(None)
    size, channels = uploads.output_shape(chosen.sampler.model)
    try:
        return Given(uploads.decode(file.getvalue(), file.name, size, channels, negative=negative), -1, file.name)
    except WorkshopError as error:
        st.error(messages.said(error))
        return Given(None)
