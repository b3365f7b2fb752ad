"""Steer: sliders along directions in latent space, which can be given names."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st
import torch

from gan_core.explore import direction_names
from gan_core.explore.directions import Directions
from gan_core.explore.points import LatentPoint
from gan_core.system.errors import WorkshopError
from pages.ui.latent import pointer, selection
from pages.ui.latent.selection import LatentSelection
from pages.ui.shell import messages, resources, session, visitor

MAX_SIGMA = 3.0
COUNTS = {"pca": 8, "sefa": 8, "axes": 12}

ABOUT = {
    "pca": "Principal components of the generator's first activations: the directions in which they vary most "
    "(Härkönen et al., 2020). The share is of all their variance.",
    "sefa": "What the first layer's weights amplify most, without drawing a single sample (Shen and Zhou, 2021). The "
    "share is of all its squared gains.",
    "axes": "Each number of z by itself, in no particular order. The more numbers there are, the less each changes.",
}


@st.fragment
def show(chosen: LatentSelection) -> None:
    """Sliders beside the sample they change."""
    selection.check_weights(chosen)
    base = selection.choose_point(chosen, "Steered")
    kind = session.segmented_control("Directions", "kind", {"pca": "PCA", "sefa": "SeFa", "axes": "numbers of z"})
    found = resources.directions(str(chosen.path), chosen.stamp, chosen.raw, kind)
    state = pointer.pointer_state("steer", f"{chosen.form}/{kind}/{base}", _in_url(kind))
    z = torch.from_numpy(chosen.sampler.z([base]))
    amounts = _amounts(found, kind, state.values)
    moved = found.move(z, amounts).numpy()
    before, now = chosen.sampler.draw(np.concatenate([z.numpy(), moved]), chosen.sampler.class_weights([base, base]))
    strips = None
    if state.rest:  # for each slider the pictures at `pointer.STRIP`, with the other sliders where they are
        numbers, width = range(min(COUNTS[kind], len(found.steps))), len(pointer.STRIP)
        rows = [found.move(z, amounts | {number: float(sigma)}) for number in numbers for sigma in pointer.STRIP]
        drawn = chosen.sampler.draw(torch.cat(rows).numpy(), chosen.sampler.class_weights([base] * len(rows)))
        strips = {f"{kind}-{number}": drawn[number * width : (number + 1) * width] for number in numbers}
    sliders = _sliders(found, kind, _names(chosen))
    pointer.sliders(state, sliders, {"before": before, "now": now}, strips)
    if state.rest and state.serial:
        kept = [f"{name}:{value:g}" for name, value in state.values.items() if value and name.startswith(kind)]
        session.put_in_url(move=",".join(kept))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        selection.pin_button(chosen, "Pin what is shown now", LatentPoint.from_z(moved[0], base.label))
        _naming(chosen, sliders)
    st.caption(f"{ABOUT[kind]} σ is a standard deviation of z along the direction; click a strip to go there.")


def _sliders(found: Directions, kind: str, known: Mapping[str, str]) -> list[pointer.DirectionSlider]:
    rows = []
    for number, share in enumerate(found.shares[: COUNTS[kind]].tolist()):
        id = f"{kind}-{number}"
        default, about = (f"z {number + 1}", "") if kind == "axes" else (f"Direction {number + 1}", f"{share:.1%}")
        rows.append(pointer.DirectionSlider(id, known.get(id, default), about, MAX_SIGMA))
    return rows


def _amounts(found: Directions, kind: str, values: Mapping[str, float]) -> dict[int, float]:
    """σ by the direction's number, from the browser or a link; unknown directions are left out."""
    numbers = range(min(COUNTS[kind], len(found.steps)))
    amounts = {number: values.get(f"{kind}-{number}", 0.0) for number in numbers}
    return {number: min(max(amount, -MAX_SIGMA), MAX_SIGMA) for number, amount in amounts.items() if amount}


def _in_url(kind: str) -> dict[str, float]:
    """The sliders of a link, as in `pca-0:1.5,pca-3:-0.5`."""
    values = {}
    for part in st.query_params.get("move", "").split(","):
        name, _, text = part.partition(":")
        try:
            value = float(text)
        except ValueError:  # a mangled link: the slider stays in the middle
            continue
        if name.startswith(f"{kind}-") and abs(value) <= MAX_SIGMA:
            values[name] = value
    return values


def _names(chosen: LatentSelection) -> dict[str, str]:
    try:
        return direction_names.load(resources.weights_key(str(chosen.path), chosen.stamp))
    except WorkshopError as error:
        st.warning(messages.error_text(error))
        return {}


def _naming(chosen: LatentSelection, sliders: Sequence[pointer.DirectionSlider]) -> None:
    if not visitor.may_change(chosen.owned_path):
        return  # everyone sees the names
    with st.popover("Name a direction", icon=":material/label:"), st.form("naming", border=False):
        titles = {slider.id: slider.name for slider in sliders}
        id = st.selectbox("Direction", list(titles), format_func=titles.__getitem__)
        help = "For example `sleeve length`. Leave it empty to remove the name."
        name = st.text_input("Name", max_chars=direction_names.MAX_LENGTH, help=help)
        if st.form_submit_button("Keep"):
            direction_names.set_name(resources.weights_key(str(chosen.path), chosen.stamp), id, name)
            st.rerun(scope="fragment")
