"""The choices at the top of the Latent space page: a model, its class, its seed, and the pinned points."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from gan_core import data, runs
from gan_core.explore import points
from gan_core.explore.latent_sampler import LatentSampler
from gan_core.explore.points import LatentPoint
from gan_core.models import bundled, library
from gan_core.runs.scores import ClassShare
from gan_core.system.errors import WorkshopError
from pages.ui.shell import messages, resources, session, visitor

MAX_PINS = 8
LETTERS = "ABCDEFGH"
EVERY = "every"
"""In the URL, for the class: all of them in turn."""

OFF = 4.0
"""No truncation: numbers of z beyond so many standard deviations are too rare to matter."""


@dataclass(frozen=True, eq=False)
class LatentSelection:
    """What is chosen: `name` is the model's name in the URL; `label` the class, None for all in turn or for no class.

    `stamp` is the modification time of the file: a better score or another tab may remove the file while a part of
    the page is used.
    """

    name: str
    title: str
    path: Path
    raw: bool
    sampler: LatentSampler
    label: int | None
    seed: int
    pins: tuple[LatentPoint, ...]
    stamp: int
    shares: tuple[ClassShare, ...] = ()

    @property
    def source(self) -> str | Path:
        """What a script loads: a bundled model by its name, others from their file."""
        if self.name in bundled.names():
            return self.name
        return Path(self.path.name) if visitor.public() else self.path

    @property
    def owned_path(self) -> Path:
        """The folder with the ownership record on a shared instance; for kept weights that of their run."""
        return self.path.parent.parent if self.path.parent.name == "weights" else self.path.parent

    @property
    def file(self) -> str:
        """The beginning of the names of its files."""
        return self.name.replace("/", "-")

    @property
    def form(self) -> str:
        """A text that identifies these weights in the browser."""
        return f"{self.name}/{self.stamp}/{self.raw}/{self.sampler.truncation}"

    def point(self, place: int) -> LatentPoint:
        """Sample number `place` of the grid; its class is the chosen one, or all in turn."""
        classes, label = self.sampler.classes, self.label
        return LatentPoint(self.seed, place, place % len(classes) if classes and label is None else label)

    def start_points(self, count: int) -> list[LatentPoint]:
        """`count` points to start from: those pinned, and samples of the seed where there are too few."""
        samples = (self.point(place) for place in range(count + MAX_PINS))
        return [*self.pins, *(point for point in samples if point not in self.pins)][:count]

    def class_name(self, label: int | None) -> str:
        """The name of a class, empty for None."""
        return "" if label is None or not self.sampler.classes else self.sampler.classes[label]

    def describe(self, point: LatentPoint) -> str:
        """A point in words: its letter where it is pinned, and its class."""
        letter = LETTERS[self.pins.index(point)] if point in self.pins else ""
        where = f"seed {point.seed}, number {point.index + 1}" if not point.numbers else "a point by its numbers"
        return ", ".join(filter(None, [letter or where, self.class_name(point.label)]))


def choose() -> LatentSelection | None:
    """The choices at the top of the page; None after a sentence where there is no model."""
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
        st.error(messages.error_text(error))
        return None
    entry = library.get(name)
    origin, pictures = entry.origin[0].upper() + entry.origin[1:], entry.dataset
    pictures = "an unknown data set" if pictures == data.UNKNOWN else pictures
    st.caption(messages.plain(f"{origin}. It was trained on {pictures}; licence {entry.licence or 'unknown'}."))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = _label(model.classes) if model.conditional else None
        seed, truncation = _seed(), _truncation()
    sampler = LatentSampler(model, truncation)
    return LatentSelection(name, title, path, raw, sampler, label, seed, _pins(sampler), stamp, shares)


def check_weights(chosen: LatentSelection) -> None:
    """For a part of the page that is drawn alone: draw the whole page anew if the weights are gone."""
    if not chosen.path.is_file():
        st.rerun()


def model_file(name: str) -> tuple[Path, str]:
    """The weights of a model by its name in the URL, a run's last ones, and its title; raises WorkshopError."""
    return library.resolve(name), library.get(name).title


