"""Real pictures as an extractor's features: what generated ones are compared with."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gan_core import data
from gan_core.config import DataConfig
from gan_core.data import Dataset, stratified_subset
from gan_core.evaluation import _feature_cache as feature_cache
from gan_core.evaluation.extractors import Extractor
from gan_core.evaluation.extractors.choice import choose, class_columns, content_hash, select_logits
from gan_core.evaluation.metrics import Sample
from gan_core.evaluation.metrics import _neighbours as neighbours

COUNT = 10_000
"""Real pictures at most; a smaller data set is taken as a whole."""


@dataclass(frozen=True, eq=False)
class Reference:
    """Real pictures by `extractor`: their features are in `sample`, their description in `name`.

    `columns` are the indices of the extractor's logits for `classes`, None if it does not know them; `digest` is a
    hash of the pictures, `split` theirs: train or test.
    """

    extractor: Extractor
    columns: list[int] | None
    name: str
    split: str
    digest: str
    classes: tuple[str, ...]
    sample: Sample

    @classmethod
    def from_dataset(cls, dataset: Dataset, extractor: str | None = None, count: int = COUNT) -> "Reference":
        """`count` pictures of `dataset`, stratified by class; `extractor` as for `choice.choose`.

        Usually training pictures; test pictures for a distance to what the model never saw. Features and statistics
        are cached. Raises WorkshopError.
        """
        chosen = stratified_subset(dataset, count)
        network = choose(dataset, extractor)
        columns = class_columns(network, dataset.classes)
        extracted = feature_cache.features(network, chosen.images)
        digest = content_hash(chosen.images)
        statistics = feature_cache.statistics(f"{digest}-{network.digest}-statistics", extracted.features)
        labels = torch.from_numpy(chosen.labels)
        sample = Sample(extracted.features, select_logits(extracted, columns), labels, precomputed=statistics)
        name = f"{dataset.name}, {'training' if dataset.split == 'train' else dataset.split} pictures"
        return cls(network, columns, name, dataset.split, digest, dataset.classes, sample)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the logits; none if there are no logits."""
        return self.classes if self.columns is not None else ()

    def extract(self, images: np.ndarray, labels: np.ndarray | None = None) -> Sample:
        """Generated pictures uint8 (N, C, H, W) and the classes (N,) given, −1 for none, as a Sample for metrics."""
        images = np.ascontiguousarray(images)
        result = self.extractor.features(images)
        classes = None if labels is None or (labels < 0).any() else torch.from_numpy(labels)
        return Sample(result.features, select_logits(result, self.columns), classes, torch.from_numpy(images))


@dataclass(frozen=True, eq=False)
class MemorisationReference:
    """For the memorisation metric: features (N, D) of the training pictures, in their order, and (M, D) of `unseen`.

    `distances` (M,) are those of the unseen ones to the nearest training picture.
    """

    training: Tensor
    unseen: Dataset
    unseen_features: Tensor
    distances: Tensor

    @classmethod
    def from_config(cls, config: DataConfig, extractor: Extractor) -> "MemorisationReference":
        """The training pictures of a run with `config`, including its `limit`, and all test pictures of its classes."""
        learned = data.load(config.dataset, classes=config.classes, size=config.size, limit=config.limit)
        unseen = data.load(config.dataset, split="test", classes=config.classes, size=config.size)
        training = feature_cache.features(extractor, learned.images).features
        features = feature_cache.features(extractor, unseen.images).features
        key = f"{content_hash(learned.images)}-{content_hash(unseen.images, extractor.digest)}-distances"
        cached = feature_cache.tensors(key, lambda: {"distances": neighbours.nearest(features, training)[0][:, 0]})
        return cls(training, unseen, features, cached["distances"])
