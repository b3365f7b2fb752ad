"""Preparing pictures in a process of its own: what a stranger's file does to a decoder, the server does not feel."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

from gan_core.data.own import Prepared
from gan_core.system.errors import WorkshopError

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "gan_core", "data-import"]


def prepare(
    source: Path, title: str, size: int, channels: int, origin: str = ""
) -> Generator[tuple[int, int], None, tuple[Prepared, int]]:
    """Like `own.prepare`; yields (files done, files in all) and returns what was made and how many were skipped.

    Of the skipped files only the first are named. Closing the generator ends the process, and nothing is left.
    """
    command = [*COMMAND, "--json", f"--name={title}", f"--size={size}"]
    command += [f"--origin={origin}", *(["--grey"] if channels == 1 else []), "--", str(source.absolute())]
    said: dict = {}
    with tempfile.TemporaryFile() as errors:  # a pipe that nobody reads meanwhile could fill up and stop it
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert process.stdout
        try:
            for line in process.stdout:
                said = json.loads(line)
                if "total" in said:
                    yield said["done"], said["total"]
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()
        errors.seek(0)
        last = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
    if "name" not in said:
        known = last.startswith("error: ")
        raise WorkshopError(last.removeprefix("error: ") if known else f"{origin or source} could not be prepared.")
    return Prepared(said["name"], said["kept"], [(name, reason) for name, reason in said["first"]]), said["skipped"]
