"""The pictures of the Compare page: the choices above them, and the sample grids under one slider."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from gan_core import config
from gan_core.data import sample_grid
from gan_core.system.errors import WorkshopError
from pages.ui.comparison import sample
from pages.ui.comparison.selection import WEIGHTS, ComparedItem
from pages.ui.live import film
from pages.ui.shell import messages, resources, session

REAL = "real"

MODES = {
    "side": ("Side by side", "Each grid shows one run or model."),
    "flicker": ("Flicker", "A is the reference, B the other one, in one place: what jumps is what differs."),
    "difference": ("Difference", "Black is the same as the reference; the brighter a pixel, the more it differs."),
}
"""How pictures are compared: the choice's label, and how to read it."""

SAME_NOISE = "Every grid is drawn from the same noise, and with the same labels where a model is conditional."


@dataclass(frozen=True)
class CompareView:
    """The choices above the pictures: a key of MODES, the reference, and a key of WEIGHTS."""

    mode: str
    reference: ComparedItem
    weights: str


def choose_view(items: Sequence[ComparedItem]) -> CompareView:
    """The choices above the pictures; all of them are in the URL."""
    names = {item.name: item for item in items}
    modes = MODES if len(items) > 1 else {"side": MODES["side"]}
    weights = next(iter(WEIGHTS))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode = session.segmented_control("Pictures", "mode", {name: texts[0] for name, texts in modes.items()})
        reference = session.selectbox("Reference", "ref", {name: name for name in names}, key="compare-ref", width=320)
        if any(item.run for item in items):
            help = "The kept weights of runs that are scored, play the tournament and judge the opened sample."
            weights = session.segmented_control("Weights", "weights", WEIGHTS, help)
    return CompareView(mode, names[reference], weights)


def weights_at_slider(items: Sequence[ComparedItem], view: CompareView, step: int | None) -> list[Path | None]:
    """The files of weights that scores and tournament are about, where the slider chooses them; else empty."""
    if view.weights != "step" or step is None:
        return []
    return [item.weights_file(view.weights, step) for item in items]


def show(items: Sequence[ComparedItem], view: CompareView) -> int | None:
    """The sample grids from the same noise under one slider, and real pictures; returns the slider's step.

    None is the newest. A model's grid is the same at every step. The step and the opened sample are kept in the URL.
    """
    sheets = {item.name: item.samples() for item in items}
    strips = [_strip(item, list(sheets[item.name])) for item in items]
    steps = sorted({step for item in items if item.run for step in sheets[item.name]})
    real = _real(view.reference.config) if any(sheets.values()) else None
    if real:
        strip: film.FilmStrip = {"id": REAL, "title": "Real pictures", "caption": "from the test set", "steps": [0]}
        strips.append({**strip, "still": True, "apart": True})
    key = "compare-film-" + "-".join(sheets)
    state, linked_step = film.film_state(key), session.number_in_url("step")
    step = linked_step if state.request == 0 else state.step
    session.put_in_url(step="" if step is None else str(step))
    opened = session.number_in_url("sample", below=sample_grid.COUNT)
    still = any(sheets[item.name] for item in items if not item.run)
    columns, rows, gap = sample_grid.COLUMNS, sample_grid.ROWS, sample_grid.GAP
    grid: film.GridShape = {"columns": columns, "rows": rows, "gap": gap, "size": view.reference.size}
    film.live_film(
        strips,
        steps or ([0] if still else []),
        lambda name, step: real if name == REAL else sheets[name][step].read_bytes(),
        key=key,
        empty="None of these runs has a picture yet.",
        start=linked_step,
        mode=view.mode,
        reference=view.reference.name,
        grid=grid,
        opened=opened,
        on_open=lambda index: session.put_in_url(sample=str(index)),
    )
    st.caption(f"{MODES[view.mode][1]} {SAME_NOISE} Click a sample to enlarge it.")
    if opened is not None:
        sample.show(items, opened, step, view.weights)
    return step


def _strip(item: ComparedItem, steps: list[int]) -> film.FilmStrip:
    strip: film.FilmStrip = {"id": item.name, "title": item.name, "steps": steps, "caption": item.about}
    if not item.run:
        strip["still"] = True
    if len(item.classes) == 10:
        strip["columns"] = item.classes
    return strip


def _real(settings: config.TrainConfig) -> bytes | None:
    try:
        return sample_grid.png(resources.real_sheet(settings.data)[0])
    except WorkshopError as error:
        st.caption(f"No real pictures are shown. {messages.missing_pictures(settings.data.dataset, error)}")
        return None
