"""What the Latent space page looks at: a model, its class, its seed, and the points that were pinned."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from gan_core import data, runs
from gan_core.config import DataConfig
from gan_core.explore import points
from gan_core.explore.latent_sampler import LatentSampler
from gan_core.explore.points import LatentPoint
from gan_core.models import bundled, library
from gan_core.runs.scores import ClassShare
from gan_core.system.errors import WorkshopError
from pages.ui.shell import messages, resources, session, visitor

MOST_PINS = 8
LETTERS = "ABCDEFGH"
EVERY = "every"
"""In the address, for the class: all of them in turn."""

OFF = 4.0
"""Standard deviations that no number of z goes beyond often enough to matter: no truncation."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """`name` is the model's as the address has it; `label` the class, None for all in turn or where there is none."""

    name: str
    title: str
    path: Path
    raw: bool
    sampler: LatentSampler
    label: int | None
    seed: int
    pins: tuple[LatentPoint, ...]
    stamp: int
    """When the file was written: a better score, or another tab, may take it away while a part of the page is used."""
    shares: tuple[ClassShare, ...] = ()

    @property
    def pictures(self) -> DataConfig:
        """What it was trained on."""
        return self.sampler.model.config.data

    @property
    def source(self) -> str | Path:
        """How a script names it: a bundled model by its name, others by their file."""
        if self.name in bundled.names():
            return self.name
        return Path(self.path.name) if visitor.public() else self.path

    @property
    def maker(self) -> Path:
        """The folder that says whose it is on a shared instance: that of a run, of which these are kept weights."""
        return self.path.parent.parent if self.path.parent.name == "weights" else self.path.parent

    @property
    def file(self) -> str:
        """Its name as the beginning of a file's."""
        return self.name.replace("/", "-")

    @property
    def form(self) -> str:
        """What tells these weights from others in the browser."""
        return f"{self.name}/{self.stamp}/{self.raw}/{self.sampler.truncation}"

    def label_of(self, place: int) -> int | None:
        """The class of the sample in that place: all in turn, unless one was chosen."""
        if not self.sampler.classes:
            return None
        return place % len(self.sampler.classes) if self.label is None else self.label

    def point(self, place: int) -> LatentPoint:
        """Sample number `place` of the grid."""
        return LatentPoint(self.seed, place, self.label_of(place))

    def corners(self, count: int) -> list[LatentPoint]:
        """`count` points to start from: those pinned, and samples of the seed where there are too few."""
        free = (self.point(place) for place in range(count + MOST_PINS))
        return [*self.pins, *(point for point in free if point not in self.pins)][:count]

    def class_name(self, label: int | None) -> str:
        return "" if label is None or not self.sampler.classes else self.sampler.classes[label]

    def say(self, point: LatentPoint) -> str:
        """A point in words: its letter where it is pinned, and its class."""
        letter = LETTERS[self.pins.index(point)] if point in self.pins else ""
        where = f"seed {point.seed}, number {point.index + 1}" if not point.numbers else "a point of its own"
        return ", ".join(filter(None, [letter or where, self.class_name(point.label)]))


def choose() -> Chosen | None:
    """The choices at the top of the page; None after a sentence where there is no model to look at."""
    name = _model()
    if name is None:
        st.info("No model is here yet: train one on the **Train** page, or restore the bundled ones.")
        return None
    try:
        path, shares, title = _weights(name)
        raw = _raw(path)
        stamp = path.stat().st_mtime_ns
        model = resources.model(str(path), stamp, raw)
    except WorkshopError as error:
        st.error(messages.said(error))
        return None
    _about(name)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = _label(model.classes) if model.conditional else None
        seed, truncation = _seed(), _truncation()
    sampler = LatentSampler(model, truncation)
    return Chosen(name, title, path, raw, sampler, label, seed, _pins(sampler), stamp, shares)


def still_there(chosen: Chosen) -> None:
    """For a part of the page that is drawn alone: draw it all where the weights have gone since."""
    if not chosen.path.is_file():
        st.rerun()


def named(name: str) -> tuple[Path, str]:
    """The weights of a model by its name in the address, a run's last ones, and its title; raises WorkshopError."""
    return library.resolve(name), library.get(name).title


