"""A look over the pickles in a file of PyTorch's before PyTorch reads it: what they would build, and how much.

`torch.load(weights_only=True)` runs no code of a stranger. It would still build whatever its own list allows, in any
number; a state dict needs a small part of that list. Nothing is built here: the steps of a pickle are only listed.
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

MOST_BYTES = 2_000_000
"""Of the pickles, which hold names and shapes; those of a DCGAN have some 5,000."""
MOST_STEPS = 200_000
LEGACY_PICKLES = 5
"""Before the numbers in a file of old: two marks, the machine, the tensors, the order of their numbers."""

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
"""All that a state dict of a network or an optimiser needs, as its pickle says it."""


def check(path: Path) -> None:
    """Raise WorkshopError unless the pickles in `path`, a file of PyTorch's, hold plain tensors under their names."""
    with path.open("rb") as file:
        size = path.stat().st_size
        content = _of_zip(file, size, path.name) if file.read(4) == b"PK\x03\x04" else _of_legacy(file)
    steps = 0
    for pickle in content:
        try:
            for operation, argument, _ in pickletools.genops(pickle):
                steps += 1
                if operation.name == "GLOBAL" and argument not in ALLOWED:
                    raise _refused(path, str(argument).replace(" ", "."))
                if operation.name in ("STACK_GLOBAL", "INST", "OBJ", "EXT1", "EXT2", "EXT4"):
                    raise _refused(path, "a class")
                if steps > MOST_STEPS:
                    raise WorkshopError(f"{path.name} lists more than a state dict needs: over {MOST_STEPS:,} steps.")
        except (ValueError, OverflowError, EOFError, struct.error) as error:
            raise WorkshopError(
                f"{path.name} is damaged, or no file of weights: its list of tensors ends too early."
            ) from error


def _refused(path: Path, what: str) -> WorkshopError:
    return WorkshopError(
        f"{path.name} holds more than weights ({for_sentence(what)}), which could run code and is not opened "
        "here; save the state_dict() of the generator instead."
    )


def _of_zip(file: IO[bytes], size: int, called: str) -> list[IO[bytes]]:
    """The one pickle in a zip as `torch.save` writes it: nothing compressed, nothing twice."""
    try:
        made = open_zip(file, size, called)
    except WorkshopError:  # it speaks of pictures
        raise WorkshopError(f"{called} is a damaged zip; get the file again.") from None
    try:
        with made as archive:
            infos = archive.infolist()
            names = [info.filename.lower() for info in infos]  # PyTorch's reader takes great letters for small ones
            packed = [info for info in infos if info.compress_type or info.file_size != info.compress_size]
            inside = [info for info in infos if info.filename.endswith("/data.pkl")]
            if any(name.endswith("/constants.pkl") for name in names):
                raise WorkshopError(f"{called} is a program (TorchScript), not a file of weights.")
            if len(inside) != 1 or inside[0].file_size > MOST_BYTES:
                raise WorkshopError(f"{called} is a zip, but none that PyTorch writes for weights.")
            if packed or len({*names}) < len(names) or sum(info.file_size for info in infos) > size:
                raise WorkshopError(f"{called} is a zip as PyTorch never writes it: with packed or doubled entries.")
            return [io.BytesIO(archive.read(inside[0]))]
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, EOFError, struct.error) as error:
        raise WorkshopError(f"{called} is a damaged zip; get the file again.") from error


def _of_legacy(file: IO[bytes]) -> list[IO[bytes]]:
    file.seek(0)
    begin = io.BytesIO(file.read(MOST_BYTES))
    return [begin] * LEGACY_PICKLES  # one after the other in the same stream
