"""A run on its way to the Hub: its name there, who may see it, the card, and the upload."""

from pathlib import Path

import streamlit as st

from gan_core import runs
from gan_core.hub import jobs
from gan_core.models import library, store
from gan_core.system import processes
from gan_core.system.errors import WorkshopError
from pages.ui.models import hub_cache, tile
from pages.ui.shell import messages, session, visitor

SEEN = {"public": "Everyone", "private": "Only me"}


def show() -> None:
    """The form; the card is shown as it will be."""
    subjects = [run.name for run in runs.list_runs() if run.weights() and visitor.may_change(run)]
    subjects += [kept.id for kept in store.list_all()[0] if kept.origin.kind == "imported"]
    if not subjects:
        st.info("There is nothing to publish yet. Train a run to its end, or let it keep weights, then come back.")
        st.page_link("pages/train.py", label="Train a GAN", icon=":material/play_circle:")
        return
    subject = session.select("Run", "subject", {name: name for name in subjects}, key="subject", width=480)
    try:
        with st.spinner("Writes the card"):
            card = processes.run("card", subject)
    except WorkshopError as error:
        st.error(messages.told(error))
        return
    left, right = st.columns([2, 3], gap="large")
    with left:
        _form(subject)
    with right, st.container(border=True, key="card"):
        tile.model_card(card, _sheet(subject))


def _form(subject: str) -> None:
    token = _token()
    login, problem = (None, "") if token else hub_cache.login()
    usual = f"{login or 'your-name'}/{subject.partition('-')[2] or subject}".replace("_", "-").replace("@", "-")
    repo = st.text_input("Repository", value=usual if login else "", placeholder=usual, key=f"push-repo/{subject}")
    seen = session.pick("Who may see it", "seen", SEEN)
    licence = messages.plain(library.get(subject).licence) or "unknown"
    st.caption(
        f"Licence of the pictures it has learned from: **{licence}**. It may cover the pictures it draws as well: "
        "publish only what you may."
    )
    if login:
        st.caption(f"You are logged in as **{messages.plain(login)}**.")
    elif problem:
        st.caption(messages.told(problem))
    ready = bool(repo.strip()) and bool(token or login)
    if st.button("Publish", type="primary", icon=":material/publish:", disabled=not ready, key="push"):
        try:
            access = token or hub_cache.token()
            visitor.made(lambda: jobs.start_push(subject, repo.strip(), private=seen == "private", token=access))
        except WorkshopError as error:
            st.error(messages.told(error))
            return
        session.keep("tokens-used", _used() + 1)
        st.rerun()
    if not ready:
        st.caption("It needs a repository, as `owner/name`, and a login or a token that may write.")


def _token() -> str:
    page = "https://huggingface.co/settings/tokens"
    about = "Used for this upload alone: it is not stored, logged or shown again."
    label = "Token" if hub_cache.token() is False else "Token (only if you are not logged in)"
    key = f"push-token-{_used()}"
    return st.text_input(f"{label}, [from your settings]({page})", type="password", key=key, help=about).strip()


def _used() -> int:
    """How many tokens this visitor has used up: the field of each is another, so that it begins empty."""
    return session.kept("tokens-used") or 0


def _sheet(subject: str) -> Path | None:
    if subject in store.names():
        return store.samples_path(subject)
    return next(reversed(runs.find(subject).samples().values()), None)
