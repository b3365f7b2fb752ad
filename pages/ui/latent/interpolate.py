"""Interpolate: a path from point to point, from class to class, or a random walk, as a strip and a player."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from gan_core.explore import paths
from gan_core.explore.points import LatentPoint
from pages.ui.latent import pointer, selection
from pages.ui.latent.selection import LatentSelection
from pages.ui.shell import messages, session

KINDS = {"pins": "through the pins", "walk": "a random walk"}
MOVES = {"both": "z and class", "z": "z alone", "class": "class alone"}
STAYS = "stays"
MAX_FRAMES = 120

NOTES = {
    "spherical": "Spherical keeps the length of z, which suits the normal z of this model: its samples nearly all lie "
    "on a sphere, and a straight line would cut through the inside, where G was never trained.",
    "linear": "Linear goes straight, which suits z drawn uniformly from a cube; with normal z the vectors half-way are "
    "too short, and the pictures often greyer.",
}

MIXED_NOTE = "In training G gets one class, never a mixture: half-way between two, pictures may fade or grow dark."


@dataclass(frozen=True, eq=False)
class LatentPath:
    """z (F, d) and class weights (F, K), or None, of each frame; with a title, captions and a note."""

    title: str
    z: np.ndarray
    weights: np.ndarray | None
    captions: Sequence[str]
    loop: bool
    note: str

    def point(self, index: int) -> LatentPoint:
        """A frame as a point to pin, of the class with the largest weight there."""
        return LatentPoint.from_z(self.z[index], None if self.weights is None else int(self.weights[index].argmax()))


def show(chosen: LatentSelection) -> None:
    """The chosen path, played there and back or around."""
    path = choose_path(chosen)
    st.markdown(f"**{messages.plain(path.title)}**")
    pointer.player(
        chosen.sampler.draw(path.z, path.weights),
        "path",
        path.title,
        captions=path.captions,
        loop=path.loop,
        on_pin=lambda index: selection.pin(chosen, path.point(index)),
    )
    st.caption(path.note)


def choose_path(chosen: LatentSelection) -> LatentPath:
    """The controls, and the path they describe."""
    methods = paths.titles_for(chosen.sampler.model.config.network.z_distribution)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = session.segmented_control("Path", "way", KINDS)
        frames = st.slider("Frames", 2, MAX_FRAMES, 60, key="frames", bind="query-params", width=200)
        if kind == "walk":
            reach = st.slider("How far it goes", 0.0, 1.0, 0.6, 0.05, key="reach", bind="query-params", width=200)
            number = int(st.number_input("Walk number", 0, 10**6, 0, key="walk", bind="query-params", width=150))
            return _walk(chosen, frames, reach, number)
        how = session.segmented_control("Between them", "how", methods)
        loop = st.toggle("Back to the first", key="loop", bind="query-params")
    moves, to = _classes(chosen)
    return _through(chosen, frames, how, loop, moves, to)


def _classes(chosen: LatentSelection) -> tuple[str, int | None]:
    """What moves, and the class at the end."""
    names = chosen.sampler.classes
    if not names:
        return "z", None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        moves = session.segmented_control("What moves", "moves", MOVES)
        if moves == "z":
            return moves, None
        ends = {STAYS: "as pinned"} | {str(number): name for number, name in enumerate(names)}
        to = session.selectbox("Ends as", "to", ends, key="to", width=220)
    return moves, None if to == STAYS else int(to)


def _walk(chosen: LatentSelection, frames: int, reach: float, number: int) -> LatentPath:
    start = chosen.start_points(1)[0]
    distribution = chosen.sampler.model.config.network.z_distribution
    z = paths.walk(chosen.sampler.z([start])[0], frames, number, reach, distribution)
    weights = chosen.sampler.class_weights([start] * frames)
    note = "A smooth random curve from the first pin and back to it; z is distributed as in training at every frame."
    return LatentPath(f"A random walk from {chosen.describe(start)}", z, weights, (), True, note)


def _through(chosen: LatentSelection, frames: int, how: str, loop: bool, moves: str, to: int | None) -> LatentPath:
    stops = list(chosen.start_points(2) if len(chosen.pins) < 2 else chosen.pins)
    ends = [*stops[:-1], stops[-1].with_class(to)] if to is not None else stops
    places = chosen.sampler.z(stops)
    z = paths.interpolate(places[:1] if moves == "class" else places, frames, how, loop=loop)
    weights = chosen.sampler.class_weights([ends[0]] if moves == "z" else ends)
    weights = None if weights is None else paths.interpolate(weights, frames, "linear", loop=loop)
    title = " to ".join(dict.fromkeys(chosen.describe(point) for point in ends))
    note = NOTES[how] if moves != "class" else "z stays where it is; the classes are mixed in proportion."
    if len(chosen.pins) < 2:
        note = f"Fewer than two samples are pinned, so it goes from one sample of the seed to another. {note}"
    captions = _captions(chosen, weights)
    return LatentPath(title, z, weights, captions, loop, f"{note} {MIXED_NOTE}" if captions else note)


def _captions(chosen: LatentSelection, weights: np.ndarray | None) -> list[str]:
    """The classes of each frame with their shares; empty where the class is the same everywhere."""
    if weights is None or np.ptp(weights, axis=0).max() == 0:
        return []
    captions = []
    for row in weights:
        parts = [f"{share:.0%} {chosen.sampler.classes[number]}" for number, share in enumerate(row) if share > 0]
        captions.append(" + ".join(parts) if len(parts) > 1 else parts[0].removeprefix("100% "))
    return captions
