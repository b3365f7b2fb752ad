"""A picture that the model has not drawn: one of the test set, or an upload."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from gan_core.explore import uploads
from gan_core.system.errors import WorkshopError
from pages.ui.latent.selection import LatentSelection
from pages.ui.shell import messages, resources, session

SOURCES = {"real": "a real test picture", "upload": "your own picture"}
KINDS = ["png", "jpg", "jpeg", "webp", "bmp", "gif"]


@dataclass(frozen=True, eq=False)
class InputPicture:
    """`image` uint8 (H, W, C) of the model's size, None while none is chosen; `label` its class, −1 for none."""

    image: np.ndarray | None
    label: int = -1
    title: str = ""


def choose(chosen: LatentSelection, more: Mapping[str, str], name: str) -> InputPicture | None:
    """The chosen picture; None where one of `more`, the choices that come first, is chosen. Kept in the URL."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = session.segmented_control("Picture", name, {**more, **SOURCES})
        if kind in more:
            return None
        return {"real": _real, "upload": _upload}[kind](chosen)


def _real(chosen: LatentSelection) -> InputPicture:
    data = chosen.sampler.model.config.data
    try:
        tests = resources.test_pictures(data, 10_000)
    except WorkshopError as error:
        st.warning(f"There are no test pictures. {messages.missing_pictures(data.dataset, error)}")
        return InputPicture(None)
    number = int(st.number_input("Number", 0, len(tests) - 1, 0, key="real", bind="query-params", width=150))
    label = int(tests.labels[number])
    classes = chosen.sampler.model.classes
    name = tests.classes[label]
    known = classes.index(name) if name in classes else -1
    image = np.ascontiguousarray(tests.images[number].transpose(1, 2, 0))
    return InputPicture(image, known, f"test picture {number}, {name}")


def _upload(chosen: LatentSelection) -> InputPicture:
    file = st.file_uploader("Picture", KINDS, key="picture", width=420)
    help = "For a drawing on white paper: the data sets show light objects on black."
    negative = st.toggle("Invert its shades", key="negative", help=help)
    if file is None:
        return InputPicture(None)
    size, channels = uploads.output_shape(chosen.sampler.model)
    try:
        image = uploads.decode(file.getvalue(), file.name, size, channels, negative=negative)
        return InputPicture(image, title=file.name)
    except WorkshopError as error:
        st.error(messages.error_text(error))
        return InputPicture(None)
