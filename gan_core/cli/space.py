"""`python -m gan_core space OWNER/NAME`: put this program on a Hugging Face Space, or bring it up to date there."""

import argparse
import getpass
import sys
from typing import Any


def add(commands: Any) -> None:
    """The commands of this room."""
    parser = commands.add_parser("space", help="put this program on a Hugging Face Space; the last line is its address")
    parser.set_defaults(command=_space)
    parser.add_argument("space", metavar="OWNER/NAME", help="the Space; it is created where there is none")
    parser.add_argument("--private", action="store_true", help="only you and who you allow may open a new Space")
    about = "set the owner's secret, with which you may stop and delete the runs of others: GAN_OWNER_SECRET, or asked"
    parser.add_argument("--secret", action="store_true", help=about)
    parser.add_argument("--hardware", metavar="NAME", help="as cpu-basic or t4-small, see the Hub's documentation")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")


def _space(options: argparse.Namespace) -> None:
    from gan_core.hub import configure_client, space

    configure_client()
    wanted = space.plan(options.space)
    if options.dry_run:
        _tell(wanted, options)
        return
    secret = _secret() if options.secret else None

    from tqdm import tqdm

    with tqdm(total=wanted.bytes, unit="B", unit_scale=True, desc="sent", file=sys.stderr) as bar:

        def tell(done: int, total: int) -> None:
            bar.update(done - bar.n)

        made = space.publish(
            wanted,
            private=options.private,
            hardware=options.hardware,
            secret=secret,
            on_progress=tell,
        )
    print(f"{'Created' if made.created else 'Brought up to date'}, commit {made.commit[:7]}; the Hub builds it now.")
    print(made.url)


def _tell(wanted: Any, options: argparse.Namespace) -> None:
    """What would be done, a line for each thing."""
    settings = ", ".join(f"{name}={value}" for name, value in wanted.variables.items())
    print(f"Files: {len(wanted.files):,} that git tracks, as they lie here, {wanted.bytes / 1e6:,.1f} MB")
    print(f"Visibility of a new Space: {'private' if options.private else 'public'}")
    print(f"Hardware: {options.hardware or 'as it is, cpu-basic for a new Space'}")
    print(f"Variables: {settings}; those that the Space has already stay, unless your environment sets them")
    print(f"Owner's secret: {'set' if options.secret else 'as it is; without one nobody can stop the runs of others'}")
    print(wanted.url)


def _secret() -> str:
    """From the environment, or typed without being shown; raises WorkshopError where it could be guessed."""
    from gan_core.runs import limits

    given = limits.owner_secret()
    if given is None:
        shown = sys.stdin.isatty()
        given = getpass.getpass("Owner's secret: ") if shown else sys.stdin.readline().rstrip("\n")
    return limits.check_owner_secret(given)
