"""The way back: `invert` finds the z of a picture."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_core.cli import _common

if TYPE_CHECKING:
    from gan_core.explore.inversion import InversionResult
    from gan_core.models.checkpoint import Model


def add(commands: Any) -> None:
    """The commands of this room."""
    invert = commands.add_parser(
        "invert", help="find the z from which a generator draws a picture; the last line is the file with the z"
    )
    invert.set_defaults(command=_invert)
    _common.add_weights(invert)
    invert.add_argument("picture", type=Path, help="a PNG, JPEG, GIF, BMP or WebP; its middle square is what counts")
    invert.add_argument("--label", help="of this class, by number or name (conditional models; default: the nearest)")
    invert.add_argument("--negative", action="store_true", help="turn the shades over, for drawings on white")
    invert.add_argument("--seed", type=int, default=0, help="of the random starts (default: 0)")
    invert.add_argument("--out", type=Path, required=True, metavar="FILE.json", help="where to write")


def _invert(options: argparse.Namespace) -> None:
    from gan_core.explore import point_file, uploads

    _common.check_out(options.out)
    model = _common.loaded(options)
    picture = uploads.read_file(options.picture, *uploads.output_shape(model), negative=options.negative)
    found = _search(model, picture, options.label, options.seed)
    label = model.classes[found.label] if found.label >= 0 else None
    content = point_file.write(Path(options.model).name, [point_file.saved_point(found.z, label)])
    with _common.writing(options.out) as temporary:
        temporary.write_bytes(content)
    named = f", class {label}" if label else ""
    print(f"distance {found.distance:.4f}{named}, length of z {found.length:.2f} of the usual")
    print(options.out)


def _search(model: "Model", picture: Any, label: str | None, seed: int) -> "InversionResult":
    from tqdm import tqdm

    from gan_core.explore import inversion

    search = inversion.invert(model, picture, label, seed=seed)
    at = next(search)  # what is not allowed is told here, before there is a bar
    with tqdm(total=at.total, unit="step", file=sys.stderr) as bar:
        while True:
            bar.set_postfix_str(f"distance {at.best.distance:.4f}", refresh=False)
            bar.update(at.step - bar.n)
            try:
                at = next(search)
            except StopIteration as end:
                return end.value
