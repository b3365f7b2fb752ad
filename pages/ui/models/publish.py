"""Publish a run on the Hub: its name there, who may see it, the card, and the upload."""

import streamlit as st

from gan_core import runs
from gan_core.hub import jobs
from gan_core.models import library, store
from gan_core.system import processes
from gan_core.system.errors import WorkshopError
from pages.ui.models import hub_cache, tile
from pages.ui.shell import frame, messages, session, visitor

VISIBILITY = {"public": "Everyone", "private": "Only me"}


def show() -> None:
    """The form; the card is shown as it will be."""
    subjects = [run.name for run in runs.list_runs() if run.weights() and visitor.may_change(run)]
    subjects += [kept.id for kept in store.list_all()[0] if kept.origin.kind == "imported"]
    if not subjects:
        st.info("There is nothing to publish yet. Train a run to its end, or let it keep weights, then come back.")
        frame.link("train", "Train a GAN")
        return
    subject = session.selectbox("Run", "subject", {name: name for name in subjects}, key="subject", width=480)
    try:
        with st.spinner("Writing the card …"):
            card = processes.run("card", subject)
    except WorkshopError as error:
        st.error(messages.escaped_error(error))
        return
    left, right = st.columns([2, 3], gap="large")
    with left:
        _form(subject)
    with right, st.container(border=True, key="card"):
        kept = subject in store.names()
        sheet = store.samples_path(subject) if kept else next(reversed(runs.find(subject).samples().values()), None)
        tile.model_card(card, sheet)


def _form(subject: str) -> None:
    token = _token()
    login, problem = (None, "") if token else hub_cache.login()
    default = f"{login or 'your-name'}/{subject.partition('-')[2] or subject}".replace("_", "-").replace("@", "-")
    repo = st.text_input("Repository", value=default if login else "", placeholder=default, key=f"push-repo/{subject}")
    private = session.segmented_control("Who may see it", "seen", VISIBILITY) == "private"
    licence = messages.plain(library.get(subject).licence) or "unknown"
    st.caption(
        f"Licence of the training pictures: **{licence}**. It may also apply to generated pictures: publish only what "
        "you are allowed to."
    )
    if login:
        st.caption(f"You are logged in as **{messages.plain(login)}**.")
    elif problem:
        st.caption(messages.escaped_error(problem))
    ready = bool(repo.strip()) and bool(token or login)
    if st.button("Publish", type="primary", icon=":material/publish:", disabled=not ready, key="push"):
        try:
            access = token or hub_cache.token()
            visitor.start_job(lambda: jobs.start_push(subject, repo.strip(), private=private, token=access))
        except WorkshopError as error:
            st.error(messages.escaped_error(error))
            return
        session.put("tokens-used", session.get("tokens-used", 0) + 1)
        st.rerun()
    if not ready:
        st.caption("This needs a repository, as `owner/name`, and a login or a token with write access.")


def _token() -> str:
    page = "https://huggingface.co/settings/tokens"
    help = "Used only for this upload: it is not stored, logged or shown again."
    label = "Token" if hub_cache.token() is False else "Token (only if you are not logged in)"
    key = f"push-token-{session.get('tokens-used', 0)}"  # a new field for each, so that it begins empty
    return st.text_input(f"{label}, [from your settings]({page})", type="password", key=key, help=help).strip()
