"""CIFAR-10 (Krizhevsky, 2009), 60,000 colour pictures in ten classes: from a folder, or a download."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.data import Dataset, Source
from gan_core.data._online import OnlineSource
from gan_core.system.errors import WorkshopError

CLASSES = ("Airplane", "Car", "Bird", "Cat", "Deer", "Dog", "Frog", "Horse", "Ship", "Truck")
FILES = {"train": [f"data_batch_{i}" for i in range(1, 6)], "test": ["test_batch"]}
RECORD = 1 + 3 * 32 * 32  # of the binary version: the label, then red, green and blue row by row


class _Batch(pickle.Unpickler):
    """Reads a batch of the Python version: a pickle that may refer only to numpy arrays."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("numpy") and name in ("_reconstruct", "ndarray", "dtype"):
            return super().find_class(module.replace("numpy.core", "numpy._core"), name)
        raise pickle.UnpicklingError(f"it names {module}.{name}")


def _read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Pictures uint8 (N, 3, 32, 32) and labels int64 (N,) of one file, of the binary version or Python's."""
    try:
        if path.suffix == ".bin":
            records = np.frombuffer(path.read_bytes(), dtype=np.uint8).reshape(-1, RECORD)
            images, labels = records[:, 1:], records[:, 0]
        else:
            with path.open("rb") as file:
                batch = _Batch(file, encoding="bytes").load()
            images, labels = np.asarray(batch[b"data"], dtype=np.uint8), np.asarray(batch[b"labels"])
        images, labels = images.reshape(len(labels), 3, 32, 32), labels.astype(np.int64)
        if not 0 <= labels.min() <= labels.max() < len(CLASSES):
            raise ValueError(f"labels go from {labels.min()} to {labels.max()}")
    except Exception as error:  # a broken pickle may raise anything
        raise WorkshopError(f"{path} is no batch of CIFAR-10 ({error}); get a new copy of it or remove it.") from error
    return images, labels


def _files(folder: Path, split: str) -> list[Path]:
    plain = [folder / name for name in FILES[split]]
    return plain if plain[0].is_file() else [path.with_suffix(".bin") for path in plain]


def _complete(folder: Path) -> bool:
    return all(path.is_file() for split in FILES for path in _files(folder, split))


ONLINE = OnlineSource(
    title="CIFAR-10",
    name="cifar10",
    layout=Path("cifar-10-batches-py"),
    files="its six batches, data_batch_1 to 5 and test_batch, in a folder `cifar10`",
    complete=_complete,
    torchvision="CIFAR10",
    alternative="emoji",
)


def _load(split: str) -> Dataset:
    batches = [_read(path) for path in _files(ONLINE.folder(), split)]
    images, labels = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    return Dataset("cifar10", images, labels, CLASSES, SOURCE.title, SOURCE.licence, split)


SOURCE = Source(
    title="CIFAR-10 (50,000)",
    summary="Colour pictures of animals and vehicles: 50,000 to learn from, 10,000 to test.",
    licence="for research; no licence stated",
    origin="Krizhevsky, 2009: https://www.cs.toronto.edu/~kriz/cifar.html",
    size=32,
    channels=3,
    classes=CLASSES,
    load=_load,
    missing=ONLINE.missing,
)
