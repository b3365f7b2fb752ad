"""Sheet: the pictures between four points, under the pointer."""

import streamlit as st

from gan_core.explore import paths
from gan_core.explore.points import LatentPoint
from pages.ui.latent import pointer, selection
from pages.ui.latent.selection import LatentSelection
from pages.ui.shell import session

SIDE = 9
KEY = "sheet"
CORNERS = ("Top left", "top right", "bottom left", "bottom right")


@st.fragment
def show(chosen: LatentSelection) -> None:
    """The sheet, and beside it the picture at the pointer's place."""
    selection.check_weights(chosen)
    methods = paths.titles_for(chosen.sampler.model.config.network.z_distribution)
    how = session.segmented_control("Between them", "how", methods)
    corners = chosen.start_points(4)
    places, weights = chosen.sampler.z(corners), chosen.sampler.class_weights(corners)
    form = f"{chosen.form}/{how}/{'~'.join(map(str, corners))}"
    state = pointer.pointer_state(KEY, form, _place_in_url())
    x, y = (min(max(state.values.get(name, 0.5), 0.0), 1.0) for name in ("x", "y"))
    z = paths.interpolate_2d(places, x, y, how)[None]
    mixed = None if weights is None else paths.interpolate_2d(weights, x, y, "linear")[None]
    sheet = session.cached(
        KEY,
        form,
        lambda: chosen.sampler.draw(
            paths.grid(places, SIDE, how), None if weights is None else paths.grid(weights, SIDE, "linear")
        ),
    )
    title = f"{x:.0%} to the right, {y:.0%} down"
    pointer.pad(state, sheet, SIDE, {title: chosen.sampler.draw(z, mixed)[0]})
    if state.rest and state.serial:
        session.put_in_url(at_x=f"{x:.3f}", at_y=f"{y:.3f}")
    label = None if mixed is None else int(mixed[0].argmax())
    selection.pin_button(chosen, "Pin this point", LatentPoint.from_z(z[0], label))
    described = "; ".join(f"{corner}: {chosen.describe(point)}" for corner, point in zip(CORNERS, corners, strict=True))
    st.caption(f"{described}. Pins are the corners, in their order; samples of the seed fill the rest.")


def _place_in_url() -> dict[str, float]:
    place = {}
    for name, parameter in (("x", "at_x"), ("y", "at_y")):
        text = st.query_params.get(parameter, "")
        place[name] = min(max(float(text), 0.0), 1.0) if text.replace(".", "", 1).isdecimal() else 0.5
    return place
