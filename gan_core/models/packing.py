"""A checkpoint made small enough to be kept with the program: the weights that draw, and those that judge."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from gan_core.system.errors import WorkshopError

MOST_BYTES = 4_000_000
"""What a bundled model may take."""

LADDER = ((torch.float32, True), (torch.float16, True), (torch.float32, False), (torch.float16, False))
"""What is given up, step by step, until it fits: full precision, then the discriminator."""

Precision = Literal["fp32", "fp16"]
NAMES: dict[torch.dtype, Precision] = {torch.float32: "fp32", torch.float16: "fp16"}


@dataclass(frozen=True)
class Packed:
    """A safetensors file as bytes. `precision` is that of its matrices, `discriminator` whether it holds one."""

    content: bytes
    precision: Precision
    discriminator: bool


def pack(path: Path, most: int = MOST_BYTES) -> Packed:
    """The checkpoint `path` in at most `most` bytes: only the averaged generator if it has one, and D if it fits.

    At 16 bits, vectors (biases, the statistics of batch norm) keep their 32: they take no room, and a running
    variance may be larger than 65,504, the largest such number. Raises WorkshopError when nothing fits.
    """
    with safetensors.safe_open(path, framework="pt") as file:
        metadata, tensors = file.metadata(), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    if any(key.startswith("ema.") for key in tensors):
        tensors = {key: value for key, value in tensors.items() if not key.startswith("generator.")}
    smallest = 0
    for dtype, judged in LADDER:
        chosen = {k: _cast(v, dtype) for k, v in tensors.items() if judged or not k.startswith("discriminator.")}
        if not all(value.isfinite().all() for value in chosen.values()):
            continue
        content = in_order(safetensors.torch.save(chosen, metadata))
        if len(content) <= most:
            return Packed(content, NAMES[dtype], judged)
        smallest = len(content)
    raise WorkshopError(f"{path} takes {smallest:,} bytes even at 16 bits and without D; allowed: at most {most:,}.")


def in_order(content: bytes) -> bytes:
    """The same file with its metadata in alphabetical order: the library's order is another each time, and the same
    weights should make the same bytes.
    """
    size = int.from_bytes(content[:8], "little")
    head = json.loads(content[8 : 8 + size])
    head["__metadata__"] = dict(sorted(head.get("__metadata__", {}).items()))
    text = json.dumps(head, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # tensors begin at a multiple of 8 bytes
    return len(text).to_bytes(8, "little") + text + content[8 + size :]


def _cast(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    return tensor.to(dtype) if tensor.is_floating_point() and tensor.ndim > 1 else tensor
