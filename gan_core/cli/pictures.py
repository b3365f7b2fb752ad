"""Pictures in and out: `sample` from a model, `data-import` of one's own."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from gan_core.cli import _common

MAX_SKIPPED_SHOWN = 20


def add(commands: Any) -> None:
    """The commands of this room."""
    sample = commands.add_parser("sample", help="draw pictures from a trained generator into an .npz file")
    sample.set_defaults(command=_sample)
    _common.add_weights(sample)
    sample.add_argument("--count", type=int, default=64, help="how many pictures (default: 64)")
    sample.add_argument("--seed", type=int, default=0, help="seed of the noise (default: 0)")
    sample.add_argument("--label", help="only this class, by number or name (conditional models)")
    sample.add_argument("--out", type=Path, required=True, metavar="FILE.npz", help="where to write")

    own = commands.add_parser("data-import", help="make a data set of your own pictures; the last line is its name")
    own.set_defaults(command=_data_import)
    own.add_argument("path", type=Path, help="a folder or a zip of pictures, with a folder for each class")
    own.add_argument("--name", default="", help="what to call it (default: as the folder or zip)")
    own.add_argument("--size", type=int, default=64, help="pixels of width and height (default: 64)")
    own.add_argument("--grey", action="store_true", help="grey pictures instead of colour")
    own.add_argument("--json", action="store_true", help="progress and result as lines of JSON, for programs")
    own.add_argument("--origin", default="", help=argparse.SUPPRESS)  # an upload's own name


def _sample(options: argparse.Namespace) -> None:
    import numpy as np

    _common.check_out(options.out)
    model = _common.loaded(options)
    images, labels = model.sample(options.count, options.seed, options.label)
    with _common.writing(options.out) as temporary, temporary.open("wb") as file:
        np.savez(file, images=images, labels=labels)
    print(options.out)


def _data_import(options: argparse.Namespace) -> None:
    import signal

    from tqdm import tqdm

    from gan_core.data import own

    # SIGTERM ends it like Ctrl-C does, so that nothing half done is left
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    bar = tqdm(unit="file", file=sys.stderr, disable=options.json)
    told = 0.0

    def progress(done: int, total: int) -> None:
        nonlocal told
        bar.total = total
        bar.update(done - bar.n)
        if options.json and (done == total or time.monotonic() - told > 0.1):
            told = time.monotonic()
            print(json.dumps({"done": done, "total": total}), flush=True)

    with bar:
        channels = 1 if options.grey else 3
        made = own.prepare(options.path, options.name, options.size, channels, progress, options.origin)
    first = made.skipped[:MAX_SKIPPED_SHOWN]
    if options.json:
        print(json.dumps({"name": made.name, "kept": made.kept, "skipped": len(made.skipped), "first": first}))
        return
    if made.skipped:
        print(f"{len(made.skipped):,} of {len(made.skipped) + made.kept:,} files were skipped:", file=sys.stderr)
        print("\n".join(f"  {name} {reason}" for name, reason in first), file=sys.stderr)
    print(made.name)
