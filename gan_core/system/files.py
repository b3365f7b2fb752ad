"""Writing files so that a reader never sees half of one."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 1.0
"""Seconds to wait for readers of the old file: Windows replaces none that is open."""


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """A temporary file beside `path` to write to; at the end it is flushed to disk and renamed over `path`.

    Without `durable` the system decides when it reaches the disk, which is far quicker.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        yield temporary
        if durable:
            with temporary.open("rb+") as file:  # Windows flushes only what may be written to
                os.fsync(file.fileno())
        _replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomic(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Replace `path` as a whole by `content`."""
    with replacing(path, durable=durable) as temporary:
        temporary.write_bytes(content)


def clear_leftovers(folder: Path) -> None:
    """Remove the temporary files that a killed process has left; only for a folder that nobody else writes to."""
    for path in folder.glob(".*.tmp"):
        path.unlink()


def _replace(temporary: Path, path: Path) -> None:
    """Rename `temporary` over `path`; raises PermissionError where that stays forbidden for PATIENCE seconds."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            temporary.replace(path)
            return
        except PermissionError:
            if time.monotonic() >= end:
                raise
            time.sleep(0.02)
