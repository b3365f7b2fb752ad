"""What several commands share: options, a table, and a run or a file by what was typed."""

import argparse
import json
from pathlib import Path

from gan_core import runs
from gan_core.errors import WorkshopError


def add_runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", type=Path, metavar="DIR", help="where runs live (default: GAN_HOME or ./runs)")


def add_set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="GROUP.FIELD=VALUE",
        help="any setting, e.g. optimiser.lr_g=0.0001 or data.classes=[0,1,2]; may be repeated",
    )


def show(options: argparse.Namespace, rows: list[dict], line: str, empty: str = "") -> None:
    if options.json:
        print(json.dumps(rows, indent=2))
    else:
        print("\n".join(line.format(**row) for row in rows) or empty)


def add_at(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--at", default="last", metavar="last|best|STEP", help="which kept weights of a run (default: last)"
    )


def weights_of(text: str, folder: Path | None, at: str = "last") -> Path:
    """The file that RUN_OR_FILE and --at name; raises WorkshopError."""
    path = Path(text)
    if path.suffix == ".safetensors":
        if at != "last":
            raise WorkshopError(f"--at: {at!r} was given, but {path.name} is one file; give the run instead.")
        return path
    return runs.find(text, folder).weights_at(at)[1]
