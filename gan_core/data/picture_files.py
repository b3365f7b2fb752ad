"""The files in a folder or a zip, each with its class; a zip is checked before anything in it is read."""

import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gan_core.data.intake import UnusablePicture
from gan_core.system.errors import WorkshopError
from gan_core.system.text import for_sentence

MB = 1_000_000
MAX_FILES = 50_000
MAX_ZIP = 2000 * MB
MAX_UNPACKED = 4000 * MB
MAX_FILE = 100 * MB
MAX_RATIO = 200
"""Photographs hardly compress and drawings twentyfold; a higher ratio is a zip bomb."""
RATIO_FROM = MB  # bytes; smaller files may have any ratio
MAX_DIRECTORY = 20 * MB  # a zip's list of files, which is read as a whole: 50,000 long names

JUNK = ("__MACOSX", "Thumbs.db", "desktop.ini")
NO_FOLDER = "other"
"""The class of pictures that lie beside the folders of the classes."""


@dataclass(frozen=True)
class PictureFile:
    """One file: its name in the folder or zip, its class, and how to read it (bytes, or UnusablePicture)."""

    name: str
    group: str
    read: Callable[[], bytes]


@contextmanager
def open_source(source: Path, called: str) -> Iterator[list[PictureFile]]:
    """The files of the folder or zip `source`, class by class; raises WorkshopError that calls it `called`."""
    if source.is_dir():
        yield _in_folder(source, called)
    elif source.is_file():
        with source.open("rb") as file, open_zip(file, source.stat().st_size, called) as archive:
            yield _in_zip(archive, called)
    else:
        raise WorkshopError(f"{called} is not there; give a folder of pictures or a zip of them.")


def _in_folder(folder: Path, called: str) -> list[PictureFile]:
    def fail(error: OSError) -> None:
        raise error

    paths: list[Path] = []
    for here, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if not _junk(name))
        paths += [Path(here, name) for name in names if not _junk(name)]
        if len(paths) > MAX_FILES:
            raise WorkshopError(f"{called} holds more than {MAX_FILES:,} files; allowed: {MAX_FILES:,}.")
    return _grouped({path.relative_to(folder).as_posix(): lambda path=path: _read_file(path) for path in paths})


def _in_zip(archive: zipfile.ZipFile, called: str) -> list[PictureFile]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    for info in archive.infolist():
        _refuse(info, called)
    total = sum(info.file_size for info in infos)
    if total > MAX_UNPACKED:
        raise WorkshopError(f"{called} unpacks to {total / MB:,.0f} MB; allowed: {MAX_UNPACKED / MB:,.0f} MB.")
    named = {_plain(info.filename): info for info in infos}
    wanted = {name: info for name, info in named.items() if not any(map(_junk, PurePosixPath(name).parts))}
    return _grouped({name: lambda info=info: _read_entry(archive, info) for name, info in wanted.items()})


def open_zip(file, size: int, called: str) -> zipfile.ZipFile:
    """Open the zip in `file`; reads only its list of files, if that is not too long. Raises WorkshopError."""
    if size > MAX_ZIP:
        raise WorkshopError(f"{called} has {size / MB:,.0f} MB; allowed: {MAX_ZIP / MB:,.0f} MB.")
    entries, directory = _declared(file, size, called)
    _check_count(entries, called)
    if directory > MAX_DIRECTORY:
        raise WorkshopError(
            f"{called} has a list of files of {directory / MB:,.0f} MB; allowed: {MAX_DIRECTORY / MB:,.0f} MB."
        )
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OSError) as error:
        raise WorkshopError(f"{called} is a damaged zip ({error}); make it anew.") from error
    _check_count(len(archive.infolist()), called)  # a list may hold more than was declared
    return archive


def _check_count(entries: int, called: str) -> None:
    if entries > MAX_FILES:
        raise WorkshopError(f"{called} holds {entries:,} files; allowed: {MAX_FILES:,}.")


