"""Steer: sliders along directions in latent space, with names that can be given and are kept."""

from collections.abc import Mapping

import numpy as np
import streamlit as st
import torch

from gan_core.explore import direction_names
from gan_core.explore.directions import Directions
from gan_core.explore.points import LatentPoint
from gan_core.system.errors import WorkshopError
from pages.ui.latent import pointer, selection
from pages.ui.latent.selection import Chosen
from pages.ui.shell import messages, resources, session, visitor

KEY = "steer"
MOST = 3.0  # σ
SHOWN = {"pca": 8, "sefa": 8, "axes": 12}

ABOUT = {
    "pca": "Principal components of the generator's first activations: the ways in which they vary most (Härkönen et "
    "al., 2020). The share is of all their variance.",
    "sefa": "What the first layer's weights amplify most, without drawing a single sample (Shen and Zhou, 2021). The "
    "share is of all its squared gains.",
    "axes": "Each number of z by itself. With many numbers each changes little, and nothing has sorted them.",
}


@st.fragment
def show(chosen: Chosen) -> None:
    """Sliders beside the sample they change."""
    selection.still_there(chosen)
    base = selection.subject(chosen, "Steered")
    kind = session.pick("Directions", "kind", {"pca": "PCA", "sefa": "SeFa", "axes": "numbers of z"})
    found = resources.directions(str(chosen.path), chosen.stamp, chosen.raw, kind)
    form = f"{chosen.form}/{kind}/{base}"
    state = pointer.moved(KEY, form) or pointer.Moved(_in_url(kind))
    z = torch.from_numpy(chosen.sampler.z([base]))
    weights = chosen.sampler.class_weights([base])
    amounts = _amounts(found, kind, state.values)
    moved = found.move(z, amounts).numpy()
    told = None if weights is None else np.repeat(weights, 2, 0)
    before, now = chosen.sampler.draw(np.concatenate([z.numpy(), moved]), told)
    strips = _strips(chosen, found, kind, z, weights, amounts) if state.rest else None
    wanted = _sliders(found, kind, _names(chosen))
    pointer.sliders(KEY, form, state, wanted, {"before": before, "now": now}, strips)
    if state.rest and state.serial:
        kept = [f"{name}:{value:g}" for name, value in state.values.items() if value and name.startswith(kind)]
        session.put_in_url(move=",".join(kept))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if st.button("Pin what is shown now", icon=":material/keep:"):
            selection.pin(chosen, LatentPoint.from_z(moved[0], base.label))
            st.rerun()
        _naming(chosen, wanted)
    st.caption(f"{ABOUT[kind]} σ is a standard deviation of z along the direction; click a strip to go there.")


def _sliders(found: Directions, kind: str, known: Mapping[str, str]) -> list[pointer.Slider]:
    rows = []
    for number, share in enumerate(found.shares[: SHOWN[kind]].tolist()):
        id = f"{kind}-{number}"
        about = "" if kind == "axes" else f"{share:.1%}"
        usual = f"z {number + 1}" if kind == "axes" else f"Direction {number + 1}"
        rows.append(pointer.Slider(id, known.get(id, usual), about, MOST))
    return rows


def _amounts(found: Directions, kind: str, values: Mapping[str, float]) -> dict[int, float]:
    """σ by the direction's number, of what the browser or a link says; what is no direction here is left out."""
    amounts = {}
    for number in range(min(SHOWN[kind], len(found.steps))):
        amount = values.get(f"{kind}-{number}", 0.0)
        if amount:
            amounts[number] = min(max(amount, -MOST), MOST)
    return amounts


def _strips(
    chosen: Chosen, found: Directions, kind: str, z: torch.Tensor, weights: np.ndarray | None, amounts: dict[int, float]
) -> dict[str, np.ndarray]:
    """For each slider the pictures at hand.STRIP, with the other sliders where they are."""
    count = min(SHOWN[kind], len(found.steps))
    rows = [found.move(z, amounts | {number: float(at)}) for number in range(count) for at in pointer.STRIP]
    told = None if weights is None else np.repeat(weights, len(rows), 0)
    drawn = chosen.sampler.draw(torch.cat(rows).numpy(), told)
    return {f"{kind}-{n}": drawn[n * len(pointer.STRIP) : (n + 1) * len(pointer.STRIP)] for n in range(count)}


def _in_url(kind: str) -> dict[str, float]:
    """The sliders of a link, as in `pca-0:1.5,pca-3:-0.5`."""
    found = {}
    for part in st.query_params.get("move", "").split(","):
        name, _, text = part.partition(":")
        try:
            value = float(text)
        except ValueError:  # not a number: the link was mangled, and the slider stays in the middle
            continue
        if name.startswith(f"{kind}-") and abs(value) <= MOST:
            found[name] = value
    return found


def _names(chosen: Chosen) -> dict[str, str]:
    try:
        return direction_names.load(resources.weights_key(str(chosen.path), chosen.stamp))
    except WorkshopError as error:
        st.warning(messages.said(error))
        return {}


def _naming(chosen: Chosen, wanted: list[pointer.Slider]) -> None:
    if not visitor.may_change(chosen.maker):
        return  # everyone sees the names
    with st.popover("Name a direction", icon=":material/label:"), st.form("naming", border=False):
        titles = {slider.id: slider.name for slider in wanted}
        id = st.selectbox("Direction", list(titles), format_func=titles.__getitem__)
        name = st.text_input(
            "Name", max_chars=direction_names.MAX_LENGTH, help="As `sleeve length`. Empty takes the name away."
        )
        if st.form_submit_button("Keep"):
            direction_names.set_name(resources.weights_key(str(chosen.path), chosen.stamp), id, name)
            st.rerun(scope="fragment")
