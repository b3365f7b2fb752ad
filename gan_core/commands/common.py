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


def weights_of(text: str, folder: Path | None) -> Path:
    path = Path(text)
    if path.suffix == ".safetensors":
        return path
    run = runs.find(text, folder)
    kept = run.weights()
    if not kept:
        raise WorkshopError(f"{run.name} has kept no weights yet; it keeps them at the end and now and then.")
    return list(kept.values())[-1]
