"""Model cards: `card` says what a model is, or writes all that a repository of it holds."""

import argparse
from pathlib import Path
from typing import Any

from gan_core.cli import _common
from gan_core.system.errors import WorkshopError


def add(commands: Any) -> None:
    """The commands of this room."""
    card = commands.add_parser("card", help="print the model card of a run or a file, or write a folder for the Hub")
    card.set_defaults(command=_card)
    _common.add_model(card)
    _common.add_at(card)
    _common.add_runs(card)
    about = "write README.md, model.safetensors, samples.png and config.json into this folder"
    card.add_argument("--out", type=Path, metavar="FOLDER", help=about)
    card.add_argument("--repo", default="", metavar="USER/REPO", help="where it will be found on the Hub")
    card.add_argument("--name", default="", help="what to call it (default: as the repository, else as here)")
    card.add_argument("--licence", default="", help="of the model (default: that of the pictures it learned from)")


def _card(options: argparse.Namespace) -> None:
    from gan_core.hub import card

    path = _common.weights_of(options.model, options.runs, options.at)
    given = {"repo": options.repo, "name": options.name, "licence": options.licence}
    if options.out is None:
        print(card.from_weights(path, **given).text, end="")
        return
    if options.out.exists() and not options.out.is_dir():
        raise WorkshopError(f"--out: {options.out} is a file; give the name of a folder.")
    card.write_repository(path, options.out, **given)
    print(options.out)
