"""The Hugging Face Hub: print or write a model `card`, `pull` and `push` models, put the program on a `space`."""

import argparse
import getpass
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_core.cli import _common
from gan_core.cli._common import Options, add_command
from gan_core.system import settings
from gan_core.system.errors import WorkshopError

if TYPE_CHECKING:
    from gan_core.hub.credentials import Token

OnProgress = Callable[[int, int], None]


def add(commands: Any) -> None:
    text = "print the model card of a run or a file, or write a folder for the Hub"
    card = add_command(commands, "card", _card, help=text)
    _common.add_model(card)
    _common.add_at(card)
    _common.add_runs(card)
    text = "write README.md, model.safetensors, samples.png and config.json into this folder"
    card.add_argument("--out", type=Path, metavar="FOLDER", help=text)
    card.add_argument("--repo", default="", metavar="USER/REPO", help="where it will be found on the Hub")
    card.add_argument("--name", default="", help="what to call it (default: as the repository, else as here)")
    card.add_argument("--licence", default="", help="of the model (default: that of the pictures it learned from)")

    text = "fetch a model from the Hugging Face Hub; prints its name here and its file of weights"
    pull = add_command(commands, "pull", _pull, help=text)
    pull.add_argument("repo", metavar="REPO[@REV]", help="OWNER/NAME, with a branch, tag or commit if wanted")
    pull.add_argument("--file", help="which file of weights, where there are several")
    _add_job(pull)

    text = "publish a model with its card on the Hugging Face Hub; prints the address of its page"
    push = add_command(commands, "push", _push, help=text)
    _common.add_model(push)
    push.add_argument("repo", metavar="REPO", help="OWNER/NAME, made if it is not there")
    push.add_argument("--private", action="store_true", help="for yourself alone (default: public)")
    push.add_argument(
        "--licence", default="", metavar="TEXT", help="of the model (default: that of the pictures it learned from)"
    )
    _common.add_at(push)
    _common.add_runs(push)
    _add_job(push)

    text = "put this program on a Hugging Face Space; the last line is its address"
    space = add_command(commands, "space", _space, help=text)
    space.add_argument("space", metavar="OWNER/NAME", help="the Space; it is created where there is none")
    space.add_argument("--private", action="store_true", help="only you and who you allow may open a new Space")
    text = "set the owner's secret, with which you may stop and delete the runs of others: GAN_OWNER_SECRET, or asked"
    space.add_argument("--secret", action="store_true", help=text)
    space.add_argument("--hardware", metavar="NAME", help="as cpu-basic or t4-small, see the Hub's documentation")
    space.add_argument("--dry-run", action="store_true", help="only say what would be done")


def _add_job(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--job", type=Path, help=argparse.SUPPRESS)  # given by the app, with the token on stdin


def _card(options: Options) -> None:
    from gan_core.hub import card

    path = _common.weights_of(options)
    given = {"repo": options.repo, "name": options.name, "licence": options.licence}
    if options.out is None:
        print(card.from_weights(path, **given).text, end="")
        return
    if options.out.exists() and not options.out.is_dir():
        raise WorkshopError(f"--out: {options.out} is a file; give the name of a folder.")
    card.write_repository(path, options.out, **given)
    print(options.out)


def _pull(options: Options) -> None:
    from gan_core import hub
    from gan_core.models import store

    def pull(token: "Token", on_progress: OnProgress) -> str:
        return hub.pull(options.repo, file=options.file, token=token, on_progress=on_progress).id

    name = _transfer(options, pull)
    print(name)
    print(store.weights(name))


def _push(options: Options) -> None:
    def push(token: "Token", on_progress: OnProgress) -> str:
        from gan_core import hub
        from gan_core.hub import credentials, names

        names.check_repo(options.repo)
        credentials.required_token(token)  # raises before the card is made
        with _repository(options) as folder:
            return hub.push(folder, options.repo, private=options.private, token=token, on_progress=on_progress).url

    print(_transfer(options, push))


@contextmanager
def _repository(options: Options) -> Iterator[Path]:
    """The folder to publish: the given one, unchanged, or one made from a run or a file."""
    from gan_core.hub.publishing import REQUIRED_FILES

    folder = Path(options.model)
    if folder.is_dir() and all((folder / name).is_file() for name in REQUIRED_FILES):
        for name, value, default in [("--licence", options.licence, ""), ("--at", options.at, "last")]:
            if value != default:
                raise WorkshopError(
                    f"{name}: {value!r} was given, but {options.model} is a folder with its card and goes as it is; "
                    "give the run or the model instead."
                )
        yield folder
        return
    from gan_core.hub import card

    with tempfile.TemporaryDirectory() as scratch:
        card.write_repository(_common.weights_of(options), Path(scratch), repo=options.repo, licence=options.licence)
        yield Path(scratch)


def _transfer(options: Options, action: "Callable[[Token, OnProgress], str]") -> str:
    """The result of `action`, run as a job of the app, or here with a bar on stderr."""
    from gan_core import hub

    hub.configure_client()
    if options.job is not None:
        from gan_core.hub import job_process

        return job_process.run(options.job, action)
    from gan_core.cli._progress import counting

    with counting(unit="B", unit_scale=True) as move:
        return action(None, move)


def _space(options: Options) -> None:
    from gan_core.cli._progress import counting
    from gan_core.hub import configure_client, space

    configure_client()
    plan = space.plan(options.space)
    if options.dry_run:
        _describe(plan, options)
        return
    secret = _secret() if options.secret else None
    with counting(unit="B", unit_scale=True, desc="sent") as move:
        made = space.publish(plan, private=options.private, hardware=options.hardware, secret=secret, on_progress=move)
    print(f"{'Created' if made.created else 'Brought up to date'}, commit {made.commit[:7]}; the Hub builds it now.")
    print(made.url)


def _describe(plan: Any, options: Options) -> None:
    """Print the plan, a line for each setting."""
    variables = ", ".join(f"{name}={value}" for name, value in plan.variables.items())
    print(f"Files: {len(plan.files):,} that git tracks, as they lie here, {plan.bytes / 1e6:,.1f} MB")
    print(f"Visibility of a new Space: {'private' if options.private else 'public'}")
    print(f"Hardware: {options.hardware or 'as it is, cpu-basic for a new Space'}")
    print(f"Variables: {variables}; those that the Space has already stay, unless your environment sets them")
    print(f"Owner's secret: {'set' if options.secret else 'as it is; without one nobody can stop the runs of others'}")
    print(plan.url)


def _secret() -> str:
    """The owner's secret, from the environment or typed without echo; raises WorkshopError if it could be guessed."""
    given = settings.current().owner_secret
    if given is None:
        given = getpass.getpass("Owner's secret: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    return settings.current(owner_secret=given).owner_secret or ""
