"""Pictures in and out: `sample` from a model, `data-import` your own, `invert` a picture to its latent vector."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_core.cli import _common
from gan_core.cli._common import Options, add_command

if TYPE_CHECKING:
    from gan_core.explore.inversion import InversionResult
    from gan_core.models.checkpoint import Model

MAX_SKIPPED_SHOWN = 20


def add(commands: Any) -> None:
    text = "draw pictures from a trained generator into an .npz file"
    sample = add_command(commands, "sample", _sample, help=text)
    _common.add_weights(sample)
    sample.add_argument("--count", type=int, default=64, help="how many pictures (default: 64)")
    sample.add_argument("--seed", type=int, default=0, help="seed of the noise (default: 0)")
    sample.add_argument("--label", help="only this class, by number or name (conditional models)")
    sample.add_argument("--out", type=Path, required=True, metavar="FILE.npz", help="where to write")

    text = "make a data set of your own pictures; the last line is its name"
    own = add_command(commands, "data-import", _data_import, help=text)
    own.add_argument("path", type=Path, help="a folder or a zip of pictures, with a folder for each class")
    own.add_argument("--name", default="", help="what to call it (default: as the folder or zip)")
    own.add_argument("--size", type=int, default=64, help="pixels of width and height (default: 64)")
    own.add_argument("--grey", action="store_true", help="grey pictures instead of colour")
    own.add_argument("--json", action="store_true", help="progress and result as lines of JSON, for programs")
    own.add_argument("--origin", default="", help=argparse.SUPPRESS)  # the name of an uploaded file

    text = "find the z from which a generator draws a picture; the last line is the file with the z"
    invert = add_command(commands, "invert", _invert, help=text)
    _common.add_weights(invert)
    invert.add_argument("picture", type=Path, help="a PNG, JPEG, GIF, BMP or WebP; its middle square is what counts")
    invert.add_argument("--label", help="of this class, by number or name (conditional models; default: the nearest)")
    invert.add_argument("--negative", action="store_true", help="turn the shades over, for drawings on white")
    invert.add_argument("--seed", type=int, default=0, help="of the random starts (default: 0)")
    invert.add_argument("--out", type=Path, required=True, metavar="FILE.json", help="where to write")


def _sample(options: Options) -> None:
    import numpy as np

    _common.check_out(options.out)
    images, labels = _common.loaded(options).sample(options.count, options.seed, options.label)
    with _common.writing(options.out) as temporary, temporary.open("wb") as file:
        np.savez(file, images=images, labels=labels)


def _data_import(options: Options) -> None:
    import signal

    from gan_core.cli._progress import counting
    from gan_core.data import own

    printed, stopped = 0.0, False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True
        sys.exit(128 + signal.SIGTERM)

    # SIGTERM ends it as Ctrl-C does, so that no partial file remains
    signal.signal(signal.SIGTERM, stop)

    def on_progress(done: int, total: int) -> None:
        nonlocal printed
        if stopped:  # Python drops an exception that is raised while a file object is finalised
            stop()
        move(done, total)
        if options.json and (done == total or time.monotonic() - printed > 0.1):
            printed = time.monotonic()
            print(json.dumps({"done": done, "total": total}), flush=True)

    with counting(unit="file", disable=options.json) as move:
        channels = 1 if options.grey else 3
        made = own.prepare(options.path, options.name, options.size, channels, on_progress, options.origin)
    first = made.skipped[:MAX_SKIPPED_SHOWN]
    if options.json:
        print(json.dumps({"name": made.name, "kept": made.kept, "skipped": len(made.skipped), "first": first}))
        return
    if made.skipped:
        print(f"{len(made.skipped):,} of {len(made.skipped) + made.kept:,} files were skipped:", file=sys.stderr)
        print("\n".join(f"  {name} {reason}" for name, reason in first), file=sys.stderr)
    print(made.name)


def _invert(options: Options) -> None:
    from gan_core.explore import point_file, uploads

    _common.check_out(options.out)
    model = _common.loaded(options)
    picture = uploads.read_file(options.picture, *uploads.output_shape(model), negative=options.negative)
    result = _search(model, picture, options.label, options.seed)
    label = model.classes[result.label] if result.label >= 0 else None
    content = point_file.write(Path(options.model).name, [point_file.saved_point(result.z, label)])
    named = f", class {label}" if label else ""
    print(f"distance {result.distance:.4f}{named}, length of z {result.length:.2f} of the usual")
    _common.write(options.out, content)


def _search(model: "Model", picture: Any, label: str | None, seed: int) -> "InversionResult":
    from tqdm import tqdm

    from gan_core.explore import inversion

    search = inversion.invert(model, picture, label, seed=seed)
    progress = next(search)  # raises for bad options, before the bar appears
    with tqdm(total=progress.total, unit="step", file=sys.stderr) as bar:
        while True:
            bar.set_postfix_str(f"distance {progress.best.distance:.4f}", refresh=False)
            bar.update(progress.step - bar.n)
            try:
                progress = next(search)
            except StopIteration as end:
                return end.value
