"""A cache of tensors that are expensive to compute, under GAN_HOME, by a hash of all they depend on."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor

from gan_core import runs
from gan_core.evaluation.extractors import Extractor, Features
from gan_core.evaluation.extractors.choice import content_hash
from gan_core.system import files

MAX_BYTES = 2 * 1024**3
"""Of the whole cache; the least recently used files go first."""


def tensors(key: str, compute: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
    """The cached tensors of `key`, else those of `compute()`; a damaged file is replaced."""
    folder = runs.home() / "cache" / "features"
    path = folder / f"{key}.safetensors"
    if cached := _read(path):
        return cached
    computed = {name: value.contiguous() for name, value in compute().items()}
    with suppress(OSError):  # a full disk or another user's folder only costs the next request time
        folder.mkdir(parents=True, exist_ok=True)
        files.write_atomic(path, safetensors.torch.save(computed))
        _prune(folder)
    return computed


def features(extractor: Extractor, images: np.ndarray) -> Features:
    """`extractor.features(images)` of pictures uint8 (N, C, H, H), cached by their hash."""

    def compute() -> dict[str, Tensor]:
        return {name: values for name, values in vars(extractor.features(images)).items() if values is not None}

    return Features(**tensors(content_hash(images, "features", extractor.name, extractor.digest), compute))


def statistics(key: str, features: Tensor) -> dict[str, np.ndarray]:
    """Mean and covariance of `features` (N, D), cached."""
    from gan_core.evaluation.metrics import _gaussian as gaussian  # imports scipy, which `features` does not need

    def compute() -> dict[str, Tensor]:
        return {name: torch.from_numpy(values) for name, values in gaussian.statistics(features).items()}

    return {name: values.numpy() for name, values in tensors(key, compute).items()}


def _read(path: Path) -> dict[str, Tensor] | None:
    """The tensors in a file; None if it is missing, damaged or unreadable."""
    try:
        cached = safetensors.torch.load(path.read_bytes())
    except (OSError, safetensors.SafetensorError):
        return None
    with suppress(OSError):  # another user's file: it may be pruned too early
        os.utime(path)
    return cached


def _prune(folder: Path) -> None:
    """Remove the least recently used files until the rest fits."""
    entries = []
    for path in folder.glob("*.safetensors"):
        with suppress(FileNotFoundError):  # another process has just removed it
            stat = path.stat()
            entries.append((stat.st_mtime, stat.st_size, path))
    total = 0
    for _, size, path in sorted(entries, reverse=True):
        total += size
        if total > MAX_BYTES:
            path.unlink(missing_ok=True)
