"""The user's own pictures: a folder or a zip, checked and made small once, then a data set like any other.

A prepared set is two files in `$GAN_HOME/data/own/`: `ID.npy` with the pictures, uint8 (N, C, S, S) class by
class, and `ID.json` with the rest; the second is written last, so a set is whole or not there. A deleted one
leaves `ID.gone`. Its name is `own-ID`. Pictures are read one at a time, a zip is never unpacked to disk, and nothing
in a zip is trusted.
"""

import io
import itertools
import json
import os
import re
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from filelock import FileLock

from gan_core.data import Dataset, Source, download_dir, intake, picture_files
from gan_core.data.intake import UnusablePicture
from gan_core.data.picture_files import PictureFile
from gan_core.system import files
from gan_core.system.errors import WorkshopError
from gan_core.system.text import for_sentence, one_line

PREFIX = "own-"
SIZES = (16, 128)  # what a run's config allows
MAX_CLASSES = 1000
MAX_TITLE = 60
A_DAY = 24 * 3600.0
TEST_EVERY = 10
"""Every tenth picture of a class is kept for testing; one picture alone serves for both."""

OnProgress = Callable[[int, int], None]
"""Called with the number of files read and that of all files."""


@dataclass(frozen=True)
class PreparedSet:
    """The result of preparing: the data set's name, how many pictures it holds, the skipped files with reasons."""

    name: str
    kept: int
    skipped: list[tuple[str, str]]


@dataclass(frozen=True)
class OwnMetadata:
    """What `ID.json` holds. `counts`: pictures of each class, in the order of the pictures."""

    title: str
    origin: str
    size: int
    channels: int
    classes: list[str]
    counts: list[int]


def prepare(
    source: Path,
    title: str = "",
    size: int = 64,
    channels: int = 3,
    progress: OnProgress = lambda done, total: None,
    origin: str = "",
) -> PreparedSet:
    """Make a data set from a folder or a zip: each picture upright, cut to a square, `size` pixels wide.

    The classes are the folders in it. A file that is no usable picture is skipped and listed with its reason;
    raises WorkshopError, and leaves nothing behind, for a harmful zip, for a limit exceeded, and if no
    picture is usable. `origin`: what the user calls the source, if not by its file name.
    """
    if not SIZES[0] <= size <= SIZES[1]:
        raise WorkshopError(f"size: {size} was given; allowed: {SIZES[0]} to {SIZES[1]} pixels.")
    if channels not in (1, 3):
        raise WorkshopError(f"channels: {channels} was given; allowed: 1 (grey) or 3 (colour).")
    origin = origin or source.name or str(source)
    title = one_line(title or Path(origin).stem)[:MAX_TITLE].strip() or "Pictures"
    folder = download_dir() / "own"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with picture_files.open_source(source, origin) as items, _scratch(folder) as scratch:
            return _prepare(items, scratch, OwnMetadata(title, origin, size, channels, [], []), progress)
    except OSError as error:
        raise WorkshopError(f"{origin} could not be prepared: {error.strerror or error}.") from error


def sources() -> dict[str, Source]:
    """The prepared sets by name; a damaged one is left out."""
    prepared = {}
    for path in sorted((download_dir() / "own").glob("*.json")):
        try:
            metadata = _read_metadata(path, path.stat().st_mtime_ns)
        except (OSError, ValueError, TypeError):
            continue
        prepared[PREFIX + path.stem] = _source(path, metadata)
    return prepared


SOURCES = sources
"""How `gan_core.data` finds sources that come and go."""


def remove(name: str) -> None:
    """Delete the prepared set `name` from the disk; runs that learned from it keep what they have.

    Its name is never reused, or those runs would take other pictures for theirs. Raises WorkshopError for an unknown
    name.
    """
    if name not in sources():
        raise WorkshopError(f"There are no pictures of your own called {name}.")
    metadata = metadata_path(name)
    with FileLock(metadata.with_name(".lock")):
        metadata.with_suffix(".gone").touch()
        for suffix in (".json", ".npy", ".owner"):  # first the metadata: without it the set is not there
            metadata.with_suffix(suffix).unlink(missing_ok=True)


def metadata_path(name: str) -> Path:
    """The metadata file of the prepared set `name`; on a shared instance its owner's record lies beside it."""
    return download_dir() / "own" / f"{name.removeprefix(PREFIX)}.json"


