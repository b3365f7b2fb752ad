"""Invert: the z of a real picture, or of the nearest that the model can draw."""

from collections.abc import Callable, Iterator

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gan_core.explore import inversion
from gan_core.explore.inversion import InversionProgress, InversionResult
from gan_core.explore.points import LatentPoint
from pages.ui.latent import picture_input, selection
from pages.ui.latent.selection import Chosen
from pages.ui.shell import session

LARGE = 224  # px
ANY = "any"


def show(chosen: Chosen) -> None:
    """Choose a picture, search, and see the reconstruction beside it."""
    given = picture_input.source(chosen, {}, "of")
    if given is None or given.image is None:
        return
    label = _label(chosen, given)
    form = f"{chosen.form}/{given.title}/{hash(given.image.tobytes())}/{label}"
    with st.container(horizontal=True):
        start = st.button("Find its z", type="primary", icon=":material/search:")
        if start:
            st.button("Stop", icon=":material/stop:")  # any click ends the search
    wanted, found_place = st.columns(2, width=2 * LARGE + 40)
    wanted.image(given.image, width=LARGE, caption=f"wanted: {given.title}", alt="The picture that is looked for")
    if start:
        search = inversion.invert(chosen.sampler.model, given.image, label)
        _search(search, found_place, remember=lambda found: session.keep("inverted", (form, found)))
    kept = session.kept("inverted")
    if kept is None or kept[0] != form:
        st.caption(
            "The search starts at the nearest of 2,000 samples and goes down the gradient of the difference. A model "
            "can only draw what it has learned: what is missing in the reconstruction, it does not know."
        )
        return
    _result(chosen, kept[1], found_place)


def _label(chosen: Chosen, given: picture_input.Given) -> int | None:
    """The class to search in; None for any."""
    names = chosen.sampler.classes
    if not names:
        return None
    titles = {ANY: "whichever is nearest"} | {str(number): name for number, name in enumerate(names)}
    usual = str(given.label) if given.label >= 0 else ANY
    first = list(titles).index(usual)
    asked = st.selectbox("Class of the search", list(titles), first, format_func=titles.__getitem__, width=260)
    return None if asked == ANY else int(asked)


def _search(
    search: Iterator[InversionProgress], place: DeltaGenerator, remember: Callable[[InversionResult], None]
) -> None:
    """Go on to the end, showing how near it is. A click on any widget ends this script; then the best so far stays."""
    bar, picture = st.progress(0.0), place.empty()
    for now in search:
        remember(now.best)
        far = f"distance {now.best.distance:.3f}"
        bar.progress(now.step / now.total, f"step {now.step:,} of at most {now.total:,}, {far}")
        picture.image(now.best.picture, width=LARGE, caption=f"so far: {far}", alt="The nearest so far")
    bar.empty()
    picture.empty()


def _result(chosen: Chosen, found: InversionResult, place: DeltaGenerator) -> None:
    name = chosen.class_name(found.label if found.label >= 0 else None)
    place.image(found.picture, width=LARGE, caption=f"found: {name or 'its z'}", alt="The reconstruction")
    st.markdown(
        f"Distance **{found.distance:.3f}** (root mean square of the pixels; 0 is the same picture, 1 white against "
        f"black). z is {found.length:.2f} times as long as usual."
    )
    if found.length > 1.3:
        st.caption("So long a z is far from all that G was trained with; what lies near it may look like nothing.")
    point = LatentPoint.from_z(found.z, found.label if chosen.sampler.classes else None)
    if point in chosen.pins:
        st.caption("It is pinned: **Steer** edits it.")
    elif st.button("Pin it, to edit it", icon=":material/keep:"):
        selection.pin(chosen, point)
        st.rerun()
