"""What the server keeps for all visitors: runs, networks, pictures. All of it can be loaded again at any time."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from gan_core import config, data, runs
from gan_core.data import sample_grid
from gan_core.system import processes
from pages.ui.shell.shared_run import SharedRun

if TYPE_CHECKING:  # torch is imported when a page first needs a network
    from gan_core.evaluation import nearest
    from gan_core.explore.directions import Directions
    from gan_core.models import checkpoint

REAL_COUNT = 500
"""Real test pictures that a discriminator's output is compared with."""


BY_JSON: dict[str | type, Any] = {config.DataConfig: config.DataConfig.model_dump_json}
"""How the caches tell settings apart."""


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs={runs.Run: lambda run: str(run.path)})
def shared_run(run: runs.Run) -> SharedRun:
    """One run as all sessions see it."""
    return SharedRun(run)


def columns(run: runs.Run) -> dict[str, np.ndarray]:
    """The series that a run has logged so far, each (rows,), read once for all sessions."""
    return shared_run(run).history.refresh()


@st.cache_resource(max_entries=32, show_spinner=False)
def training_device(device: str, precision: str) -> Future[str]:
    """A sentence on where a run with these settings would train, as soon as it is known; WorkshopError if it cannot.

    A child process finds out: torch takes seconds to import, and makes a server three times as large.
    """
    arguments = ("device", "--device", device, "--precision", precision)
    return _device_thread.submit(lambda: processes.run(*arguments).strip())


_device_thread = ThreadPoolExecutor(1, "training-device")


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Once per server, prepare what the Train page needs while the visitor still reads the Home page."""

    def load() -> None:
        import pandas  # noqa: F401 - st.dataframe would import it on the first page with a table

        from gan_core import presets, variants

        training_device("auto", "auto")
        presets.all_presets()
        variants.all_variants()

    thread = threading.Thread(target=load, name="warm-up", daemon=True)
    thread.start()
    return thread


@st.cache_resource(max_entries=8, show_spinner="Loading the model …")
def model(path: str, stamp: int, raw: bool) -> "checkpoint.Model":
    """The networks in a file with that modification time; with the raw weights of G, or else their average (EMA)."""
    from gan_core.models import checkpoint

    return checkpoint.load(runs.Path(path), raw=raw)


@st.cache_resource(max_entries=8, show_spinner="Computing directions …")
def directions(path: str, stamp: int, raw: bool, kind: str) -> "Directions":
    """The directions of a kind in that model's latent space."""
    from gan_core.explore import directions

    return directions.find(model(path, stamp, raw), kind)


@st.cache_resource(max_entries=8, show_spinner=False)
def discriminator(path: str, stamp: int) -> "checkpoint.LoadedDiscriminator":
    """The discriminator in a file with that modification time."""
    from gan_core.models import checkpoint

    return checkpoint.load_discriminator(runs.Path(path))


@st.cache_data(max_entries=64, show_spinner="Scoring real pictures with the discriminator …")
def real_scores(path: str, stamp: int) -> np.ndarray:
    """That discriminator's outputs for REAL_COUNT real test pictures of its data set, (N,)."""
    judge = discriminator(path, stamp)
    tests = test_pictures(judge.config.data, REAL_COUNT)
    return judge.scores(np.ascontiguousarray(tests.images.transpose(0, 2, 3, 1)), tests.labels)


@st.cache_resource(max_entries=4, show_spinner="Reading the pictures …", hash_funcs=BY_JSON)
def _pictures(settings: config.DataConfig, split: str, limit: int | None) -> data.Dataset:
    return data.load(settings.dataset, split=split, classes=settings.classes, size=settings.size, limit=limit)


def dataset(settings: config.DataConfig) -> data.Dataset:
    """The training pictures of a run."""
    return _pictures(settings, "train", settings.limit)


def test_pictures(settings: config.DataConfig, count: int) -> data.Dataset:
    """At most `count` of the test pictures that go with them, each class by its share."""
    tests = _pictures(settings, "test", None)
    return tests if len(tests) <= count else _pictures(settings, "test", count)


def real_sheet(settings: config.DataConfig) -> tuple[np.ndarray, np.ndarray]:
    """Real test pictures as a run's grid, (H', W', C), and their classes, (60,); a column a class if there are ten."""
    tests = _pictures(settings, "test", None)
    chosen = []
    for place, number in enumerate(sample_grid.labels(len(tests.classes))):
        of_class = np.flatnonzero(tests.labels == number)
        source = of_class if len(of_class) else np.arange(len(tests))
        chosen.append(source[place // len(tests.classes) % len(source)])
    return sample_grid.grid(tests.images[chosen].transpose(0, 2, 3, 1)), tests.labels[chosen]


@st.cache_resource(max_entries=8, show_spinner="Reading the training pictures …", hash_funcs=BY_JSON)
def feature_index(settings: config.DataConfig) -> "nearest.FeatureIndex":
    """An index of a run's training pictures, in which the nearest to a sample are searched."""
    from gan_core.evaluation import nearest

    return nearest.FeatureIndex.for_dataset(dataset(settings))


@st.cache_data(max_entries=32, show_spinner=False)
def weights_key(path: str, stamp: int) -> str:
    """A hash of the weights in a file with that modification time."""
    from gan_core.explore import direction_names

    return direction_names.weights_key(runs.Path(path))