def _about(name: str) -> None:
    """Where the model comes from, and from which pictures under which licence it has learned."""
    entry = library.get(name)
    pictures = "from pictures that nobody has named" if entry.dataset == data.UNKNOWN else f"from {entry.dataset}"
    licence = f"their licence: {entry.licence}" if entry.licence else "their licence is unknown"
    st.caption(messages.plain(f"{entry.origin[0].upper()}{entry.origin[1:]}. It has learned {pictures}; {licence}."))


def _model() -> str | None:
    known = library.titles()
    if not known:
        return None
    asked = st.query_params.get("model")
    if asked and asked not in known:
        st.warning(f"The link names a model that is not here: {messages.plain(asked)}.")
    return session.select("Model", "model", known, key="model", width=480)


def _weights(name: str) -> tuple[Path, tuple[ClassShare, ...], str]:
    """The file of the chosen weights, how well its classes are told apart where that is known, and its title."""
    path, title = named(name)
    if library.get(name).kind != "run":
        return path, bundled.get(name).shares if name in bundled.names() else (), title
    run = runs.find(name)
    kept = [str(step) for step in run.weights()]
    allowed = ["last", *(["best"] if run.best() else []), *reversed(kept)]
    at = session.select("Weights", "at", {at: _step(at) for at in allowed}, key=f"at/{name}", width=200)
    return run.weights_at(at)[1], (), title


def _step(at: str) -> str:
    return f"step {int(at):,}" if at.isdecimal() else {"last": "the last", "best": "best score"}[at]


def _raw(path: Path) -> bool:
    """Which weights of G are wanted, where a file has both."""
    from gan_core.models import checkpoint

    if not {"ema", "generator"} <= checkpoint.networks_in(path):
        return False
    choices = {"ema": "average (EMA)", "raw": "as trained last"}
    return session.pick("Weights of G", "g", choices, "EMA: a running average of G's weights, calmer.") == "raw"


def _label(classes: Sequence[str]) -> int | None:
    names = {EVERY: "all in turn"} | {str(number): name for number, name in enumerate(classes)}
    chosen = session.select("Class", "class", names, key="class", width=240)
    return None if chosen == EVERY else int(chosen)


def _seed() -> int:
    def shuffle() -> None:
        session.put_in_url(seed=str(np.random.default_rng().integers(1, 100_000)))

    seed = session.number_in_url("seed") or 0
    session.follow("seed", "seed", seed)
    seed = int(st.number_input("Seed", 0, 10**9 - 1, seed, key="seed", width=150))
    session.choose_in_url("seed", str(seed), "0")
    st.button("Shuffle", icon=":material/shuffle:", on_click=shuffle)
    return seed


def _truncation() -> float | None:
    about = (
        "How far out the numbers of z may lie, in standard deviations. Less: fewer kinds of pictures, each more "
        "typical. At the right end z is as it was in training."
    )
    far = st.slider("Truncation", 0.2, OFF, OFF, 0.1, key="far", bind="query-params", help=about, width=220)
    return None if far >= OFF else far


def _pins(sampler: LatentSampler) -> tuple[LatentPoint, ...]:
    """The pinned points of the address that this model can draw; the others are said."""
    try:
        wanted = points.split(st.query_params.get("pins", ""), MOST_PINS)
    except WorkshopError as error:
        st.warning(f"The link's pins are left out. {messages.said(error)}")
        return ()
    kept = []
    for point in wanted:
        label = point.label if point.label is not None and point.label < len(sampler.classes) else 0
        point = point.with_class(label if sampler.classes else None)
        if point.numbers and len(point.numbers) != sampler.model.config.network.z_dim:
            st.caption("A pinned point is left out: it is of a model with another z.")
            continue
        kept.append(point)
    return tuple(kept)


def pin(chosen: Chosen, *more: LatentPoint) -> None:
    """Pin these points as well, or take the pins of those that are pinned away."""
    kept = [point for point in chosen.pins if point not in more]
    kept += [point for point in more if point not in chosen.pins]
    if len(kept) > MOST_PINS:
        st.toast(f"{MOST_PINS} pins are the most; take one away first.", icon=":material/keep:")
        return
    session.put_in_url(pins=points.join(kept))


def subject(chosen: Chosen, label: str) -> LatentPoint:
    """The one point that a view is about: a pin, or the first sample of the seed."""
    offered = chosen.pins or tuple(chosen.corners(1))
    titles = {str(number): chosen.say(point) for number, point in enumerate(offered)}
    return offered[int(session.pick(label, "on", titles))]
