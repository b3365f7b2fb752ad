"""The Hub: `pull` a model into this machine's store, `push` one of one's own."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_core.cli import _common
from gan_core.system.errors import WorkshopError

if TYPE_CHECKING:
    from gan_core.hub.credentials import Token

Progress = Callable[[int, int], None]


def add(commands: Any) -> None:
    """The commands of this room."""
    pull = commands.add_parser(
        "pull", help="fetch a model from the Hugging Face Hub; prints its name here and its file of weights"
    )
    pull.set_defaults(command=_pull)
    pull.add_argument("repo", metavar="REPO[@REV]", help="OWNER/NAME, with a branch, tag or commit if wanted")
    pull.add_argument("--file", help="which file of weights, where there are several")
    _add_job(pull)

    push = commands.add_parser(
        "push", help="publish a model with its card on the Hugging Face Hub; prints the address of its page"
    )
    push.set_defaults(command=_push)
    _common.add_model(push)
    push.add_argument("repo", metavar="REPO", help="OWNER/NAME, made if it is not there")
    push.add_argument("--private", action="store_true", help="for yourself alone (default: public)")
    push.add_argument(
        "--licence", default="", metavar="TEXT", help="of the model (default: that of the pictures it learned from)"
    )
    _common.add_at(push)
    _common.add_runs(push)
    _add_job(push)


def _add_job(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--job", type=Path, help=argparse.SUPPRESS)  # what the app starts; its token comes by stdin


def _pull(options: argparse.Namespace) -> None:
    from gan_core import hub
    from gan_core.models import store

    def fetch(token: "Token", tell: Progress) -> str:
        return hub.pull(options.repo, file=options.file, token=token, on_progress=tell).id

    name = _do(options, fetch)
    print(name)
    print(store.weights(name))


def _push(options: argparse.Namespace) -> None:
    def publish(token: "Token", tell: Progress) -> str:
        from gan_core import hub
        from gan_core.hub import credentials, names

        names.check_repo(options.repo)
        credentials.required_token(token)  # said before the card is made
        with _prepared(options) as folder:
            return hub.push(folder, options.repo, private=options.private, token=token, on_progress=tell).url

    print(_do(options, publish))


@contextmanager
def _prepared(options: argparse.Namespace) -> Iterator[Path]:
    """The folder to publish: the one that was named, with its card, or one made of a run or a file."""
    from gan_core.hub.publishing import REQUIRED_FILES

    given = Path(options.model)
    if given.is_dir() and all((given / name).is_file() for name in REQUIRED_FILES):
        _check_as_it_is(options)
        yield given
        return
    from gan_core.hub import card

    with tempfile.TemporaryDirectory() as scratch:
        path = _common.weights_of(options.model, options.runs, options.at)
        card.write_repository(path, Path(scratch), repo=options.repo, licence=options.licence)
        yield Path(scratch)


def _check_as_it_is(options: argparse.Namespace) -> None:
    """Raise WorkshopError for an option that would change what is published: a folder goes as it is."""
    given = [("--licence", options.licence, ""), ("--at", options.at, "last")]
    for name, value, usual in given:
        if value != usual:
            raise WorkshopError(
                f"{name}: {value!r} was given, but {options.model} is a folder with its card and goes as it is; "
                "give the run or the model instead."
            )


def _do(options: argparse.Namespace, action: "Callable[[Token, Progress], str]") -> str:
    """What `action` gives: as a job of the app, or here with a bar on stderr."""
    from gan_core import hub

    hub.configure_client()
    if options.job is not None:
        from gan_core.hub import job_process

        return job_process.run(options.job, action)
    from tqdm import tqdm

    with ExitStack() as shown:
        bars: list[tqdm] = []

        def tell(done: int, total: int) -> None:
            if not bars:  # what fails before shows none
                bars.append(shown.enter_context(tqdm(total=total, unit="B", unit_scale=True, file=sys.stderr)))
            bars[0].update(done - bars[0].n)

        return action(None, tell)
