"""What the benchmarks share: a description of the machine, a run's speed, and the results file."""

import datetime
import os
import platform
import re
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from gan_core.reports import table as tables
from gan_core.system import device

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "RESULTS.md"


def machine() -> str:
    """Processor, cores, precision and versions in one line."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    place = device.choose("auto")
    text = device.describe(place, device.choose_dtype("auto", place))
    return f"{name}, {os.cpu_count()} cores, {text}; torch {torch.__version__}, Python {platform.python_version()}"


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    return tables.to_markdown(header, [list(map(str, row)) for row in rows]).rstrip()


def publish(title: str, text: str) -> None:
    """Print `text`, and put it into RESULTS.md with the date, the command and the machine.

    It takes the place of the section of that title that was measured on the same processor.
    """
    command = f"python -m benchmarks.{Path(sys.argv[0]).stem} {' '.join(sys.argv[1:])}".strip()
    where = machine()
    new = f"## {title}\n\n`{command}`, {datetime.date.today()}, commit {commit()}\n\n{where}\n\n{text}\n\n"
    print(text)
    parts = re.split(r"(?m)^(?=## )", RESULTS.read_text().rstrip() + "\n\n")
    same = [part.startswith(f"## {title}\n") and f"\n{where.partition(',')[0]}," in part for part in parts]
    at = same.index(True) if any(same) else len(parts)
    parts[at : at + 1] = [new]
    RESULTS.write_text("".join(parts).rstrip() + "\n")


def commit() -> str:
    """The commit that is measured, with a plus where something was changed since."""
    head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT).stdout
    changed = subprocess.run(["git", "diff", "--quiet", "HEAD", "--", "gan_core", "benchmarks/*.py"], cwd=ROOT)
    return head.strip() + ("+" if changed.returncode == 1 else "")


def median(values: Sequence[float]) -> float:
    return statistics.median(values)