def _declared(file, size: int, called: str) -> tuple[int, int]:
    """The number of entries that the zip declares and the bytes of their list, without reading that list.

    `zipfile` reads the list at once, however long it is; it takes the length from the same record.
    """
    # a record of 22 bytes, the 65,536 after it in which zipfile looks for one, and the two records of zip64 before it
    start = max(0, size - 22 - 65_536 - 20 - 56)
    file.seek(start)
    tail = file.read()
    at = len(tail) - 22
    if not (at >= 0 and tail.startswith(b"PK\x05\x06", at) and tail.endswith(b"\0\0")):
        at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(tail):
        raise WorkshopError(f"{called} is not a zip; give a zip of pictures, or a folder of them.")
    entries, directory = struct.unpack_from("<HI", tail, at + 10)
    if at >= 20 and tail.startswith(b"PK\x06\x07", at - 20):
        (place,) = struct.unpack_from("<Q", tail, at - 20 + 8)
        # older Pythons read the record right before the locator, newer ones at its offset: both must be the same
        if place != start + at - 76 or not tail.startswith(b"PK\x06\x06", at - 76):
            raise WorkshopError(f"{called} is a damaged zip (its zip64 record is not in its place); make it anew.")
        entries, directory = struct.unpack_from("<QQ", tail, at - 76 + 32)
    return entries, directory


def _refuse(info: zipfile.ZipInfo, called: str) -> None:
    """Raise WorkshopError for an entry that no honest zip of pictures has."""
    name, label = _plain(info.filename), f"{called} holds {for_sentence(info.filename)!r}"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/"):
        raise WorkshopError(f"{label}, which points out of the zip; allowed: names within it.")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise WorkshopError(f"{label}, which is a link or a device; allowed: plain files and folders.")
    if info.file_size > max(RATIO_FROM, MAX_RATIO * info.compress_size):
        ratio = info.file_size // max(info.compress_size, 1)
        raise WorkshopError(f"{label}, which unpacks to {ratio:,} times its size; allowed: {MAX_RATIO} times.")


def _grouped(readers: dict[str, Callable[[], bytes]]) -> list[PictureFile]:
    """Items sorted by class and name: the class is the first folder below those that all files share."""
    parts = {name: PurePosixPath(name).parts for name in readers}
    folders = [p[:-1] for p in parts.values()]
    low, high = min(folders, default=()), max(folders, default=())  # what these two share, all between them share
    depth = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), min(len(low), len(high)))
    shared = low[:depth]
    flat = all(len(p) == depth + 1 for p in parts.values())
    only_class = shared[-1] if shared else "pictures"

    def group(name: str) -> str:
        below = parts[name][depth:]
        if flat:
            return for_sentence(only_class)
        return for_sentence(below[0]) if len(below) > 1 else NO_FOLDER

    return sorted(
        (PictureFile(name, group(name), read) for name, read in readers.items()), key=lambda i: (i.group, i.name)
    )


def _read_file(path: Path) -> bytes:
    try:
        info = path.stat()
        if not stat.S_ISREG(info.st_mode):
            raise UnusablePicture("is not a plain file")
        _check_size(info.st_size)
        return path.read_bytes()
    except OSError as error:
        raise UnusablePicture(f"cannot be read ({error.strerror})") from error


def _read_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.flag_bits & 1:
        raise UnusablePicture("is encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # Python unpacks other methods without a limit on the size of a block.
        raise UnusablePicture("is packed in an unusual way (allowed: stored or deflate)")
    _check_size(info.file_size)
    try:
        with archive.open(info) as file:
            return file.read()  # never more than file_size
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, struct.error) as error:
        raise UnusablePicture(f"is damaged in the zip ({error})") from error


def _check_size(size: int) -> None:
    if size > MAX_FILE:
        raise UnusablePicture(f"has {size / MB:,.0f} MB (allowed: {MAX_FILE / MB:,.0f} MB)")


def _plain(name: str) -> str:
    return name.replace("\\", "/")  # as some programs on Windows write


def _junk(name: str) -> bool:
    return name.startswith(".") or name in JUNK
