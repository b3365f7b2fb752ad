"""The idx files of MNIST and its relatives: a magic number, big-endian sizes, then one byte a value."""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from gan_core.system.errors import WorkshopError

MAX_BYTES = 1 << 30  # the most that the sizes in an untrusted header may claim
UNSIGNED_BYTE = 0x08


def read(path: Path, dims: int) -> np.ndarray:
    """The writable uint8 array of `dims` dimensions (1: labels, 3: pictures) in `path`, plain or .gz.

    Raises WorkshopError that names the file when it cannot be read, is not such a file, is shorter or
    longer than its header says, holds nothing, or would fill more than MAX_BYTES.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            header = file.read(4 + 4 * dims)
            shape = _shape(path, header, dims)
            expected = math.prod(shape)
            values = file.read(expected + 1)  # one byte more, to detect a file that is too long
    except (OSError, EOFError, zlib.error) as error:  # gzip raises any of the three for damage
        raise _bad(path, f"cannot be read ({error})") from error
    if len(values) != expected:
        actual = f"{len(values)} bytes" if len(values) < expected else "more"
        raise _bad(path, f"is damaged: after its header it should hold {expected} bytes, but holds {actual}")
    return np.frombuffer(values, dtype=np.uint8).reshape(shape).copy()  # the buffer itself is read-only


def _shape(path: Path, header: bytes, dims: int) -> tuple[int, ...]:
    magic = bytes([0, 0, UNSIGNED_BYTE, dims])
    if header[:4] != magic:
        start = f"it starts with {header[:4].hex() or 'nothing'}, not {magic.hex()}"
        raise _bad(path, f"is not an idx{dims}-ubyte file: {start}")
    if len(header) < 4 + 4 * dims:
        raise _bad(path, "is damaged: it ends within its header")
    shape = struct.unpack(f">{dims}I", header[4:])
    if not 0 < math.prod(shape) <= MAX_BYTES:
        raise _bad(path, f"is not usable: its header says {' by '.join(map(str, shape))} bytes")
    return shape


def _bad(path: Path, what: str) -> WorkshopError:
    return WorkshopError(f"{path} {what}; get a new copy of it or remove it.")
