"""Fashion-MNIST (Xiao et al., 2017), all 70,000 pictures: from a folder, Debian's package, or a download."""

import http.client
import os
import tempfile
from pathlib import Path

import numpy as np

from gan_core import registry
from gan_core.data import Dataset, Source, data_dir, download_dir, idx
from gan_core.errors import WorkshopError

CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
RAW = Path("FashionMNIST", "raw")  # torchvision's layout, so that its downloads are found too
NOT_THERE = (
    "Fashion-MNIST is not on this machine{reason}: set GAN_DATA_DIR to a folder with its four idx files, "
    "install it with `apt install dataset-fashion-mnist` (Debian, Ubuntu), go online so that it can be "
    "downloaded, or choose the data set fashion-small."
)


def find() -> Path | None:
    """The first folder with all four files, or None; raises WorkshopError if GAN_DATA_DIR is no folder."""
    own = data_dir()
    folders = [own, own / "fashion-mnist", own / RAW] if own else []
    folders += [DEBIAN, download_dir() / RAW]
    return next((folder for folder in folders if _complete(folder)), None)


def read(folder: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures uint8 (N, 28, 28) and labels uint8 (N,), 0..9, of a split in `folder`.

    Raises WorkshopError that names the file when one is not there or not what it should be.
    """
    image_name, label_name = registry.look_up(FILES, split, "split")
    image_file, label_file = _file(folder, image_name), _file(folder, label_name)
    images, labels = idx.read(image_file, 3), idx.read(label_file, 1)
    if images.shape[1:] != (28, 28):
        raise WorkshopError(f"{image_file} holds pictures of {images.shape[1:]} pixels, not (28, 28).")
    if len(images) != len(labels):
        raise WorkshopError(f"{image_file} has {len(images)} pictures, but {label_file} {len(labels)} labels.")
    if labels.max() >= len(CLASSES):
        raise WorkshopError(f"{label_file} holds the label {labels.max()}; allowed: 0 to {len(CLASSES) - 1}.")
    return images, labels


def _file(folder: Path, name: str) -> Path:
    plain = folder / name
    return plain if plain.is_file() else folder / f"{name}.gz"


def _complete(folder: Path) -> bool:
    return all(_file(folder, name).is_file() for pair in FILES.values() for name in pair)


def _download(target: Path) -> None:
    """Fetch the files into `target`, moved there when whole: a broken or second download does no harm."""
    from torchvision import datasets  # slow to import and seldom needed

    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target) as fresh:
            datasets.FashionMNIST(fresh, download=True)
            for name in (name for pair in FILES.values() for name in pair):
                os.replace(Path(fresh, RAW, name), target / name)
    except (OSError, http.client.HTTPException, RuntimeError) as error:  # URLError is an OSError
        reason = " ".join(str(error).split()).rstrip(".")
        raise WorkshopError(NOT_THERE.format(reason=f" and its download failed ({reason})")) from error


def _load(split: str) -> Dataset:
    folder = find()
    if folder is None:
        folder = download_dir() / RAW
        _download(folder)
    images, labels = read(folder, split)
    return Dataset(
        name="fashion-mnist",
        images=images[:, None],
        labels=labels.astype(np.int64),
        classes=CLASSES,
        title=SOURCE.title,
        licence=SOURCE.licence,
        split=split,
    )


def _missing() -> str | None:
    try:
        return None if find() else NOT_THERE.format(reason="")
    except WorkshopError as error:  # GAN_DATA_DIR is wrong: that sentence is the answer
        return str(error)


SOURCE = Source(
    title="Fashion-MNIST (60,000)",
    summary="All 70,000 grey pictures of clothes, shoes and bags: 60,000 to learn from, 10,000 to test.",
    licence="MIT",
    origin="Xiao, Rasul, Vollgraf, 2017: https://arxiv.org/abs/1708.07747; "
    "https://github.com/zalandoresearch/fashion-mnist",
    size=28,
    channels=1,
    classes=CLASSES,
    load=_load,
    missing=_missing,
)
