"""MNIST and the data sets made in its image: four idx files, grey pictures of 28×28 pixels in ten classes."""

from pathlib import Path

import numpy as np

from gan_core.data import _idx as idx
from gan_core.system import discovery
from gan_core.system.errors import WorkshopError

FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}


def read(folder: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures uint8 (N, 28, 28) and labels uint8 (N,), 0..9, of a split in `folder`.

    Raises WorkshopError that names the file when one is not there or not what it should be.
    """
    image_name, label_name = discovery.look_up(FILES, split, "split")
    image_file, label_file = _file(folder, image_name), _file(folder, label_name)
    images, labels = idx.read(image_file, 3), idx.read(label_file, 1)
    if images.shape[1:] != (28, 28):
        raise WorkshopError(f"{image_file} holds pictures of {images.shape[1:]} pixels, not (28, 28).")
    if len(images) != len(labels):
        raise WorkshopError(f"{image_file} has {len(images)} pictures, but {label_file} {len(labels)} labels.")
    if labels.max() >= 10:
        raise WorkshopError(f"{label_file} holds the label {labels.max()}; allowed: 0 to 9.")
    return images, labels


def complete(folder: Path) -> bool:
    """Whether all four files are there, plain or .gz."""
    return all(_file(folder, name).is_file() for pair in FILES.values() for name in pair)


def _file(folder: Path, name: str) -> Path:
    plain = folder / name
    return plain if plain.is_file() else folder / f"{name}.gz"
