"""Untrusted safetensors files: the header is bounded, each tensor is read on request."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
from torch import Tensor

from gan_core.system.errors import WorkshopError

MAX_HEADER_BYTES = 4_000_000
"""Names, shapes and metadata: some 10,000 bytes in our own files, and several times as much memory once parsed."""

FLOATS = frozenset({"F16", "BF16", "F32", "F64"})
INTEGERS = frozenset({"I8", "I16", "I32", "I64", "U8"})
"""Data types by their safetensors names."""

PYTORCH_MAGIC = {
    b"PK\x03\x04": "a zip, as PyTorch writes",
    **{bytes([0x80, protocol]): "a pickle, as PyTorch writes" for protocol in range(6)},
}
"""The first bytes of PyTorch's formats, which are never unpickled here."""


@dataclass(frozen=True)
class TensorInfo:
    """A tensor's data type, such as `F32`, and shape, from the file's header."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class TensorFile:
    """An open file: its text metadata, and the type and shape of each tensor."""

    path: Path
    metadata: dict[str, str]
    tensors: dict[str, TensorInfo]
    _file: Any

    def read(self, names: Collection[str]) -> dict[str, Tensor]:
        """These tensors as views of the file: copy what outlives it."""
        return {name: self._file.get_tensor(name) for name in names}


@contextmanager
def open_tensors(path: Path) -> Iterator[TensorFile]:
    """Open `path`; raises WorkshopError unless it is a whole safetensors file with a header of bounded size."""
    try:
        _check_header(path)
        with safetensors.safe_open(path, framework="pt") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            tensors = {name: TensorInfo(part.get_dtype(), tuple(part.get_shape())) for name, part in slices.items()}
            yield TensorFile(path, file.metadata() or {}, tensors, file)
    except (OSError, safetensors.SafetensorError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise WorkshopError(f"{path} cannot be read as safetensors: {reason.rstrip('.')}.") from None


def pytorch_format(path: Path) -> str:
    """Which of PyTorch's formats `path` begins like, "" for none of them. Raises OSError."""
    with path.open("rb") as file:
        start = file.read(9)
    if start[3:] == bytes(5) + b"{":  # a safetensors header of, say, 640 bytes begins like a pickle
        return ""
    return next((name for magic, name in PYTORCH_MAGIC.items() if start.startswith(magic)), "")


def _check_header(path: Path) -> None:
    """The safetensors library itself allows headers of 100 MB and allocates what they claim."""
    if kind := pytorch_format(path):
        raise WorkshopError(f"{path} cannot be read as safetensors: it is {kind}.")
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
    if size > MAX_HEADER_BYTES:
        raise WorkshopError(
            f"{path} cannot be read as safetensors: its header claims {size:,} bytes; allowed: {MAX_HEADER_BYTES:,}."
        )
