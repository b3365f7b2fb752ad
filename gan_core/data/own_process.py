"""Preparing pictures in a process of its own: what a stranger's file does to a decoder, the server does not feel."""

import json
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

from gan_core.data.own import Prepared
from gan_core.errors import WorkshopError

ROOT = Path(__file__).resolve().parents[2]


def prepare(
    source: Path, title: str, size: int, channels: int, origin: str = ""
) -> Generator[tuple[int, int], None, tuple[Prepared, int]]:
    """Like `own.prepare`; yields (files done, files in all) and returns what was made and how many were skipped.

    Of the skipped files only the first are named. Closing the generator ends the process, and nothing is left.
    """
    command = [sys.executable, "-m", "gan_core", "data-import", "--json", f"--name={title}", f"--size={size}"]
    command += [f"--origin={origin}", *(["--grey"] if channels == 1 else []), "--", str(source.absolute())]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout and process.stderr
    said: dict = {}
    try:
        for line in process.stdout:
            said = json.loads(line)
            if "total" in said:
                yield said["done"], said["total"]
        error = process.stderr.read()  # after stdout: it says nothing before its end
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
        process.stderr.close()
    if "name" not in said:
        last = error.strip().rpartition("\n")[2]
        known = last.startswith("error: ")
        raise WorkshopError(last.removeprefix("error: ") if known else f"{origin or source} could not be prepared.")
    return Prepared(said["name"], said["kept"], [(name, reason) for name, reason in said["first"]]), said["skipped"]
