"""Sheet: all that lies between four points, under the pointer."""

import streamlit as st

from gan_core.explore import paths
from gan_core.explore.points import LatentPoint
from pages.ui.latent import pointer, selection
from pages.ui.latent.selection import Chosen
from pages.ui.shell import session

SIDE = 9
KEY = "sheet"


@st.fragment
def show(chosen: Chosen) -> None:
    """The sheet, and the picture at the pointer's place beside it."""
    selection.still_there(chosen)
    how = session.pick("Between them", "how", paths.titles_for(chosen.sampler.model.config.network.z_distribution))
    corners = chosen.corners(4)
    places, weights = chosen.sampler.z(corners), chosen.sampler.class_weights(corners)
    form = f"{chosen.form}/{how}/{'~'.join(map(str, corners))}"
    state = pointer.moved(KEY, form) or pointer.Moved(_place_in_url())
    x, y = (min(max(state.values.get(name, 0.5), 0.0), 1.0) for name in ("x", "y"))
    z = paths.interpolate_2d(places, x, y, how)[None]
    told = None if weights is None else paths.interpolate_2d(weights, x, y, "linear")[None]
    sheet = session.once(
        KEY,
        form,
        lambda: chosen.sampler.draw(
            paths.grid(places, SIDE, how), None if weights is None else paths.grid(weights, SIDE, "linear")
        ),
    )
    title = f"{x:.0%} to the right, {y:.0%} down"
    pointer.pad(KEY, form, state, sheet, SIDE, {title: chosen.sampler.draw(z, told)[0]})
    if state.rest and state.serial:
        session.put_in_url(at_x=f"{x:.3f}", at_y=f"{y:.3f}")
    label = None if told is None else int(told[0].argmax())
    if st.button("Pin this point", icon=":material/keep:"):
        selection.pin(chosen, LatentPoint.from_z(z[0], label))
        st.rerun()
    named = "; ".join(f"{corner}: {chosen.say(point)}" for corner, point in zip(CORNERS, corners, strict=True))
    st.caption(f"{named}. Pins are the corners, in their order; samples of the seed fill the rest.")


CORNERS = ("Top left", "top right", "bottom left", "bottom right")


def _place_in_url() -> dict[str, float]:
    found = {}
    for name, given in (("x", "at_x"), ("y", "at_y")):
        text = st.query_params.get(given, "")
        found[name] = min(max(float(text), 0.0), 1.0) if text.replace(".", "", 1).isdecimal() else 0.5
    return found
