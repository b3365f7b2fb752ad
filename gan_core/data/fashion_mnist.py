"""Fashion-MNIST (Xiao et al., 2017), all 70,000 pictures: from a folder, Debian's package, or a download."""

from pathlib import Path

import numpy as np

from gan_core.data import Dataset, Source
from gan_core.data import _mnist_like as mnist_like
from gan_core.data._online import OnlineSource

CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
DEBIAN = Path("/usr/share/datasets/fashion-mnist")


ONLINE = OnlineSource(
    title="Fashion-MNIST",
    name="fashion-mnist",
    layout=Path("FashionMNIST", "raw"),
    files="its four idx files",
    complete=mnist_like.complete,
    torchvision="FashionMNIST",
    alternative="fashion-small",
    system_folders=lambda: (DEBIAN,),
    install_hint="install it with `apt install dataset-fashion-mnist` (Debian, Ubuntu), ",
)


def _load(split: str) -> Dataset:
    images, labels = mnist_like.read(ONLINE.folder(), split)
    return Dataset(
        "fashion-mnist", images[:, None], labels.astype(np.int64), CLASSES, SOURCE.title, SOURCE.licence, split
    )


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
    missing=ONLINE.missing,
)
