"""Shrink a checkpoint so that it can be kept with the program: the weights that draw, then the discriminator."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import safetensors
import torch
from torch import Tensor

from gan_core.models import checkpoint
from gan_core.system.errors import WorkshopError

MAX_BYTES = 4_000_000
"""For one bundled model."""

FALLBACKS = ((torch.float32, True), (torch.float16, True), (torch.float32, False), (torch.float16, False))
"""Precision, and whether D is kept, in order of preference."""

Precision = Literal["fp32", "fp16"]
NAMES: dict[torch.dtype, Precision] = {torch.float32: "fp32", torch.float16: "fp16"}


@dataclass(frozen=True)
class PackedModel:
    """A safetensors file as bytes. `precision` is that of its matrices, `discriminator` whether it holds one."""

    content: bytes
    precision: Precision
    discriminator: bool


def pack(path: Path, max_bytes: int = MAX_BYTES) -> PackedModel:
    """The checkpoint `path` in at most `max_bytes`: only the averaged generator if it has one, and D if it fits.

    At 16 bits, vectors (biases, the statistics of batch norm) keep their 32: they are small, and a running variance
    may exceed 65,504, the largest fp16 number. Raises WorkshopError if nothing fits.
    """
    with safetensors.safe_open(path, framework="pt") as file:
        metadata, tensors = file.metadata(), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    if any(key.startswith("ema.") for key in tensors):
        tensors = {key: value for key, value in tensors.items() if not key.startswith("generator.")}
    size = 0
    for dtype, with_d in FALLBACKS:
        chosen = {k: _cast(v, dtype) for k, v in tensors.items() if with_d or not k.startswith("discriminator.")}
        if not all(value.isfinite().all() for value in chosen.values()):
            continue
        content = checkpoint.serialize(chosen, metadata)
        size = len(content)
        if size <= max_bytes:
            return PackedModel(content, NAMES[dtype], with_d)
    raise WorkshopError(f"{path} takes {size:,} bytes even at 16 bits and without D; allowed: at most {max_bytes:,}.")


def _cast(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    return tensor.to(dtype) if tensor.is_floating_point() and tensor.ndim > 1 else tensor
