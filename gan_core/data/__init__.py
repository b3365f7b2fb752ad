"""One file, one source of pictures: the file name is its id, `SOURCE` what it is; all give a `Dataset`."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from gan_core.system import discovery, settings
from gan_core.system import text as line
from gan_core.system.errors import WorkshopError

SPLITS = ("train", "test")
UNKNOWN = "unknown"
"""In place of a data set's id, for a model whose training pictures are unknown."""
SIZES = (4, 256)  # a typo in `size` should raise an error, not fill the memory


@dataclass(frozen=True, eq=False)  # comparing arrays gives arrays, so == could only fail
class Dataset:
    """Pictures in memory.

    `images`: uint8 (N, C, H, H), C 1 or 3, values 0..255. `labels`: int64 (N,), 0..K-1, an index into the
    K names of `classes`. N and K are at least 1. Class names and the licence are one line each. Raises WorkshopError
    when these do not hold.
    """

    name: str
    images: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    title: str
    licence: str
    split: str

    def __post_init__(self) -> None:
        shape, dtype = self.images.shape, self.images.dtype
        if dtype != np.uint8 or len(shape) != 4 or shape[1] not in (1, 3) or shape[2] != shape[3]:
            raise self._bad(f"pictures must be uint8 (N, 1 or 3, H, H), but are {dtype} {shape}")
        if self.labels.dtype != np.int64 or self.labels.shape != shape[:1]:
            given = f"{self.labels.dtype} {self.labels.shape}"
            raise self._bad(f"labels must be int64 ({shape[0]},), one a picture, but are {given}")
        for text in (*self.classes, self.licence):  # every weights file stores these
            try:
                line.check_line(text)
            except ValueError as error:
                raise self._bad(f"a class or its licence is called {text!r}; {error}") from None
        if 0 in shape:
            raise self._bad(f"it holds no pictures, its shape is {shape}")
        if self.labels.min() < 0 or self.labels.max() >= len(self.classes):
            raise self._bad(
                f"labels must be 0 to {len(self.classes) - 1}, one a class name, "
                f"but are {self.labels.min()} to {self.labels.max()}"
            )

    def _bad(self, what: str) -> WorkshopError:
        return WorkshopError(f"Data set {self.name} ({self.split}) is not valid: {what}.")

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Source:
    """Where pictures come from.

    `size` (pixels) and `channels` are those of every picture. `load` takes "train" or "test" and returns
    the whole split, or raises WorkshopError. `missing` returns None if `load` works right now without
    internet, else one sentence that says what to do; it is cheap and never raises WorkshopError.
    """

    title: str
    summary: str
    licence: str
    origin: str
    size: int
    channels: int
    classes: tuple[str, ...]
    load: Callable[[str], Dataset]
    missing: Callable[[], str | None]


def sources() -> dict[str, Source]:
    """Every source by id: a file with SOURCE under its name with dashes for underscores, and what SOURCES() finds now.

    A file may define either; SOURCES is for sets that come and go while the program runs.
    """
    fixed, listings = _discovered()
    result = dict(fixed)
    for listing in listings:
        result |= listing()
    return result


@cache
def _discovered() -> tuple[dict[str, Source], list[Callable[[], dict[str, Source]]]]:
    here = sys.modules[__name__]
    fixed = {name.replace("_", "-"): source for name, source in discovery.discover(here, "SOURCE").items()}
    return fixed, list(discovery.discover(here, "SOURCES").values())


def get(name: str) -> Source:
    """The source called `name`; raises WorkshopError with the valid names, or for UNKNOWN with the reason."""
    if name == UNKNOWN:
        raise WorkshopError("This model came from elsewhere, and from which pictures it learned is not known here.")
    return discovery.look_up(sources(), name, "data set")


