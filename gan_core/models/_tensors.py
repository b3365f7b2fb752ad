"""Reading a safetensors file that may come from a stranger: its head is bounded, a tensor is read when asked for."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
from torch import Tensor

from gan_core.system.errors import WorkshopError

MOST_HEAD = 4_000_000
"""Bytes of a head: names, shapes and metadata. Those of our own files have some 10,000, and parsed they take several
times as much."""

FLOATS = frozenset({"F16", "BF16", "F32", "F64"})
INTEGERS = frozenset({"I8", "I16", "I32", "I64", "U8"})
"""Types by the names that safetensors gives them."""

LOOKALIKES = {
    b"PK\x03\x04": "a zip, as PyTorch writes",
    **{bytes([0x80, protocol]): "a pickle, as PyTorch writes" for protocol in range(6)},
}
"""What files of weights from elsewhere begin with: never unpickled here."""


@dataclass(frozen=True)
class Entry:
    """A tensor by the head of its file: the name of its type, as `F32`, and its shape."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class TensorFile:
    """An open file: its text metadata and what the head says of its tensors."""

    path: Path
    metadata: dict[str, str]
    entries: dict[str, Entry]
    _file: Any

    def read(self, names: Collection[str]) -> dict[str, Tensor]:
        """These tensors; views of the file, to be copied by whoever keeps them."""
        return {name: self._file.get_tensor(name) for name in names}


@contextmanager
def opened(path: Path) -> Iterator[TensorFile]:
    """The file `path`; raises WorkshopError for what is no whole safetensors file, or has too long a head."""
    try:
        _check_head(path)
        with safetensors.safe_open(path, framework="pt") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            entries = {name: Entry(part.get_dtype(), tuple(part.get_shape())) for name, part in slices.items()}
            yield TensorFile(path, file.metadata() or {}, entries, file)
    except (OSError, safetensors.SafetensorError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise WorkshopError(f"{path} cannot be read as safetensors: {said.rstrip('.')}.") from None


def lookalike(path: Path) -> str:
    """What the file `path` is where it begins like a file of PyTorch's; else an empty text. Raises OSError."""
    with path.open("rb") as file:
        begin = file.read(9)
    if begin[3:] == bytes(5) + b"{":  # a head of, say, 640 bytes begins like a pickle
        return ""
    return next((what for magic, what in LOOKALIKES.items() if begin.startswith(magic)), "")


def _check_head(path: Path) -> None:
    """The library allows heads of 100 MB, and memory for what they say."""
    what = lookalike(path)
    if what:
        raise WorkshopError(f"{path} cannot be read as safetensors: it is {what}.")
    with path.open("rb") as file:
        count = int.from_bytes(file.read(8), "little")
    if count > MOST_HEAD:
        raise WorkshopError(
            f"{path} cannot be read as safetensors: its head would have {count:,} bytes; allowed: {MOST_HEAD:,}."
        )
