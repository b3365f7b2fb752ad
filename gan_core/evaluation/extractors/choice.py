"""Which extractor a data set is scored with, and which of its logits are the data set's classes."""

import hashlib

import numpy as np
from torch import Tensor

from gan_core.data import Dataset
from gan_core.evaluation.extractors import Extractor, Features, classifier
from gan_core.evaluation.extractors import _inception as inception
from gan_core.evaluation.extractors import _random_cnn as random_cnn
from gan_core.system import discovery


def names() -> list[str]:
    """The names that `choose` takes."""
    return [*map(classifier.extractor_name, classifier.NAMES), inception.NAME, random_cnn.NAME]


def choose(dataset: Dataset, name: str | None = None) -> Extractor:
    """The extractor called `name`, or the best for `dataset`.

    That is the classifier trained for it, else Inception-v3 if its weights are on this machine, else a random network.
    Raises WorkshopError for an unknown name or missing weights.
    """
    if name is None:
        trained = classifier.classifier_for(dataset.name)
        fallback = inception.NAME if not trained and inception.weights() else random_cnn.NAME
        name = classifier.extractor_name(trained) if trained else fallback
    if name not in names():
        raise discovery.unknown("extractor", name, names())
    if name == inception.NAME:
        return inception.load()
    if name == random_cnn.NAME:
        return random_cnn.load(dataset.images.shape[1], dataset.images.shape[2])
    return classifier.load(name.removesuffix("-cnn"))


def class_columns(extractor: Extractor, classes: tuple[str, ...]) -> list[int] | None:
    """The indices of its logits for `classes`, in their order; None if it does not know them all."""
    indices = {name: index for index, name in enumerate(extractor.classes or ())}
    return [indices[name] for name in classes] if all(name in indices for name in classes) else None


def select_logits(features: Features, columns: list[int] | None) -> Tensor | None:
    """The logits (N, k) of the data set's own classes: a picture cannot be of another."""
    return None if columns is None or features.logits is None else features.logits[:, columns]


def content_hash(images: np.ndarray, *more: str) -> str:
    """A hash of pictures uint8 and of further texts, 24 hex digits."""
    digest = hashlib.sha256(f"{images.shape}/{'/'.join(more)}/".encode())
    digest.update(np.ascontiguousarray(images).data)
    return digest.hexdigest()[:24]
