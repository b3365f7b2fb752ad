"""What the server holds once for all visitors: readers of runs, networks, pictures. All of it can be had again."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from gan_core import config, data, runs
from gan_core.data import sample_grid
from gan_core.runs.history import History
from gan_core.system import processes
from pages.ui.shell.watcher import Watched

if TYPE_CHECKING:  # torch is loaded where a page first asks a network
    from gan_core.evaluation import comparison, nearest
    from gan_core.explore import directions as found
    from gan_core.models import checkpoint

REAL_COUNT = 500
"""Real test pictures a discriminator's opinion is compared with."""


@st.cache_resource(max_entries=32, show_spinner=False)
def watched(path: str) -> Watched:
    """One run as all sessions see it; what it holds can be read again from disk."""
    return Watched(runs.Run(runs.Path(path)))


def history(path: str) -> History:
    """The reader of one run's numbers, shared by all sessions."""
    return watched(path).history


@st.cache_resource(max_entries=32, show_spinner=False)
def place(device: str, precision: str) -> Future[str]:
    """Where a run with these settings would compute, in words, as soon as it is known; WorkshopError if it cannot.

    Asked in a process of its own: torch takes seconds to import, and makes a server three times as large.
    """
    return _asking.submit(_place, device, precision)


_asking = ThreadPoolExecutor(1, "asking")


def _place(device: str, precision: str) -> str:
    return processes.run("device", "--device", device, "--precision", precision).strip()


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Prepare what the Train page needs once a server, while the visitor still reads the Home page."""

    def load() -> None:
        import pandas  # noqa: F401 - st.dataframe would import it on the first page with a table

        from gan_core import presets, variants

        place("auto", "auto")
        presets.all_presets()
        variants.all_variants()

    thread = threading.Thread(target=load, name="warm-up", daemon=True)
    thread.start()
    return thread


@st.cache_resource(max_entries=8, show_spinner="Loads the model")
def model(path: str, stamp: int, raw: bool) -> "checkpoint.Model":
    """The networks in that file, as it was at `stamp`; the last weights of G where `raw`, else their average (EMA)."""
    from gan_core.models import checkpoint

    return checkpoint.load(runs.Path(path), raw=raw)


@st.cache_resource(max_entries=8, show_spinner="Looks for directions")
def directions(path: str, stamp: int, raw: bool, kind: str) -> "found.Directions":
    """The directions of a kind in that model's latent space."""
    from gan_core.explore import directions as found

    return found.find(model(path, stamp, raw), kind)


@st.cache_resource(max_entries=8, show_spinner=False)
def judge(path: str, stamp: int) -> "checkpoint.LoadedDiscriminator":
    """The discriminator in that file, as it was at `stamp`."""
    from gan_core.models import checkpoint

    return checkpoint.load_discriminator(runs.Path(path))


@st.cache_data(max_entries=64, show_spinner="Asks the discriminator about real pictures")
def real_scores(path: str, stamp: int) -> np.ndarray:
    """What that discriminator says of REAL_COUNT real test pictures of the data it learned, (N,)."""
    one = judge(path, stamp)
    shown = test_pictures(one.config.data, REAL_COUNT)
    return one.scores(np.ascontiguousarray(shown.images.transpose(0, 2, 3, 1)), shown.labels)


@st.cache_resource(max_entries=4, show_spinner="Reads the pictures")
def _dataset(wanted: str, split: str, limit: int | None) -> data.Dataset:
    asked = config.DataConfig.model_validate_json(wanted)
    return data.load(asked.dataset, split=split, classes=asked.classes, size=asked.size, limit=limit)


def dataset(wanted: config.DataConfig) -> data.Dataset:
    """The training pictures a run learned from."""
    return _dataset(wanted.model_dump_json(), "train", wanted.limit)


def test_pictures(wanted: config.DataConfig, count: int) -> data.Dataset:
    """At most `count` of the test pictures that go with them, each class by its share."""
    everything = _dataset(wanted.model_dump_json(), "test", None)
    return everything if len(everything) <= count else _dataset(wanted.model_dump_json(), "test", count)


def real_sheet(wanted: config.DataConfig) -> tuple[np.ndarray, np.ndarray]:
    """Real test pictures as a run's grid, (H', W', C), and their classes, (60,); a column a class if there are ten."""
    shown = _dataset(wanted.model_dump_json(), "test", None)
    numbers = sample_grid.labels(len(shown.classes))
    taken = []
    for place, number in enumerate(numbers):
        of_class = np.flatnonzero(shown.labels == number)
        source = of_class if len(of_class) else np.arange(len(shown))
        taken.append(source[place // len(shown.classes) % len(source)])
    chosen = np.array(taken)
    return sample_grid.grid(shown.images[chosen].transpose(0, 2, 3, 1)), shown.labels[chosen]


@st.cache_resource(max_entries=8, show_spinner="Looks at the training pictures")
def _eyes(wanted: str) -> "nearest.Eyes":
    from gan_core.evaluation import nearest

    return nearest.eyes(dataset(config.DataConfig.model_validate_json(wanted)))


def eyes(wanted: config.DataConfig) -> "nearest.Eyes":
    """What compares pictures with the training pictures of a run."""
    return _eyes(wanted.model_dump_json())


def standing(run: runs.Run) -> "comparison.Standing":
    """The run's row in the table of a comparison, from the numbers read so far."""
    from gan_core.evaluation import comparison

    return comparison.of(run, history(str(run.path)).refresh())


@st.cache_data(max_entries=32, show_spinner=False)
def weights_key(path: str, stamp: int) -> str:
    """What tells the weights in that file, as they were at `stamp`, from all others."""
    from gan_core.explore import direction_names

    return direction_names.weights_key(runs.Path(path))
