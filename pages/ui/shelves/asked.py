"""What the shelves ask: the Hub, remembered for some minutes by all visitors, and the command line."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import streamlit as st

from gan_core import hub, runs
from gan_core.errors import WorkshopError
from gan_core.hub import Listing
from gan_core.hub.settings import Token
from pages.ui import visitor

MOST = 24
"""Repositories of one search."""

KEPT = 120.0
"""Seconds that an answer of the Hub is taken for new."""


def token() -> Token:
    """Whose access counts: at home the login of this machine, on a shared instance nobody's."""
    return False if visitor.public() else None


@st.cache_data(ttl=KEPT, max_entries=64, show_spinner=False)
def search(text: str, author: str, tag: str) -> list[Listing]:
    """What the Hub finds, with sizes where it tells them; raises WorkshopError."""
    access = token()
    found = hub.search(text, author, tag, MOST, access)
    with ThreadPoolExecutor(8) as asking:
        return list(asking.map(lambda listing: _sized(listing, access), found))


def _sized(listing: Listing, access: Token) -> Listing:
    """The search itself tells no sizes; a gated repository tells them to nobody else."""
    try:
        return hub.info(listing.repo, listing.commit or None, access)
    except hub.HubError as error:
        if error.kind in ("gated", "not_found"):
            return listing
        raise


@st.cache_data(ttl=KEPT, max_entries=64, show_spinner=False)
def info(repo: str, revision: str | None) -> Listing:
    """One repository; raises WorkshopError."""
    return hub.info(repo, revision, token())


def forget() -> None:
    """Ask the Hub anew: something has been published, or may have been."""
    search.clear()
    info.clear()


@st.cache_data(max_entries=128, show_spinner=False)
def _preview(repo: str, commit: str, _listing: Listing) -> bytes | None:
    return hub.preview(_listing, token())


def preview(listing: Listing) -> bytes | None:
    """Its sample sheet as a PNG; None where it has none, or where it cannot be had now."""
    try:
        return _preview(listing.repo, listing.commit, listing)
    except hub.HubError:  # the card says that there is none; the facts beside it are what matters
        return None


@st.cache_data(ttl=KEPT, show_spinner=False)
def login() -> str | None:
    """Who is logged in to the Hub on this machine; None for nobody, also when the Hub cannot be asked."""
    try:
        return hub.whoami(token())
    except hub.HubError:
        return None


def command(*arguments: str) -> str:
    """What a command of ours prints, in a process of its own: torch stays out of the server. Raises WorkshopError."""
    done = subprocess.run(
        [sys.executable, "-m", "gan_core", *arguments], capture_output=True, text=True, cwd=runs.ROOT, check=False
    )
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        raise WorkshopError(last.removeprefix("error: ") or f"`{arguments[0]}` ended with {done.returncode}.")
    return done.stdout
