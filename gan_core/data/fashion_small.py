"""The part of Fashion-MNIST that comes with the program, so that a first run needs nothing else."""

from pathlib import Path

from gan_core.data import Dataset, Source
from gan_core.data import _npz as npz
from gan_core.data.fashion_mnist import CLASSES

FILE = Path(__file__).parent / "bundled" / "fashion-small.npz"
REPAIR = "restore it from the repository or make it with `python -m gan_core.data.bundled.make_fashion`"


def _load(split: str) -> Dataset:
    images, labels = npz.read(FILE, split, REPAIR)
    return Dataset("fashion-small", images[:, None], labels, CLASSES, SOURCE.title, SOURCE.licence, split)


SOURCE = Source(
    title="Fashion-MNIST, bundled (10,000)",
    summary="Grey pictures of clothes, shoes and bags: 1,000 of each class to learn from, 200 to test.",
    licence="MIT",
    origin="A stratified part of Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017): https://arxiv.org/abs/1708.07747",
    size=28,
    channels=1,
    classes=CLASSES,
    load=_load,
    missing=lambda: npz.missing(FILE, REPAIR),
)
