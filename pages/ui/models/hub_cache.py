"""What the shelves ask the Hub, remembered for some minutes by all visitors."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import streamlit as st

from gan_core import hub
from gan_core.hub import Listing
from gan_core.hub.credentials import Token
from gan_core.system.errors import WorkshopError
from pages.ui.shell import visitor

MOST = 24
"""Repositories of one search."""

KEPT = 120.0
"""Seconds that an answer of the Hub is taken for new."""


def token() -> Token:
    """Whose access counts: at home the login of this machine, on a shared instance nobody's."""
    return False if visitor.public() else None


@dataclass(frozen=True)
class Seen:
    """A repository, and its sample sheet as a PNG; None where it has none, or none that can be had now."""

    listing: Listing
    sheet: bytes | None


@st.cache_data(ttl=KEPT, max_entries=16, show_spinner=False)
def search(text: str, author: str, tag: str) -> list[Seen]:
    """What the Hub finds, with sizes where it tells them; raises WorkshopError."""
    access = token()
    found = hub.search(text, author, tag, MOST, access)
    with ThreadPoolExecutor(8) as asking:
        return list(asking.map(lambda listing: _seen(listing, access), found))


def _seen(listing: Listing, access: Token) -> Seen:
    """The search itself tells no sizes; a gated repository tells them to nobody else."""
    try:
        listing = hub.info(listing.repo, listing.commit or None, access)
    except hub.HubError as error:
        if error.kind not in ("gated", "not_found"):
            raise
    return Seen(listing, _sheet(listing, access))


def _sheet(listing: Listing, access: Token) -> bytes | None:
    try:
        return hub.preview(listing, access)
    except hub.HubError:  # the card then has no picture, and says so; what matters is beside it
        return None


@st.cache_data(ttl=KEPT, max_entries=16, show_spinner=False)
def info(repo: str, revision: str | None) -> Seen:
    """One repository; raises WorkshopError."""
    listing = hub.info(repo, revision, token())
    return Seen(listing, _sheet(listing, token()))


def forget() -> None:
    """Ask the Hub anew: something has been published, or may have been."""
    search.clear()
    info.clear()


@st.cache_data(ttl=KEPT, show_spinner=False)
def login() -> tuple[str | None, str]:
    """Who is logged in to the Hub on this machine, None for nobody; and what hindered asking, if anything did."""
    try:
        return hub.whoami(token()), ""
    except WorkshopError as error:
        return None, str(error)
