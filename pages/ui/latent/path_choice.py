"""A way through latent space, as chosen in the address: what Interpolate plays and Take away saves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from gan_core.explore import paths
from gan_core.explore.points import LatentPoint
from pages.ui.latent.selection import Chosen
from pages.ui.shell import session

WAYS = {"pins": "through the pins", "walk": "a random walk"}
MOVES = {"both": "z and class", "z": "z alone", "class": "class alone"}
STAYS = "stays"
MOST_FRAMES = 120

WHEN = {
    "spherical": "Spherical keeps the length of z, which suits the normal z of this model: its samples nearly all lie "
    "on a sphere, and a straight line would cut through the inside, where G was never trained.",
    "linear": "Linear goes straight, which suits z drawn evenly from a cube; with normal z the middle of the way is "
    "too short, and often greyer.",
}

MIXED = "In training G is told one class, never a mixture: half-way between two, pictures may fade or grow dark."


@dataclass(frozen=True, eq=False)
class Way:
    """z (F, d) and class weights (F, K) or None of each frame, with what is said of it."""

    title: str
    z: np.ndarray
    weights: np.ndarray | None
    captions: Sequence[str]
    loop: bool
    note: str

    def point(self, index: int) -> LatentPoint:
        """A frame as a point to pin, of the class that weighs most there."""
        return LatentPoint.from_z(self.z[index], None if self.weights is None else int(self.weights[index].argmax()))


def choose(chosen: Chosen) -> Way:
    """The controls, and the way they describe."""
    hows = paths.titles_for(chosen.sampler.model.config.network.z_distribution)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = session.pick("Way", "way", WAYS)
        frames = st.slider("Frames", 2, MOST_FRAMES, 60, key="frames", bind="query-params", width=200)
        if kind == "walk":
            reach = st.slider("How far it strays", 0.0, 1.0, 0.6, 0.05, key="reach", bind="query-params", width=200)
            number = int(st.number_input("Walk number", 0, 10**6, 0, key="walk", bind="query-params", width=150))
            return _walk(chosen, frames, reach, number)
        how = session.pick("Between them", "how", hows)
        loop = st.toggle("Back to the first", key="loop", bind="query-params")
    moves, to = _classes(chosen)
    return _through(chosen, frames, how, loop, moves, to)


def _classes(chosen: Chosen) -> tuple[str, int | None]:
    """What moves, and the class to end at."""
    names = chosen.sampler.classes
    if not names:
        return "z", None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        moves = session.pick("What moves", "moves", MOVES)
        if moves == "z":
            return moves, None
        ends = {STAYS: "as pinned"} | {str(number): name for number, name in enumerate(names)}
        to = session.select("Ends as", "to", ends, key="to", width=220)
    return moves, None if to == STAYS else int(to)


def _walk(chosen: Chosen, frames: int, reach: float, number: int) -> Way:
    start = chosen.corners(1)[0]
    distribution = chosen.sampler.model.config.network.z_distribution
    z = paths.walk(chosen.sampler.z([start])[0], frames, number, reach, distribution)
    weights = chosen.sampler.class_weights([start])
    told = None if weights is None else np.repeat(weights, frames, 0)
    note = "A smooth random curve from the first pin and back to it; z is distributed as in training at every frame."
    return Way(f"A random walk from {chosen.say(start)}", z, told, (), True, note)


def _through(chosen: Chosen, frames: int, how: str, loop: bool, moves: str, to: int | None) -> Way:
    stops = list(chosen.corners(2) if len(chosen.pins) < 2 else chosen.pins)
    ends = [*stops[:-1], stops[-1].with_class(to)] if to is not None else stops
    places = chosen.sampler.z(stops)
    z = paths.interpolate(places[:1] if moves == "class" else places, frames, how, loop=loop)
    weights = chosen.sampler.class_weights([ends[0]] if moves == "z" else ends)
    told = None if weights is None else paths.interpolate(weights, frames, "linear", loop=loop)
    letters = " to ".join(dict.fromkeys(chosen.say(point) for point in ends))
    note = WHEN[how] if moves != "class" else "z stays where it is; the classes are mixed in proportion."
    if len(chosen.pins) < 2:
        note = f"Fewer than two samples are pinned, so it goes from one sample of the seed to another. {note}"
    captions = _captions(chosen, told)
    return Way(letters, z, told, captions, loop, f"{note} {MIXED}" if captions else note)


def _captions(chosen: Chosen, weights: np.ndarray | None) -> list[str]:
    """The classes of each frame with their shares; nothing where the class is one and the same."""
    if weights is None or np.ptp(weights, axis=0).max() == 0:
        return []
    said = []
    for row in weights:
        parts = [f"{share:.0%} {chosen.sampler.classes[number]}" for number, share in enumerate(row) if share > 0]
        said.append(" + ".join(parts) if len(parts) > 1 else parts[0].removeprefix("100% "))
    return said
