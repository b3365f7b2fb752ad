"""The files in `bundled/`: uint8 arrays {split}_images and {split}_labels, byte for byte reproducible."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gan_core.system.errors import WorkshopError


def read(path: Path, split: str, repair: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures as stored and labels int64 (N,); raises WorkshopError with the advice `repair`."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return arrays[f"{split}_images"], arrays[f"{split}_labels"].astype(np.int64)
    except (OSError, ValueError, EOFError, KeyError, zlib.error, zipfile.BadZipFile) as error:
        raise WorkshopError(f"{path} cannot be read ({error}): {repair}.") from error


def missing(path: Path, repair: str) -> str | None:
    """One sentence when the file is not there."""
    return None if path.is_file() else f"{path} is not there: {repair}."


def write(arrays: Mapping[str, np.ndarray], target: Path) -> None:
    """Write an npz that has the same bytes every time: np.savez would store the time of day."""
    with zipfile.ZipFile(target, "w") as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # as on Unix, on every system
            archive.writestr(entry, buffer.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=9)
