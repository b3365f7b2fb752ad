"""Models from elsewhere: `import` a file of weights, PyTorch's or safetensors, and keep it on this machine."""

import argparse
import re
from pathlib import Path
from typing import Any

NAMED = 60
"""Letters of a name that is made from a file's."""


def add(commands: Any) -> None:
    """The commands of this room."""
    taken = commands.add_parser("import", help="keep a generator from a file of weights, also one made elsewhere")
    taken.set_defaults(command=_import)
    taken.add_argument("file", type=Path, metavar="FILE", help=".pth, .pt, .bin or .safetensors")
    taken.add_argument("--name", help="what to call it, in the place of an older one (default: as the file)")
    taken.add_argument(
        "--slope", type=float, help="of LeakyReLU in its hidden layers, which no weights show (default: 0, ReLU)"
    )
    taken.add_argument("--eps", type=float, help="of its batch norm, which no weights show either (default: 0.00001)")
    taken.add_argument("--licence", default="", help="of the pictures it has learned from, if you know it")


def _import(options: argparse.Namespace) -> None:
    from gan_core.models import bundled, store

    given = {name: value for name in ("slope", "eps") if (value := getattr(options, name)) is not None}
    origin = store.Origin(kind="imported", file=options.file.name, licence=options.licence)
    name = options.name or _free(options.file, [*store.names(), *bundled.names()])
    kept = store.add(options.file, name, origin, **given)
    print(kept.found or f"A model of this program's own: {kept.title}, {kept.size} × {kept.size} pixels.")
    print(f"Kept as {kept.id}: {store.weights(kept.id)}")


def _free(file: Path, taken: list[str]) -> str:
    """A name like the file's that no other model has."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", file.stem)[:NAMED].strip("-") or "model"
    names = [plain, *(f"{plain}-{number}" for number in range(2, len(taken) + 2))]
    return next(name for name in names if name not in taken)
