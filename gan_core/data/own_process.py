"""Prepare pictures in a child process, so that a malicious file cannot harm the server."""

import json
from collections.abc import Generator
from pathlib import Path

from gan_core.data.own import PreparedSet
from gan_core.system import processes


def prepare(
    source: Path, title: str, size: int, channels: int, origin: str = ""
) -> Generator[tuple[int, int], None, tuple[PreparedSet, int]]:
    """Like `own.prepare`; yields (files done, files in all) and returns the result and the number of skipped files.

    The result lists only the first skipped files. Closing the generator ends the process and leaves nothing behind.
    """
    options = [f"--name={title}", f"--size={size}", f"--origin={origin}", *(["--grey"] if channels == 1 else [])]
    arguments = ["data-import", "--json", *options, "--", str(source.absolute())]
    report: dict = {}
    with processes.running(*arguments, otherwise=f"{origin or source} could not be prepared.") as child:
        assert child.stdout
        for line in child.stdout:
            report = json.loads(line)
            if "total" in report:
                yield report["done"], report["total"]
    return PreparedSet(report["name"], report["kept"], [*map(tuple, report["first"])]), report["skipped"]
