"""What the Compare page shows beside the curves."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from gan_core import config
from gan_core.data import sample_grid as drawing
from gan_core.system.errors import WorkshopError
from pages.ui.comparison import kept_weights, sample
from pages.ui.comparison.selection import Compared
from pages.ui.live import live_plot
from pages.ui.shell import messages as words
from pages.ui.shell import resources, session

REAL = "real"

MODES = {
    "side": ("Side by side", "Each grid shows one run or model."),
    "flicker": ("Flicker", "A is the reference, B the other one, in one place: what jumps is what differs."),
    "difference": ("Difference", "Black is the same as the reference; the brighter, the more a pixel differs."),
}
"""How pictures are compared: the choice's label, and how to read it."""

SAME = "Every grid is drawn from the same noise, and from the same labels where classes are known."


@dataclass(frozen=True)
class View:
    """What was chosen above the pictures: a key of MODES, the reference, and which weights (`chosen.CHOICES`)."""

    mode: str
    reference: Compared
    which: str


def view(compared: Sequence[Compared]) -> View:
    """The choices above the pictures; all of them are in the page's address."""
    names = {one.name: one for one in compared}
    modes = MODES if len(compared) > 1 else {"side": MODES["side"]}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode = session.pick("Pictures", "mode", {name: words[0] for name, words in modes.items()})
        reference = session.select("Reference", "ref", {name: name for name in names}, key="compare-ref", width=320)
        about = "Which kept weights of runs judge the pictures, play the tournament and are scored."
        runs = any(one.run for one in compared)
        which = (
            session.pick("Weights", "weights", kept_weights.CHOICES, about)
            if runs
            else next(iter(kept_weights.CHOICES))
        )
    return View(mode, names[reference], which)


def judged(compared: Sequence[Compared], view: View, step: int | None) -> list[Path | None]:
    """The weights that scores and tournament are about, where the slider chooses them; empty where it does not."""
    return [one.chosen(view.which, step) for one in compared] if view.which == "step" and step is not None else []


def pictures(compared: Sequence[Compared], view: View) -> int | None:
    """The sample grids from the same noise under one slider, and real pictures; returns the slider's step.

    None is the newest. A model's grid stands still. The step and the opened sample are kept in the page's address.
    """
    kept = {one.name: one.samples() for one in compared}
    films = [_film(one, list(kept[one.name])) for one in compared]
    steps = sorted({step for one in compared if one.run for step in kept[one.name]})
    real = _real(view.reference.config) if any(kept.values()) else None
    if real:
        film: live_plot.Film = {"id": REAL, "title": "Real pictures", "caption": "from the test set", "steps": [0]}
        films.append({**film, "still": True, "apart": True})
    key = "compare-film-" + "-".join(kept)
    state, asked = live_plot.film_state(key), session.number_in_url("step")
    step = asked if state.request == 0 else state.step
    session.put_in_url(step="" if step is None else str(step))
    opened = session.number_in_url("sample", below=drawing.COUNT)
    still = any(kept[one.name] for one in compared if not one.run)
    live_plot.live_film(
        films,
        steps or ([0] if still else []),
        lambda name, step: real if name == REAL else kept[name][step].read_bytes(),
        key=key,
        empty="None of these runs has a picture yet.",
        start=asked,
        comparing=live_plot.Comparing(
            mode=view.mode,
            reference=view.reference.name,
            cells={"columns": drawing.COLUMNS, "rows": drawing.ROWS, "gap": drawing.GAP, "size": view.reference.size},
            opened=opened,
            on_open=lambda index: session.put_in_url(sample=str(index)),
        ),
    )
    st.caption(f"{MODES[view.mode][1]} {SAME} Click a sample to see it large.")
    if opened is not None:
        sample.panel(compared, opened, step, view.which)
    return step


def _film(one: Compared, steps: list[int]) -> live_plot.Film:
    film: live_plot.Film = {"id": one.name, "title": one.name, "steps": steps, "caption": one.about}
    if not one.run:
        film["still"] = True
    if len(one.classes) == 10:
        film["columns"] = one.classes
    return film


def _real(settings: config.TrainConfig) -> bytes | None:
    try:
        return drawing.png(resources.real_sheet(settings.data)[0])
    except WorkshopError as error:
        st.caption(f"No real pictures are shown. {words.no_pictures(settings.data.dataset, error)}")
        return None


def settings(compared: Sequence[Compared]) -> None:
    """The settings side by side; where they differ is marked and comes first."""
    st.markdown("#### Settings")
    known = [one for one in compared if not one.elsewhere]
    for one in compared:
        if one.elsewhere:
            st.caption(f"{words.plain(one.name)} was trained by another program; its settings are not known.")
    if not known:
        return
    flat = {one.name: config.flatten(one.config) for one in known}
    rows = []
    for field in config.fields():
        values = [words.value(field, flat[one.name][field]) for one in known]
        differs = len(set(values)) > 1
        row = {"": "≠" if differs else "", "Setting": words.field_title(field)}
        rows.append(row | dict(zip(flat, values, strict=True)))
    only = st.toggle("Only differences", value=True)
    shown = [row for row in rows if row[""]] if only and len(known) > 1 else rows
    if shown:
        st.dataframe(shown, hide_index=True)
    else:
        st.caption("All settings are the same.")
