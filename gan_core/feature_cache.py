"""Tensors that take long to work out, kept under GAN_HOME by a hash of all they depend on."""

import os
from collections.abc import Callable

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor

from gan_core import files, runs
from gan_core.extractors import Extractor, Features
from gan_core.extractors.choice import content

MOST_BYTES = 2 * 1024**3
"""What the cache may hold; what was used least lately goes first."""


def tensors(key: str, compute: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
    """What `compute()` gives, or what it gave when `key` was last asked for; a damaged file is made again."""
    folder = runs.home() / "cache" / "features"
    path = folder / f"{key}.safetensors"
    try:
        found = safetensors.torch.load(path.read_bytes())
        os.utime(path)
        return found
    except (FileNotFoundError, safetensors.SafetensorError):
        pass
    made = {name: value.contiguous() for name, value in compute().items()}
    folder.mkdir(parents=True, exist_ok=True)
    files.write_atomic(path, safetensors.torch.save(made))
    _prune(folder)
    return made


def features(extractor: Extractor, images: np.ndarray) -> Features:
    """`extractor.features(images)` through the cache; a hash of the pictures uint8 (N, C, H, H) is its key."""

    def compute() -> dict[str, Tensor]:
        found = extractor.features(images)
        return {"features": found.features} | ({} if found.logits is None else {"logits": found.logits})

    made = tensors(content(images, "features", extractor.name, extractor.digest), compute)
    return Features(made["features"], made.get("logits"))


def statistics(key: str, features: Tensor) -> dict[str, np.ndarray]:
    """Mean and covariance of `features` through the cache."""
    from gan_core.metrics import gaussian

    def compute() -> dict[str, Tensor]:
        return {name: torch.from_numpy(value) for name, value in gaussian.statistics(features).items()}

    return {name: value.numpy() for name, value in tensors(key, compute).items()}


def _prune(folder) -> None:
    """Remove the files used least lately until the rest fits."""
    kept = sorted(folder.glob("*.safetensors"), key=lambda path: path.stat().st_mtime, reverse=True)
    total = 0
    for path in kept:
        total += path.stat().st_size
        if total > MOST_BYTES:
            path.unlink(missing_ok=True)