def _id(title: str) -> str:
    """Lower-case letters, digits and dashes, as in the names of runs."""
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only)[:40].strip("-") or "pictures"


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A temporary file, deleted at the end unless it was moved; leftovers of killed processes are deleted as well."""
    for leftover in folder.glob(".*.tmp"):
        if time.time() - leftover.stat().st_mtime > A_DAY:
            leftover.unlink(missing_ok=True)
    descriptor, name = tempfile.mkstemp(".tmp", ".", folder)
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _prepare(items: list[PictureFile], scratch: Path, metadata: OwnMetadata, progress: OnProgress) -> PreparedSet:
    bytes_each = metadata.channels * metadata.size**2
    free = shutil.disk_usage(scratch.parent).free
    if len(items) * bytes_each > free:
        needed = f"{len(items) * bytes_each / 1e6:,.0f} MB are needed"
        raise WorkshopError(f"{metadata.origin}: {needed} in {scratch.parent}; free there: {free / 1e6:,.0f} MB.")
    counts = dict.fromkeys((item.group for item in items), 0)
    if len(counts) > MAX_CLASSES:
        raise WorkshopError(f"{metadata.origin} has {len(counts):,} folders of pictures; allowed: {MAX_CLASSES:,}.")
    skipped: list[tuple[str, str]] = []
    with scratch.open("wb") as out:
        out.write(_header(0, metadata))
        for done, item in enumerate(items):
            progress(done, len(items))
            try:
                picture = intake.read(item.read(), metadata.size, metadata.channels)
            except UnusablePicture as reason:
                skipped.append((for_sentence(item.name), str(reason)))
                continue
            out.write(picture.tobytes())
            counts[item.group] += 1
        progress(len(items), len(items))
        kept = sum(counts.values())
        out.seek(0)
        out.write(_header(kept, metadata))
    if not kept:
        first = f": {skipped[0][0]} {skipped[0][1]}" if skipped else ""
        raise WorkshopError(f"{metadata.origin} holds no usable picture among {len(items):,} files{first}.")
    counts = {name: count for name, count in counts.items() if count}
    metadata = replace(metadata, classes=list(counts), counts=list(counts.values()))
    return PreparedSet(PREFIX + _publish(scratch, metadata), kept, skipped)


def _header(count: int, metadata: OwnMetadata) -> bytes:
    """The start of an .npy file; numpy leaves room in it for the count to grow, so its length is always the same."""
    buffer = io.BytesIO()
    shape = (count, metadata.channels, metadata.size, metadata.size)
    np.lib.format.write_array_header_1_0(buffer, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return buffer.getvalue()


def _publish(scratch: Path, metadata: OwnMetadata) -> str:
    """Move the set into place under the first id that was never used."""
    folder, wanted = scratch.parent, _id(metadata.title)
    with FileLock(folder / ".lock"):
        taken = {path.stem for path in folder.glob("*.*")}
        name = next(name for i in itertools.count(1) if (name := wanted if i == 1 else f"{wanted}-{i}") not in taken)
        scratch.chmod(0o644)
        scratch.replace(folder / f"{name}.npy")
        try:
            files.write_atomic(folder / f"{name}.json", json.dumps(asdict(metadata), indent=2).encode())
        except BaseException:  # also if interrupted here
            (folder / f"{name}.npy").unlink()
            raise
    return name


@lru_cache(maxsize=256)
def _read_metadata(path: Path, changed: int) -> OwnMetadata:
    """The content of the file; `changed`, its time, makes the cache forget an older version."""
    metadata = OwnMetadata(**json.loads(path.read_bytes()))
    if len(metadata.classes) != len(metadata.counts) or min(metadata.counts) < 1:
        raise ValueError("classes and counts do not fit")
    return metadata


def _source(path: Path, metadata: OwnMetadata) -> Source:
    images, kept = path.with_suffix(".npy"), sum(metadata.counts)
    pictures = f"{kept:,} picture{'s' * (kept != 1)}"
    classes = f"{len(metadata.classes):,} class{'es' * (len(metadata.classes) != 1)}"
    return Source(
        title=f"{metadata.title} ({kept:,})",
        summary=f"{pictures} of yours in {classes}, from {metadata.origin}.",
        licence="your own",
        origin=metadata.origin,
        size=metadata.size,
        channels=metadata.channels,
        classes=tuple(metadata.classes),
        load=lambda split: _load(images, metadata, split),
        missing=lambda: None if images.is_file() else f"{images} is not there: prepare {metadata.origin} again.",
    )


def _load(path: Path, metadata: OwnMetadata, split: str) -> Dataset:
    try:
        stored = np.load(path, mmap_mode="r", allow_pickle=False)  # only the pictures of the split are read
    except (OSError, ValueError, EOFError) as error:
        raise WorkshopError(f"{path} cannot be read ({error}): prepare {metadata.origin} again.") from error
    if len(stored) != sum(metadata.counts):
        raise WorkshopError(f"{path} holds {len(stored)} pictures, not {sum(metadata.counts)}: prepare it again.")
    labels = np.repeat(np.arange(len(metadata.counts)), metadata.counts)
    place = np.concatenate([np.arange(count) for count in metadata.counts])  # of each picture in its class
    alone = np.repeat(metadata.counts, metadata.counts) == 1
    chosen = np.flatnonzero(place % TEST_EVERY == 0 if split == "test" else (place % TEST_EVERY != 0) | alone)
    source = _source(path.with_suffix(".json"), metadata)
    shown = source.classes, source.title, source.licence
    return Dataset(PREFIX + path.stem, stored[chosen], labels[chosen], *shown, split)
