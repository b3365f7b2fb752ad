"""Make fashion-small.npz from the original files: `python -m gan_core.data.bundled.make_fashion`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gan_core.data import _mnist_like as mnist_like
from gan_core.data import _npz as npz
from gan_core.data import fashion_mnist, fashion_small
from gan_core.system.errors import WorkshopError

PER_CLASS = {"train": 1000, "test": 200}
SEED = 20170825  # any number does; it must only stay the same


def choose(labels: np.ndarray, per_class: int) -> np.ndarray:
    """Sorted indices into `labels` (N,), `per_class` of each class; WorkshopError if there are too few."""
    random = np.random.RandomState(SEED)  # its stream is frozen for ever, that of default_rng is not
    chosen = []
    for label, name in enumerate(fashion_mnist.CLASSES):
        members = np.flatnonzero(labels == label)
        if len(members) < per_class:
            raise WorkshopError(f"The source holds {len(members)} pictures of {name}; needed: {per_class}.")
        chosen.append(random.permutation(members)[:per_class])
    return np.sort(np.concatenate(chosen))


def subset(folder: Path) -> dict[str, np.ndarray]:
    """The four arrays of the file, uint8: {split}_images (N, 28, 28) and {split}_labels (N,)."""
    arrays = {}
    for split, per_class in PER_CLASS.items():
        images, labels = mnist_like.read(folder, split)
        indices = choose(labels, per_class)
        arrays |= {f"{split}_images": images[indices], f"{split}_labels": labels[indices]}
    return arrays


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m gan_core.data.bundled.make_fashion", description=__doc__)
    parser.add_argument("--source", type=Path, metavar="FOLDER", help="where the four original idx files are")
    source = parser.parse_args(arguments).source
    try:
        folder = source or fashion_mnist.ONLINE.find()
        if folder is None:
            raise WorkshopError("The original files were not found: name their folder with --source.")
        npz.write(subset(folder), fashion_small.FILE)
    except WorkshopError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{fashion_small.FILE}: {fashion_small.FILE.stat().st_size:,} bytes, from {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
