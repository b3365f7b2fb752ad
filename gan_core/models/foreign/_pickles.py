"""Check the pickles in a PyTorch file before PyTorch reads it: which classes they build, and how much.

`torch.load(weights_only=True)` runs no foreign code, but builds all that its allow-list permits, in any amount; a state
dict needs only a small part of that list. The opcodes are only listed here; nothing is built.
"""

import io
import pickletools
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO

from gan_core.data.picture_files import open_zip
from gan_core.system.errors import WorkshopError
from gan_core.system.text import for_sentence

MAX_PICKLE_BYTES = 2_000_000
"""Pickles hold names and shapes only: some 5,000 bytes for a DCGAN."""
MAX_OPCODES = 200_000
LEGACY_PICKLES = 5
"""Before the raw numbers of the old format: two marks, the machine, the tensors, the order of their storages."""

STORAGES = (
    *("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool"),
    *("ComplexFloat", "ComplexDouble"),
)
ALLOWED = frozenset(
    {
        "collections OrderedDict",
        "torch Size",
        "torch.nn.parameter Parameter",
        *(f"torch._utils _rebuild_{what}" for what in ("tensor", "tensor_v2", "parameter")),
        *(f"torch {name}Storage" for name in STORAGES),
        *(f"torch {name}" for name in ("float16", "bfloat16", "float32", "float64", "int64", "int32")),
    }
)
"""All that a state dict of a network or an optimiser needs, as module and name."""


def check(path: Path) -> None:
    """Raise WorkshopError unless the pickles in the PyTorch file `path` hold plain named tensors only."""
    with path.open("rb") as file:
        size = path.stat().st_size
        pickles = _pickles_in_zip(file, size, path.name) if file.read(4) == b"PK\x03\x04" else _legacy_pickles(file)
    opcodes = 0
    for pickle in pickles:
        try:
            for opcode, argument, _ in pickletools.genops(pickle):
                opcodes += 1
                if opcode.name == "GLOBAL" and argument not in ALLOWED:
                    raise _refusal(path, str(argument).replace(" ", "."))
                if opcode.name in ("STACK_GLOBAL", "INST", "OBJ", "EXT1", "EXT2", "EXT4"):
                    raise _refusal(path, "a class")
                if opcodes > MAX_OPCODES:
                    raise WorkshopError(f"{path.name} lists more than a state dict needs: over {MAX_OPCODES:,} steps.")
        except (ValueError, OverflowError, EOFError, struct.error) as error:
            raise WorkshopError(
                f"{path.name} is damaged, or no file of weights: its list of tensors ends too early."
            ) from error


def _refusal(path: Path, what: str) -> WorkshopError:
    return WorkshopError(
        f"{path.name} holds more than weights ({for_sentence(what)}), which could run code and is not opened here; "
        "save the state_dict() of the generator instead."
    )


def _pickles_in_zip(file: IO[bytes], size: int, name: str) -> list[IO[bytes]]:
    """The one pickle in a zip as `torch.save` writes it: nothing compressed, no name twice."""
    damaged = WorkshopError(f"{name} is a damaged zip; get the file again.")
    try:
        opened = open_zip(file, size, name)
    except WorkshopError:  # its message is about pictures
        raise damaged from None
    try:
        with opened as archive:
            infos = archive.infolist()
            names = [info.filename.lower() for info in infos]  # PyTorch's reader ignores case
            compressed = [info for info in infos if info.compress_type or info.file_size != info.compress_size]
            pickles = [info for info in infos if info.filename.endswith("/data.pkl")]
            if any(name.endswith("/constants.pkl") for name in names):
                raise WorkshopError(f"{name} is a program (TorchScript), not a file of weights.")
            if len(pickles) != 1 or pickles[0].file_size > MAX_PICKLE_BYTES:
                raise WorkshopError(f"{name} is a zip, but not one that PyTorch writes for weights.")
            if compressed or len({*names}) < len(names) or sum(info.file_size for info in infos) > size:
                raise WorkshopError(f"{name} is a zip as PyTorch never writes: with compressed or duplicate entries.")
            return [io.BytesIO(archive.read(pickles[0]))]
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, EOFError, struct.error) as error:
        raise damaged from error


def _legacy_pickles(file: IO[bytes]) -> list[IO[bytes]]:
    file.seek(0)
    start = io.BytesIO(file.read(MAX_PICKLE_BYTES))
    return [start] * LEGACY_PICKLES  # they follow each other in one stream
