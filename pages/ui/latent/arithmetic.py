"""Arithmetic: the mean z of some pins, less that of others, and another (Radford et al., 2016, section 6.3.2)."""

from collections.abc import Iterable

import numpy as np
import streamlit as st

from gan_core.explore.points import LatentPoint
from pages.ui.latent import selection
from pages.ui.latent.selection import Chosen
from pages.ui.shell import messages, session

LARGE = 168  # px
SIGNS = {"a": "Start with the mean of", "b": "− take away that of", "c": "+ add that of"}
USUAL = {"a": "A", "b": "B", "c": "C"}


def show(chosen: Chosen) -> None:
    """Three groups of pins, their means, and the sum as a picture that can be pinned."""
    if len(chosen.pins) < 2:
        st.info("Pin two samples or more under **Samples**; then add and subtract what they have in common.")
        return
    letters = selection.LETTERS[: len(chosen.pins)]
    groups: dict[str, list[str]] = {}
    for place, (name, label) in zip(st.columns(3), SIGNS.items(), strict=True):
        with place:
            usual = [USUAL[name]] if USUAL[name] in letters else []
            first = session.choices_in_url(name, letters, usual)
            session.follow(name, f"sum-{name}", first)
            groups[name] = st.multiselect(label, list(letters), first, key=f"sum-{name}", placeholder="no pin")
            session.choose_in_url(name, groups[name], usual)
    if not groups["a"]:
        st.info("Choose at least one pin to start with.")
        return
    z = chosen.sampler.z(chosen.pins)
    means = {name: z[[letters.index(one) for one in some]].mean(axis=0) for name, some in groups.items() if some}
    total = means["a"] - means.get("b", 0) + means.get("c", 0)
    if chosen.sampler.model.config.network.z_distribution == "uniform":
        total = total.clip(-1, 1)  # outside of the cube G was never trained
    label = chosen.pins[letters.index(groups["a"][0])].label
    rows = np.stack([*means.values(), total])
    told = chosen.sampler.class_weights([LatentPoint(label=label)])
    drawn = chosen.sampler.draw(rows, None if told is None else np.repeat(told, len(rows), 0))
    titles = [_mean_of(groups[name]) for name in means]
    formula = "".join(f"{sign}{title}" for sign, title in zip(_signs(means), titles, strict=True))
    with st.container(horizontal=True):
        for image, title in zip(drawn, [*titles, formula], strict=True):
            st.image(image, width=LARGE, caption=title, alt=title)
    if st.button("Pin the sum", icon=":material/keep:"):
        selection.pin(chosen, LatentPoint.from_z(total, label))
        st.rerun()
    where = f", all drawn as {messages.plain(chosen.class_name(label))}" if told is not None else ""
    st.caption(
        f"The sum of z vectors{where}. A mean of three or more samples stands for what they share better than any one "
        "of them does; the paper found single ones unstable."
    )


def _mean_of(letters: list[str]) -> str:
    return letters[0] if len(letters) == 1 else f"mean({', '.join(letters)})"


def _signs(means: Iterable[str]) -> list[str]:
    return [{"a": "", "b": " − ", "c": " + "}[name] for name in means]
