"""Arithmetic: the mean z of some pins minus that of others plus another (Radford et al., 2016, section 6.3.2)."""

import numpy as np
import streamlit as st

from gan_core.explore.points import LatentPoint
from pages.ui.latent import selection
from pages.ui.latent.selection import LatentSelection
from pages.ui.shell import messages, session

LARGE = 168  # px
GROUPS = {
    "a": ("", "A", "Start with the mean of"),
    "b": (" − ", "B", "− subtract the mean of"),
    "c": (" + ", "C", "+ add the mean of"),
}
"""The sign of each term, its pin by default, and the label of its field."""


def show(chosen: LatentSelection) -> None:
    """Three groups of pins, their means, and the sum as a picture that can be pinned."""
    if len(chosen.pins) < 2:
        st.info("Pin two or more samples under **Samples**; then add and subtract what they have in common.")
        return
    letters = selection.LETTERS[: len(chosen.pins)]
    groups: dict[str, list[str]] = {}
    for place, (name, (_, pin, label)) in zip(st.columns(3), GROUPS.items(), strict=True):
        with place:
            default = [pin] if pin in letters else []
            groups[name] = session.multiselect(label, name, letters, default, f"sum-{name}", placeholder="no pin")
    if not groups["a"]:
        st.info("Choose at least one pin to start with.")
        return
    z = chosen.sampler.z(chosen.pins)
    terms = {name: z[[letters.index(pin) for pin in pins]].mean(axis=0) for name, pins in groups.items() if pins}
    total = terms["a"] - terms.get("b", 0) + terms.get("c", 0)
    if chosen.sampler.model.config.network.z_distribution == "uniform":
        total = total.clip(-1, 1)  # G was never trained outside of the cube
    label = chosen.pins[letters.index(groups["a"][0])].label
    rows = np.stack([*terms.values(), total])
    pictures = chosen.sampler.draw(rows, chosen.sampler.class_weights([LatentPoint(label=label)] * len(rows)))
    titles = [_mean_of(groups[name]) for name in terms]
    formula = "".join(f"{GROUPS[name][0]}{title}" for name, title in zip(terms, titles, strict=True))
    with st.container(horizontal=True):
        for image, title in zip(pictures, [*titles, formula], strict=True):
            st.image(image, width=LARGE, caption=title, alt=title)
    selection.pin_button(chosen, "Pin the sum", LatentPoint.from_z(total, label))
    drawn_as = f", all drawn as {messages.plain(chosen.class_name(label))}" if chosen.sampler.classes else ""
    st.caption(
        f"The sum of z vectors{drawn_as}. The mean of three or more samples represents what they share better than any "
        "one of them; the paper found single samples unstable."
    )


def _mean_of(letters: list[str]) -> str:
    return letters[0] if len(letters) == 1 else f"mean({', '.join(letters)})"
