"""What the Compare page shows beside the curves."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from gan_core import config, data, variants
from gan_core import pictures as drawing
from gan_core.errors import WorkshopError
from gan_core.runs import Run
from pages.ui import chosen, live, sample, session, words

REAL = "real"

MODES = {
    "side": ("Side by side", "Each grid shows one run."),
    "flicker": ("Flicker", "A is the reference, B the other run, in one place: what jumps is what differs."),
    "difference": ("Difference", "Black is the same as the reference; the brighter, the more a pixel differs."),
}
"""How pictures are compared: the choice's label, and how to read it."""

SAME = "Every grid is drawn from the same noise, and from the same labels where a run knows classes."


@dataclass(frozen=True)
class View:
    """What was chosen above the pictures: a key of MODES, the reference, and which weights (`chosen.CHOICES`)."""

    mode: str
    reference: Run
    which: str

    @property
    def size(self) -> int:
        """Pixels of the reference's pictures."""
        settings = self.reference.config().data
        return settings.size or data.get(settings.dataset).size


def view(runs: Sequence[Run]) -> View:
    """The choices above the pictures; all of them are in the page's address."""
    names = {run.name: run for run in runs}
    modes = MODES if len(runs) > 1 else {"side": MODES["side"]}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode = session.pick("Pictures", "mode", {name: words[0] for name, words in modes.items()})
        first = session.choice_in_url("ref", names, runs[0].name)
        reference = st.selectbox("Reference", list(names), list(names).index(first), key="compare-ref", width=320)
        session.choose_in_url("ref", reference, runs[0].name)
        about = "Which kept weights judge the pictures, play the tournament and are scored."
        which = session.pick("Weights", "weights", chosen.CHOICES, about)
    return View(mode, names[reference], which)


def pictures(runs: Sequence[Run], view: View) -> int | None:
    """The runs' sample grids from the same noise under one slider, and real pictures; returns the slider's step.

    None is the newest. The step and the opened sample are kept in the page's address.
    """
    kept = {run.name: run.samples() for run in runs}
    films = [_film(run, list(kept[run.name])) for run in runs]
    real = _real(view.reference.config()) if any(kept.values()) else None
    if real:
        films.append(
            {"id": REAL, "title": "Real pictures", "caption": "from the test set", "steps": [0], "still": True}
        )
    key = "compare-film-" + "-".join(kept)
    state, asked = live.film_state(key), session.number_in_url("step")
    step = asked if state.request == 0 else state.step
    session.put_in_url(step="" if step is None else str(step))
    opened = session.number_in_url("sample", below=drawing.COUNT)
    live.live_film(
        films,
        sorted({step for steps in kept.values() for step in steps}),
        lambda name, step: real if name == REAL else kept[name][step].read_bytes(),
        key=key,
        empty="None of these runs has a picture yet.",
        start=asked,
        comparing=live.Comparing(
            mode=view.mode,
            reference=view.reference.name,
            cells={"columns": drawing.COLUMNS, "rows": drawing.ROWS, "gap": drawing.GAP, "size": view.size},
            opened=opened,
            on_open=lambda index: session.put_in_url(sample=str(index)),
        ),
    )
    st.caption(f"{MODES[view.mode][1]} {SAME} Click a sample to see it large.")
    if opened is not None:
        sample.panel(runs, opened, step, view.which)
    return step


def _film(run: Run, steps: list[int]) -> live.Film:
    settings = run.config()
    spec = variants.get(settings.variant)
    film: live.Film = {"id": run.name, "title": run.name, "steps": steps, "caption": spec.title}
    if spec.is_conditional(settings) and len(words.class_names(settings)) == 10:
        film["columns"] = words.class_names(settings)
    return film


def _real(settings: config.TrainConfig) -> bytes | None:
    try:
        return drawing.png(session.real_sheet(settings.data)[0])
    except WorkshopError as error:
        st.caption(f"No real pictures are shown: {words.said(error)}")
        return None


def settings(runs: Sequence[Run]) -> None:
    """The settings side by side; where they differ is marked and comes first."""
    flat = {run.name: config.flatten(run.config()) for run in runs}
    rows = []
    for field in config.fields():
        values = [words.value(field, flat[run.name][field]) for run in runs]
        differs = len(set(values)) > 1
        row = {"": "≠" if differs else "", "Setting": words.field_title(field)}
        rows.append(row | dict(zip(flat, values, strict=True)))
    st.markdown("#### Settings")
    only = st.toggle("Only differences", value=True)
    shown = [row for row in rows if row[""]] if only and len(runs) > 1 else rows
    if shown:
        st.dataframe(shown, hide_index=True)
    else:
        st.caption("All settings are the same.")
