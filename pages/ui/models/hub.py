"""The models on the Hugging Face Hub: search, inspect, pull."""

import streamlit as st

from gan_core import data, hub, variants
from gan_core.hub import Listing, jobs
from gan_core.models import store
from gan_core.system import settings
from gan_core.system.errors import WorkshopError
from pages.ui.models import hub_cache, tile
from pages.ui.models.hub_cache import HubModel
from pages.ui.shell import messages, session, visitor

PULLED_WORK = "Models that were pulled before work without the Hub: see **On this machine**."
WHERE = {"ours": "Models of this program", "all": "All of the Hub"}


def show() -> None:
    """The search with its results, and a field for a repository by name."""
    if settings.current().offline:
        st.info(f"The Hub is switched off here (`HF_HUB_OFFLINE`). {PULLED_WORK}")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        where = session.segmented_control("Where", "where", WHERE)
        text = st.text_input("Search", key="q", bind="query-params", placeholder="fashion, faces, …", width=300)
        author = st.text_input("Author", key="author", bind="query-params", placeholder="anyone", width=200)
        tag = hub.TAG
        if where == "all":
            tag = st.text_input("Tag", key="tag", bind="query-params", placeholder="any, as dcgan", width=200)
    try:
        with st.spinner("Searching the Hub …"):
            found = _search(text.strip(), author.strip(), tag.strip())
    except WorkshopError as error:
        st.error(messages.escaped_error(error))
        if st.button("Try again", icon=":material/refresh:", key="hub-again"):
            st.rerun()
        st.caption(PULLED_WORK)
        return
    if found:
        _grid(found)
    else:
        st.info("No model on the Hub matches. Search all of the Hub, or name a repository below.")
    _by_name()


def _search(text: str, author: str, tag: str) -> list[HubModel]:
    """The matches; for an empty search of the whole Hub, repositories of others that are known to work."""
    if text or author or tag:
        return hub_cache.search(text, author, tag)
    return [hub_cache.info(name, None) for name in hub.SUGGESTIONS]


def _by_name() -> None:
    """One repository by its name, whatever its tags."""
    st.markdown("#### By name")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        repo = st.text_input("Repository", key="repo", bind="query-params", placeholder="owner/name", width=300)
        help = "A branch, a tag or a commit. What is pulled is always one commit, which the model's name shows."
        revision = st.text_input("Revision", key="rev", placeholder="newest", help=help, width=200)
    examples = ", ".join(f"`{name}`" for name in hub.SUGGESTIONS)
    st.caption(f"Any repository with weights that this program can read, for example {examples}.")
    if not repo.strip():
        return
    try:
        with st.spinner("Loading from the Hub …"):
            _grid([hub_cache.info(repo.strip(), revision.strip() or None)], "-named")
    except WorkshopError as error:
        st.error(messages.escaped_error(error))


def _grid(found: list[HubModel], name: str = "") -> None:
    local = set(store.names())
    with tile.grid(name):
        for model in found:
            _card(model, local, name)


def _card(model: HubModel, local: set[str], grid: str) -> None:
    listing = model.listing
    title = f"[{listing.repo}]({settings.current().endpoint}/{listing.repo})"
    with tile.card(listing.repo, title, _facts(listing), model.sheet, grid):
        name = f"{listing.repo}@{listing.commit[:7]}"
        if name in local:
            st.caption(":material/check: On this machine.")
            tile.show_links(name)
        elif not listing.file:
            st.caption(messages.plain(listing.problem))
        else:
            _pull(listing, f"pull-{name}{grid}")


def _pull(listing: Listing, key: str) -> None:
    help = f"{messages.plain(listing.file)} at {listing.commit}"
    if not st.button("Pull", icon=":material/download:", key=key, help=help):
        return
    try:
        visitor.check_model_quota()
        visitor.start_job(lambda: jobs.start_pull(listing.repo, listing.commit, token=hub_cache.token()))
    except WorkshopError as error:
        st.error(messages.escaped_error(error))
        return
    st.rerun()


def _facts(listing: Listing) -> list[str]:
    """What to know before pulling it."""
    variant = variants.all_variants().get(listing.variant)
    source = data.sources().get(listing.dataset)
    what = " · ".join(filter(None, [variant.title if variant else "", source.title if source else ""]))
    size = messages.file_size(listing.bytes) if listing.bytes is not None else "size unknown"
    changed = f"changed {listing.last_modified:%Y-%m-%d}" if listing.last_modified else ""
    who = "private" if listing.private else "gated: request access on its page" if listing.gated else ""
    liked = f"{listing.likes:,} {'like' if listing.likes == 1 else 'likes'}"
    licence = messages.plain(listing.licence) or "licence unknown"
    return [what, f"{size} · {licence}", " · ".join(filter(None, [liked, changed])), who]