def _model() -> str | None:
    titles = library.titles()
    if not titles:
        return None
    linked = st.query_params.get("model")
    if linked and linked not in titles:
        st.warning(f"The link names a model that is not here: {messages.plain(linked)}.")
    return session.selectbox("Model", "model", titles, key="model", width=480)


def _weights(name: str) -> tuple[Path, tuple[ClassShare, ...], str]:
    """The file of the chosen weights, the accuracy of its classes where that is known, and its title."""
    path, title = model_file(name)
    if library.get(name).kind != "run":
        return path, bundled.get(name).shares if name in bundled.names() else (), title
    run = runs.find(name)
    titles = {"last": "the last"} | ({"best": "best score"} if run.best() else {})
    titles |= {str(step): f"step {step:,}" for step in reversed(list(run.weights()))}
    step = session.selectbox("Weights", "at", titles, key=f"at/{name}", width=200)
    return run.weights_at(step)[1], (), title


def _raw(path: Path) -> bool:
    """Whether to use the raw weights of G, where a file has both."""
    from gan_core.models import checkpoint

    if not {"ema", "generator"} <= checkpoint.networks_in(path):
        return False
    choices = {"ema": "average (EMA)", "raw": "as trained last"}
    help = "EMA: a running average of G's weights, more stable."
    return session.segmented_control("Weights of G", "g", choices, help) == "raw"


def _label(classes: Sequence[str]) -> int | None:
    names = {EVERY: "all in turn"} | {str(number): name for number, name in enumerate(classes)}
    chosen = session.selectbox("Class", "class", names, key="class", width=240)
    return None if chosen == EVERY else int(chosen)


def _seed() -> int:
    def shuffle() -> None:
        session.put_in_url(seed=str(np.random.default_rng().integers(1, 100_000)))

    seed = session.number_in_url("seed") or 0
    session.sync_widget("seed", "seed", seed)
    seed = int(st.number_input("Seed", 0, 10**9 - 1, seed, key="seed", width=150))
    session.write_choice("seed", str(seed), "0")
    st.button("Shuffle", icon=":material/shuffle:", on_click=shuffle)
    return seed


def _truncation() -> float | None:
    help = (
        "How far out the numbers of z may lie, in standard deviations. Less: fewer kinds of pictures, each more "
        "typical. At the right end z is as in training."
    )
    limit = st.slider("Truncation", 0.2, OFF, OFF, 0.1, key="far", bind="query-params", help=help, width=220)
    return None if limit >= OFF else limit


def _pins(sampler: LatentSampler) -> tuple[LatentPoint, ...]:
    """The pinned points in the URL that this model can draw; a sentence on each of the others."""
    try:
        linked = points.split(st.query_params.get("pins", ""), MAX_PINS)
    except WorkshopError as error:
        st.warning(f"The link's pins are left out. {messages.error_text(error)}")
        return ()
    kept, classes = [], range(len(sampler.classes))
    for point in linked:
        if point.numbers and len(point.numbers) != sampler.model.config.network.z_dim:
            st.caption("A pinned point is left out: it is for a model with another size of z.")
        else:
            label = point.label if point.label in classes else 0
            kept.append(point.with_class(label if classes else None))
    return tuple(kept)


def pin(chosen: LatentSelection, *more: LatentPoint) -> None:
    """Pin these points, or unpin those that are pinned."""
    kept = [point for point in chosen.pins if point not in more]
    kept += [point for point in more if point not in chosen.pins]
    if len(kept) <= MAX_PINS:
        session.put_in_url(pins=points.join(kept))
    else:
        st.toast(f"At most {MAX_PINS} samples can be pinned; remove one first.", icon=":material/keep:")


def pin_button(chosen: LatentSelection, label: str, point: LatentPoint) -> None:
    """A button that pins a point."""
    if st.button(label, icon=":material/keep:"):
        pin(chosen, point)
        st.rerun()


def choose_point(chosen: LatentSelection, label: str) -> LatentPoint:
    """The one point that a view is about: a pin, or the first sample of the seed."""
    offered = chosen.pins or tuple(chosen.start_points(1))
    titles = {str(number): chosen.describe(point) for number, point in enumerate(offered)}
    return offered[int(session.segmented_control(label, "on", titles))]
