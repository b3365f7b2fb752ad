"""Preparing pictures in a process of its own: what a stranger's file does to a decoder, the server does not feel."""

import json
from collections.abc import Generator
from pathlib import Path

from gan_core.data.own import PreparedSet
from gan_core.system import processes


def prepare(
    source: Path, title: str, size: int, channels: int, origin: str = ""
) -> Generator[tuple[int, int], None, tuple[PreparedSet, int]]:
    """Like `own.prepare`; yields (files done, files in all) and returns what was made and how many were skipped.

    Of the skipped files only the first are named. Closing the generator ends the process, and nothing is left.
    """
    options = [f"--name={title}", f"--size={size}", f"--origin={origin}", *(["--grey"] if channels == 1 else [])]
    words = ["data-import", "--json", *options, "--", str(source.absolute())]
    report: dict = {}
    with processes.running(*words, otherwise=f"{origin or source} could not be prepared.") as child:
        assert child.stdout
        for line in child.stdout:
            report = json.loads(line)
            if "total" in report:
                yield report["done"], report["total"]
    return PreparedSet(report["name"], report["kept"], [*map(tuple, report["first"])]), report["skipped"]