def load(
    name: str,
    *,
    split: str = "train",
    classes: Sequence[int] | None = None,
    limit: int | None = None,
    size: int | None = None,
) -> Dataset:
    """The requested pictures of source `name`; the same arguments give the same pictures.

    `classes`: only these, numbered 0..k-1 in the order given. `limit`: exactly so many pictures, every
    class by its share, spread evenly over the source, without randomness. `size`: resized to
    that width and height. Raises WorkshopError for a value that is not allowed or data that is not there.
    """
    source = get(name)
    if split not in SPLITS:
        raise discovery.unknown("split", split, SPLITS)
    if size is not None and not SIZES[0] <= size <= SIZES[1]:
        raise WorkshopError(f"size: {size} was given; allowed: {SIZES[0]} to {SIZES[1]} pixels.")
    if classes is not None:
        _check_classes(classes, source.classes)
    dataset = source.load(split)
    if classes is not None:
        dataset = _of_classes(dataset, classes)
    if limit is not None:
        if not 1 <= limit <= len(dataset):
            raise WorkshopError(
                f"limit: {limit} was given; allowed: 1 to {len(dataset)}, the pictures there are "
                f"({name}, {split}, {len(dataset.classes)} classes)."
            )
        dataset = stratified_subset(dataset, limit)
    if size not in (None, dataset.images.shape[-1]):
        dataset = replace(dataset, images=_resized(dataset.images, size))
    return dataset


def data_dir() -> Path | None:
    """The user's own folder of data, `$GAN_DATA_DIR`, or None; raises WorkshopError if it is no folder."""
    folder = settings.current().data_dir
    if folder is not None and not folder.is_dir():
        raise WorkshopError(f"GAN_DATA_DIR: {folder} was given; allowed: a folder that is there.")
    return folder


def download_dir() -> Path:
    """Where downloads are kept: `$GAN_HOME/data`, and without GAN_HOME `runs/data` of the checkout."""
    return settings.current().home / "data"


def stratified(labels: np.ndarray, count: int) -> np.ndarray:
    """`count` indices into `labels` (N,), 1 <= count <= N, sorted; each class as near its share as possible.

    Within a class they are spaced evenly, so that a source sorted in some way is still covered.
    """
    present, totals = np.unique(labels, return_counts=True)
    shares = count * totals // len(labels)
    # Largest remainders get what rounding down left over; the stable sort gives ties to the first class.
    shares[np.argsort(-(count * totals % len(labels)), kind="stable")[: count - shares.sum()]] += 1
    chosen = [
        np.flatnonzero(labels == label)[np.arange(share) * total // max(share, 1)]
        for label, total, share in zip(present, totals, shares, strict=True)
    ]
    return np.sort(np.concatenate(chosen))


def stratified_subset(dataset: Dataset, count: int) -> Dataset:
    """`count` pictures of it, each class by its share; all of them if there are fewer."""
    if count >= len(dataset):
        return dataset
    chosen = stratified(dataset.labels, count)
    return replace(dataset, images=dataset.images[chosen], labels=dataset.labels[chosen])


def _check_classes(classes: Sequence[int], names: tuple[str, ...]) -> None:
    distinct = set(classes)
    if not distinct or len(distinct) < len(classes) or not distinct <= set(range(len(names))):
        listed = ", ".join(f"{number} {name}" for number, name in enumerate(names))
        raise WorkshopError(
            f"classes: {list(classes)} was given; allowed: one or more different class numbers ({listed})."
        )


def _of_classes(dataset: Dataset, classes: Sequence[int]) -> Dataset:
    chosen = list(classes)
    new_label = np.full(len(dataset.classes), -1, dtype=np.int64)  # old label to new one, -1: dropped
    new_label[chosen] = np.arange(len(chosen))
    labels = new_label[dataset.labels]
    kept = np.flatnonzero(labels >= 0)
    names = tuple(dataset.classes[number] for number in chosen)
    return replace(dataset, images=dataset.images[kept], labels=labels[kept], classes=names)


def _resized(images: np.ndarray, size: int) -> np.ndarray:
    """(N, C, H, H) to (N, C, size, size): the mean (BOX) where whole pixels merge, else LANCZOS."""
    count, channels, height, _ = images.shape
    resample = Image.Resampling.BOX if height % size == 0 else Image.Resampling.LANCZOS
    resized = np.empty((count * channels, size, size), dtype=np.uint8)
    for index, plane in enumerate(images.reshape(-1, height, height)):
        resized[index] = np.asarray(Image.fromarray(plane).resize((size, size), resample))
    return resized.reshape(count, channels, size, size)
