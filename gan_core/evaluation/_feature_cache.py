"""Tensors that take long to work out, kept under GAN_HOME by a hash of all they depend on."""

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
from gan_core.evaluation.extractors.choice import content
from gan_core.system import files

MOST_BYTES = 2 * 1024**3
"""What the cache may hold; what was used least lately goes first."""


def tensors(key: str, compute: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
    """What `compute()` gives, or what it gave when `key` was last asked for; a damaged file is made again."""
    folder = runs.home() / "cache" / "features"
    path = folder / f"{key}.safetensors"
    if found := _read(path):
        return found
    made = {name: value.contiguous() for name, value in compute().items()}
    with suppress(OSError):  # a full disk, or a folder of others: nothing is lost but the time of the next one who asks
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
    from gan_core.evaluation.metrics import _gaussian as gaussian

    def compute() -> dict[str, Tensor]:
        return {name: torch.from_numpy(value) for name, value in gaussian.statistics(features).items()}

    return {name: value.numpy() for name, value in tensors(key, compute).items()}


def _read(path: Path) -> dict[str, Tensor] | None:
    """What is kept there; None where that is nothing, damaged, or not for us to read."""
    try:
        found = safetensors.torch.load(path.read_bytes())
    except (OSError, safetensors.SafetensorError):
        return None
    with suppress(OSError):  # a file of others: it may go sooner than it should
        os.utime(path)
    return found


def _prune(folder: Path) -> None:
    """Remove the files used least lately until the rest fits."""
    kept = []
    for path in folder.glob("*.safetensors"):
        with suppress(FileNotFoundError):  # another process has just removed it
            about = path.stat()
            kept.append((about.st_mtime, about.st_size, path))
    total = 0
    for _, size, path in sorted(kept, reverse=True):
        total += size
        if total > MOST_BYTES:
            path.unlink(missing_ok=True)
