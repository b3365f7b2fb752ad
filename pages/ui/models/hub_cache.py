"""Answers of the Hub, cached for some minutes for all visitors."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import streamlit as st

from gan_core import hub
from gan_core.hub import Listing
from gan_core.hub.credentials import Token
from gan_core.system.errors import WorkshopError
from pages.ui.shell import visitor

MAX_RESULTS = 24
CACHE_SECONDS = 120.0


def token() -> Token:
    """The access to use: at home the login of this machine (None), on a shared instance nobody's (False)."""
    return False if visitor.public() else None


@dataclass(frozen=True)
class HubModel:
    """A repository and its sample sheet as a PNG; None where it has none, or none that can be loaded now."""

    listing: Listing
    sheet: bytes | None


@st.cache_data(ttl=CACHE_SECONDS, max_entries=16, show_spinner=False)
def search(text: str, author: str, tag: str) -> list[HubModel]:
    """The results of a search, with sizes where the Hub gives them; raises WorkshopError."""
    access = token()
    found = hub.search(text, author, tag, MAX_RESULTS, access)
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(lambda listing: _complete(listing, access), found))


def _complete(listing: Listing, access: Token) -> HubModel:
    """The search itself gives no sizes; a gated repository gives them only to those with access."""
    try:
        listing = hub.info(listing.repo, listing.commit or None, access)
    except hub.HubError as error:
        if error.kind not in ("gated", "not_found"):
            raise
    return _with_sheet(listing, access)


def _with_sheet(listing: Listing, access: Token) -> HubModel:
    try:
        return HubModel(listing, hub.preview(listing, access))
    except hub.HubError:  # the card then says that there are no samples
        return HubModel(listing, None)


@st.cache_data(ttl=CACHE_SECONDS, max_entries=16, show_spinner=False)
def info(repo: str, revision: str | None) -> HubModel:
    """One repository; raises WorkshopError."""
    return _with_sheet(hub.info(repo, revision, token()), token())


def clear() -> None:
    """Ask the Hub anew: something may have been published."""
    search.clear()
    info.clear()


@st.cache_data(ttl=CACHE_SECONDS, show_spinner=False)
def login() -> tuple[str | None, str]:
    """The user logged in to the Hub on this machine, None for nobody; and the error that prevented the request."""
    try:
        return hub.whoami(token()), ""
    except WorkshopError as error:
        return None, str(error)
