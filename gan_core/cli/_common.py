"""Shared by several commands: options, tables, finding the model, and writing to --out."""

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_core import runs
from gan_core.system import files
from gan_core.system.errors import WorkshopError

if TYPE_CHECKING:
    from gan_core.models import checkpoint

Options = argparse.Namespace


def add_command(commands: Any, name: str, run: Callable[[Options], Any], **texts: str) -> argparse.ArgumentParser:
    """Declare the command `name`, which calls `run` with its options; without a `help` text it is hidden."""
    parser = commands.add_parser(name, **texts)
    parser.set_defaults(command=run)
    return parser


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


def add_length(parser: argparse.ArgumentParser) -> None:
    """The options for the data set, the length of training and the seed."""
    parser.add_argument("--dataset", help="the pictures, see `datasets` (default: fashion-small)")
    parser.add_argument("--steps", type=int, help="generator steps until the end")
    parser.add_argument("--epochs", type=int, help="passes over the pictures until the end")
    parser.add_argument("--seconds", type=float, help="seconds of training until the end")
    parser.add_argument("--seed", type=int, help="same seed, same curve, on a GPU not to the last digit (default: 0)")


def given(options: Options) -> dict[str, Any]:
    """The options of `add_set` and `add_length` as dotted fields of a config."""
    from gan_core import config

    fields = dict(config.parse_assignment(text) for text in options.set)
    named = {
        "seed": options.seed,
        "data.dataset": options.dataset,
        "schedule.steps": options.steps,
        "schedule.epochs": options.epochs,
        "schedule.seconds": options.seconds,
    }
    fields |= {field: value for field, value in named.items() if value is not None}
    if options.steps is None and (options.seconds is not None or options.epochs is not None):
        fields.setdefault("schedule.steps", None)  # the seconds or epochs alone decide
    return fields


def add_at(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--at", default="last", metavar="last|best|STEP", help="which kept weights of a run (default: last)"
    )


def add_model(parser: argparse.ArgumentParser) -> None:
    """The argument that `weights_of` and `run_of` read."""
    text = "a run's folder or name, a file of weights, or the name of a model (see `models`)"
    parser.add_argument("model", metavar="RUN_OR_FILE", help=text)


def add_weights(parser: argparse.ArgumentParser) -> None:
    """The options that `loaded` reads."""
    add_model(parser)
    parser.add_argument("--raw", action="store_true", help="the last weights instead of their average (EMA)")
    add_at(parser)
    add_runs(parser)


def loaded(options: Options) -> "checkpoint.Model":
    """The model that the options of `add_weights` name; raises WorkshopError."""
    from gan_core.models import foreign

    return foreign.load(weights_of(options), raw=options.raw)


def run_of(options: Options) -> runs.Run | None:
    """The run that RUN_OR_FILE names, None if it names a file or another model; raises WorkshopError."""
    from gan_core.models import library

    return library.resolve_run(options.model, options.runs)


def weights_of(options: Options) -> Path:
    """The file of weights that RUN_OR_FILE and --at name; raises WorkshopError."""
    from gan_core.models import library

    return library.resolve(options.model, options.runs, options.at)


def show(options: Options, rows: list[dict], line: str, empty: str = "") -> None:
    """Print `rows`: as JSON with --json, else each as `line`."""
    if options.json:
        print(json.dumps(rows, indent=2))
    else:
        print("\n".join(line.format(**row) for row in rows) or empty)


def check_out(path: Path) -> None:
    """Raise WorkshopError, before any work is done, if --out names no file that can be written."""
    if not path.name or path.is_dir():
        raise WorkshopError(f"--out: {str(path)!r} is a folder; give the name of a file.")
    if not path.parent.is_dir():
        raise WorkshopError(f"--out: {path} cannot be written: there is no folder {path.parent}.")


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """A temporary file to fill, which then becomes --out's `path`; prints the path, or raises WorkshopError."""
    check_out(path)
    try:
        with files.replacing(path) as temporary:
            yield temporary
    except OSError as error:
        raise WorkshopError(f"--out: {path} cannot be written: {error.strerror}.") from None
    print(path)


def write(path: Path, content: bytes) -> None:
    """Write --out's file and print its path; raises WorkshopError."""
    with writing(path) as temporary:
        temporary.write_bytes(content)
