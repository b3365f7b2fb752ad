"""Writing files so that a reader never sees half of one."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """A temporary file beside `path` to write to; at the end it is flushed to disk and renamed over `path`.

    Not `durable`: it is left to the system when it reaches the disk, which is far quicker.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        yield temporary
        if durable:
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomic(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Replace `path` as a whole by `content`."""
    with replacing(path, durable=durable) as temporary:
        temporary.write_bytes(content)
