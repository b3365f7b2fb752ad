"""Real pictures as an extractor sees them: what generated ones are compared with."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from gan_core import data
from gan_core.config import DataConfig
from gan_core.data import Dataset
from gan_core.evaluation import _feature_cache as feature_cache
from gan_core.evaluation.extractors import Extractor
from gan_core.evaluation.extractors.choice import choose, content, knows, narrowed
from gan_core.evaluation.metrics import Sample
from gan_core.evaluation.metrics import _neighbours as neighbours

COUNT = 10_000
"""Real pictures that distances are measured to; a smaller training set is taken as a whole."""


@dataclass(frozen=True, eq=False)
class Reference:
    """Real pictures by `extractor`; what it makes of them is in `sample`, its name for people in `name`.

    `columns` are the extractor's logits of `classes`, None where it does not know them; `digest` is a hash of the
    pictures, `split` the part of the data set they are from: train or test.
    """

    extractor: Extractor
    columns: list[int] | None
    name: str
    split: str
    digest: str
    classes: tuple[str, ...]
    sample: Sample

    @classmethod
    def of(cls, dataset: Dataset, extractor: str | None = None, count: int = COUNT) -> "Reference":
        """`count` pictures of `dataset`, spread over its classes; `extractor` as for `choose`, or its best.

        Of the training pictures by custom; of the test pictures for a distance to what the model never saw.
        Features and statistics come through the cache. Raises WorkshopError.
        """
        chosen = at_most(dataset, count)
        eyes = choose(dataset, extractor)
        columns = knows(eyes, dataset.classes)
        found = feature_cache.features(eyes, chosen.images)
        digest = content(chosen.images)
        known = feature_cache.statistics(f"{digest}-{eyes.digest}-statistics", found.features)
        sample = Sample(found.features, narrowed(found, columns), torch.from_numpy(chosen.labels), known=known)
        name = f"{dataset.name}, {'training' if dataset.split == 'train' else dataset.split} pictures"
        return cls(eyes, columns, name, dataset.split, digest, dataset.classes, sample)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the logits, none where there are no logits."""
        return self.classes if self.columns is not None else ()

    def look_at(self, images: np.ndarray, labels: np.ndarray | None = None) -> Sample:
        """Generated pictures uint8 (N, C, H, W) and the classes (N,) asked for, −1 for none, ready for metrics."""
        images = np.ascontiguousarray(images)
        found = self.extractor.features(images)
        asked = None if labels is None or (labels < 0).any() else torch.from_numpy(labels)
        return Sample(found.features, narrowed(found, self.columns), asked, torch.from_numpy(images))


@dataclass(frozen=True, eq=False)
class Memory:
    """For the memorisation score: features (N, D) of the pictures a run learned from, in their order, and of `unseen`.

    `distances` (M,) are those of the unseen ones to the nearest training picture.
    """

    training: Tensor
    unseen: Dataset
    unseen_features: Tensor
    distances: Tensor

    @classmethod
    def of(cls, config: DataConfig, extractor: Extractor) -> "Memory":
        """The training pictures of a run with `config`, its `limit` as well, and all test pictures of their classes."""
        learned = data.load(config.dataset, classes=config.classes, size=config.size, limit=config.limit)
        unseen = data.load(config.dataset, split="test", classes=config.classes, size=config.size)
        training = feature_cache.features(extractor, learned.images).features
        features = feature_cache.features(extractor, unseen.images).features
        key = f"{content(learned.images)}-{content(unseen.images, extractor.digest)}-distances"
        found = feature_cache.tensors(key, lambda: {"distances": neighbours.nearest(features, training)[0][:, 0]})
        return cls(training, unseen, features, found["distances"])


def at_most(dataset: Dataset, count: int) -> Dataset:
    """`count` pictures of it, each class by its share; all of them if there are fewer."""
    if count >= len(dataset):
        return dataset
    chosen = data.stratified(dataset.labels, count)
    return replace(dataset, images=dataset.images[chosen], labels=dataset.labels[chosen])
