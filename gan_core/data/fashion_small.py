"""The part of Fashion-MNIST that comes with the program, so that a first run needs nothing else."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from gan_core.data import Dataset, Source
from gan_core.data.fashion_mnist import CLASSES
from gan_core.errors import WorkshopError

FILE = Path(__file__).parent / "bundled" / "fashion-small.npz"
REPAIR = "restore it from the repository or make it with `python -m gan_core.data.bundled.make_fashion`"


def _load(split: str) -> Dataset:
    try:
        with np.load(FILE, allow_pickle=False) as arrays:
            images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
    except (OSError, ValueError, EOFError, KeyError, zlib.error, zipfile.BadZipFile) as error:
        raise WorkshopError(f"{FILE} cannot be read ({error}): {REPAIR}.") from error
    return Dataset(
        name="fashion-small",
        images=images[:, None],
        labels=labels.astype(np.int64),
        classes=CLASSES,
        title=SOURCE.title,
        licence=SOURCE.licence,
        split=split,
    )


def _missing() -> str | None:
    return None if FILE.is_file() else f"{FILE} is not there: {REPAIR}."


SOURCE = Source(
    title="Fashion-MNIST, bundled (10,000)",
    summary="Grey pictures of clothes, shoes and bags: 1,000 of each class to learn from, 200 to test.",
    licence="MIT",
    origin="A stratified part of Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017): https://arxiv.org/abs/1708.07747",
    size=28,
    channels=1,
    classes=CLASSES,
    load=_load,
    missing=_missing,
)
