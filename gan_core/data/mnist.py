"""MNIST (LeCun et al., 1998), all 70,000 handwritten digits: from a folder, or a download."""

from pathlib import Path

import numpy as np

from gan_core.data import Dataset, Source
from gan_core.data import _mnist_like as mnist_like
from gan_core.data._online import OnlineSource
from gan_core.data.digits import CLASSES

ONLINE = OnlineSource(
    title="MNIST",
    name="mnist",
    layout=Path("MNIST", "raw"),
    files="its four idx files in a folder `mnist`",
    complete=mnist_like.complete,
    torchvision="MNIST",
    alternative="digits",
)


def _load(split: str) -> Dataset:
    images, labels = mnist_like.read(ONLINE.folder(), split)
    return Dataset("mnist", images[:, None], labels.astype(np.int64), CLASSES, SOURCE.title, SOURCE.licence, split)


SOURCE = Source(
    title="MNIST (60,000)",
    summary="All 70,000 grey handwritten digits: 60,000 to learn from, 10,000 to test.",
    licence="CC BY-SA 3.0",
    origin="LeCun, Cortes, Burges, 1998: https://yann.lecun.com/exdb/mnist/",
    size=28,
    channels=1,
    classes=CLASSES,
    load=_load,
    missing=ONLINE.missing,
)
