"""Invert: the z of a real picture, or of the nearest one that the model can draw."""

from collections.abc import Callable, Iterator

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gan_core.explore import inversion
from gan_core.explore.inversion import InversionProgress, InversionResult
from gan_core.explore.points import LatentPoint
from pages.ui.latent import picture_input, selection
from pages.ui.latent.picture_input import InputPicture
from pages.ui.latent.selection import LatentSelection
from pages.ui.shell import session

LARGE = 224  # px
ANY = "any"


def show(chosen: LatentSelection) -> None:
    """Choose a picture, search, and see the reconstruction beside it."""
    given = picture_input.choose(chosen, {}, "of")
    if given is None or given.image is None:
        return
    label = _label(chosen, given)
    form = f"{chosen.form}/{given.title}/{hash(given.image.tobytes())}/{label}"
    with st.container(horizontal=True):
        start = st.button("Find its z", type="primary", icon=":material/search:")
        if start:
            st.button("Stop", icon=":material/stop:")  # any click ends the search
    target, place = st.columns(2, width=2 * LARGE + 40)
    target.image(given.image, width=LARGE, caption=f"target: {given.title}", alt="The target picture")
    if start:
        search = inversion.invert(chosen.sampler.model, given.image, label)
        _search(search, place, remember=lambda best: session.put("inverted", (form, best)))
    kept_form, found = session.get("inverted", ("", None))
    if found is None or kept_form != form:
        st.caption(
            "The search starts at the nearest of 2,000 samples and follows the gradient of the difference. A model "
            "can only draw what it has learned: what is missing in the reconstruction, it does not know."
        )
        return
    _result(chosen, found, place)


def _label(chosen: LatentSelection, given: InputPicture) -> int | None:
    """The class to search in; None for any."""
    names = chosen.sampler.classes
    if not names:
        return None
    titles = {ANY: "whichever is nearest"} | {str(number): name for number, name in enumerate(names)}
    first = list(titles).index(str(given.label) if given.label >= 0 else ANY)
    choice = st.selectbox("Class of the search", list(titles), first, format_func=titles.__getitem__, width=260)
    return None if choice == ANY else int(choice)


def _search(
    search: Iterator[InversionProgress], place: DeltaGenerator, remember: Callable[[InversionResult], None]
) -> None:
    """Search to the end, showing the progress. A click on any widget ends this script; the best result so far stays."""
    bar, picture = st.progress(0.0), place.empty()
    for now in search:
        remember(now.best)
        distance = f"distance {now.best.distance:.3f}"
        bar.progress(now.step / now.total, f"step {now.step:,} of at most {now.total:,}, {distance}")
        picture.image(now.best.picture, width=LARGE, caption=f"so far: {distance}", alt="The nearest so far")
    bar.empty()
    picture.empty()


def _result(chosen: LatentSelection, found: InversionResult, place: DeltaGenerator) -> None:
    name = chosen.class_name(found.label if found.label >= 0 else None)
    caption = "reconstruction" + (f": {name}" if name else "")
    place.image(found.picture, width=LARGE, caption=caption, alt="The reconstruction")
    st.markdown(
        f"Distance **{found.distance:.3f}** (root mean square of the pixels; 0 is the same picture, 1 white against "
        f"black). z is {found.length:.2f} times as long as usual."
    )
    if found.length > 1.3:
        st.caption("So long a z is far from all that G was trained with; pictures near it may show nothing.")
    point = LatentPoint.from_z(found.z, found.label if chosen.sampler.classes else None)
    if point in chosen.pins:
        st.caption("It is pinned: **Steer** edits it.")
    else:
        selection.pin_button(chosen, "Pin it, to edit it", point)
