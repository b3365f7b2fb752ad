"""The models on the Hugging Face Hub: searched, looked at, pulled."""

import streamlit as st

from gan_core import data, hub, variants
from gan_core.hub import Listing, jobs
from gan_core.models import store
from gan_core.system import settings
from gan_core.system.errors import WorkshopError
from pages.ui.models import hub_cache, tile
from pages.ui.models.hub_cache import Seen
from pages.ui.shell import messages, session, visitor

WHERE = {"ours": "Models of this program", "all": "All of the Hub"}


def show() -> None:
    """The search, what it found, and repositories worth a look."""
    if settings.current().offline:
        st.info(
            "The Hub is switched off here (`HF_HUB_OFFLINE`). What was pulled before works: see **On this machine**."
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        where = session.pick("Where", "where", WHERE)
        text = st.text_input("Search", key="q", bind="query-params", placeholder="fashion, faces, …", width=300)
        author = st.text_input("Author", key="author", bind="query-params", placeholder="anyone", width=200)
        tag = hub.TAG
        if where == "all":
            tag = st.text_input("Tag", key="tag", bind="query-params", placeholder="any, as dcgan", width=200)
    try:
        with st.spinner("Asks the Hub"):
            found = _found(text.strip(), author.strip(), tag.strip())
    except WorkshopError as error:
        st.error(messages.told(error))
        if st.button("Try again", icon=":material/refresh:", key="hub-again"):
            st.rerun()
        st.caption("What was pulled before works without the Hub: see **On this machine**.")
        return
    if found:
        _shelf(found)
    else:
        st.info("The Hub has nothing that fits. Search all of the Hub, or name a repository below.")
    _by_name()


def _found(text: str, author: str, tag: str) -> list[Seen]:
    """What fits; of the whole Hub without a word to search for, repositories of others that are known to work."""
    if text or author or tag:
        return hub_cache.search(text, author, tag)
    return [hub_cache.info(name, None) for name in hub.SUGGESTIONS]


def _by_name() -> None:
    """One repository by its name, whatever its tags."""
    st.markdown("#### By name")
    examples = ", ".join(f"`{name}`" for name in hub.SUGGESTIONS)
    about = f"Any repository with weights that this program understands, for example {examples}."
    with st.container(horizontal=True, vertical_alignment="bottom"):
        repo = st.text_input("Repository", key="repo", bind="query-params", placeholder="owner/name", width=300)
        about_revision = "A branch, a tag or a commit. What is pulled is always one commit, and its model says which."
        revision = st.text_input("Revision", key="rev", placeholder="newest", help=about_revision, width=200)
    st.caption(about)
    if not repo.strip():
        return
    try:
        with st.spinner("Asks the Hub"):
            _shelf([hub_cache.info(repo.strip(), revision.strip() or None)], "-named")
    except WorkshopError as error:
        st.error(messages.told(error))


def _shelf(found: list[Seen], name: str = "") -> None:
    here = set(store.names())
    with tile.shelf(name):
        for seen in found:
            _card(seen, here, name)


def _card(seen: Seen, here: set[str], shelf: str) -> None:
    listing = seen.listing
    title = f"[{listing.repo}]({settings.current().endpoint}/{listing.repo})"
    with tile.card(f"{listing.repo}{shelf}", title, _facts(listing), seen.sheet, f"Samples of {listing.repo}"):
        name = f"{listing.repo}@{listing.commit[:7]}"
        if name in here:
            st.caption(":material/check: On this machine.")
            tile.use(name)
        elif not listing.file:
            st.caption(messages.plain(listing.problem))
        else:
            _pull(listing, f"pull-{name}{shelf}")


def _pull(listing: Listing, key: str) -> None:
    about = f"{messages.plain(listing.file)} at {listing.commit}"
    if not st.button("Pull", icon=":material/download:", key=key, help=about):
        return
    try:
        visitor.check_room()
        visitor.made(lambda: jobs.start_pull(listing.repo, listing.commit, token=hub_cache.token()))
    except WorkshopError as error:
        st.error(messages.told(error))
        return
    st.rerun()


def _facts(listing: Listing) -> list[str]:
    """What is good to know before it is pulled."""
    variant = variants.all_variants().get(listing.variant)
    source = data.sources().get(listing.dataset)
    what = " · ".join(filter(None, [variant.title if variant else "", source.title if source else ""]))
    size = messages.size(listing.bytes) if listing.bytes is not None else "size unknown"
    changed = f"changed {listing.last_modified:%Y-%m-%d}" if listing.last_modified else ""
    who = "private" if listing.private else "gated: ask for access on its page" if listing.gated else ""
    liked = f"{listing.likes:,} {'like' if listing.likes == 1 else 'likes'}"
    facts = [
        f"{size} · {messages.plain(listing.licence) or 'licence unknown'}",
        " · ".join(filter(None, [liked, changed])),
    ]
    return [what, *facts, who]
