"""Which extractor looks at a data set."""

import hashlib

import numpy as np
from torch import Tensor

from gan_core.data import Dataset
from gan_core.evaluation.extractors import Extractor, Features
from gan_core.evaluation.extractors import _classifier as classifier
from gan_core.evaluation.extractors import _inception as inception
from gan_core.evaluation.extractors import _random_cnn as random_cnn
from gan_core.system import discovery


def names() -> list[str]:
    """What `choose` takes."""
    return [*map(classifier.extractor_name, classifier.NAMES), inception.NAME, random_cnn.NAME]


def choose(dataset: Dataset, wanted: str | None = None) -> Extractor:
    """The extractor called `wanted`, or the best for `dataset`.

    That is the classifier trained for it, else Inception-v3 where its weights are at hand, else a random network.
    Raises WorkshopError for an unknown name or one whose weights are not there.
    """
    if wanted is None:
        served = classifier.serving(dataset.name)
        if served:
            wanted = classifier.extractor_name(served)
        else:
            wanted = inception.NAME if inception.weights() else random_cnn.NAME
    if wanted not in names():
        raise discovery.unknown("extractor", wanted, names())
    if wanted == inception.NAME:
        return inception.load()
    if wanted == random_cnn.NAME:
        return random_cnn.load(dataset.images.shape[1], dataset.images.shape[2])
    return classifier.load(wanted.removesuffix("-cnn"))


def knows(extractor: Extractor, classes: tuple[str, ...]) -> list[int] | None:
    """Which of its logits are those of `classes`, in their order; None when it does not know them all."""
    known = {name: index for index, name in enumerate(extractor.classes or ())}
    return [known[name] for name in classes] if all(name in known for name in classes) else None


def narrowed(found: Features, columns: list[int] | None) -> Tensor | None:
    """The logits (N, k) of the data set's own classes: a picture can be of no other."""
    return None if columns is None or found.logits is None else found.logits[:, columns]


def content(images: np.ndarray, *more: str) -> str:
    """A hash of pictures uint8 and of what else matters, 24 hex digits."""
    digest = hashlib.sha256(f"{images.shape}/{'/'.join(more)}/".encode())
    digest.update(np.ascontiguousarray(images).data)
    return digest.hexdigest()[:24]
