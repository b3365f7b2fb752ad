"""Who views the page where several people share an instance: what is theirs, and whether they are its owner.

At home, without `GAN_PUBLIC=1`, everyone may do everything and none of this is drawn.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from streamlit.components.v2 import component

from gan_core.config import TrainConfig
from gan_core.hub import jobs
from gan_core.hub.jobs import Job
from gan_core.models import store
from gan_core.runs import Run, limits, owners
from gan_core.system import settings
from gan_core.system.errors import WorkshopError
from pages.ui.shell import component as parts
from pages.ui.shell import messages, session

KEY = "visitor-id"
MAX_KEPT_MODELS = 20
"""Models that visitors of a shared instance may pull or import, all together: a disk is soon full."""

_browser_id = component("gan_visitor", js=parts.assets("shell/visitor.js"))
_door = owners.LoginLimiter()


def check_settings() -> None:
    """Stop the page with a sentence where the settings of a shared instance are wrong: nobody is let in then."""
    try:
        limits.current()
        _ = settings.current().owner_secret
    except WorkshopError as error:
        st.error(messages.error_text(error))
        st.stop()
    if public():
        st.set_option("client.showErrorDetails", "none")  # a defect's traceback would show folders of the server


def identify() -> None:
    """Receive this browser's number, and let the owner in; in the sidebar of every page."""
    if not public():
        return

    def remember(number: object) -> None:
        if identity() is None and owners.is_visitor_id(number):
            session.put("visitor", number)

    with st.container(key="visitor"):
        known = {"known": identity() is not None}
        result = _browser_id(data=known, key=KEY, on_id_change=lambda: remember(session.component_value(KEY, "id")))
    remember(result.get("id"))
    _owner_form()


def _owner_form() -> None:
    secret = settings.current().owner_secret
    if secret is None:
        return
    if is_owner():
        st.caption(":material/key: You own this instance.")
        return
    with st.popover("Owner", icon=":material/key:", type="tertiary"), st.form("owner", border=False):
        typed = st.text_input("Secret", type="password", autocomplete="current-password")
        if not st.form_submit_button("Enter"):
            return
        try:
            right = _door.check(typed, secret)
        except WorkshopError as error:
            st.error(messages.error_text(error))
            return
        if not right:
            st.error("This is not the owner's secret.")
            return
        session.put("owner", owners.secret_digest(secret))
        st.rerun()


def public() -> bool:
    """Whether several people share this instance."""
    return settings.current().public


def identity() -> str | None:
    """This browser's random number; None in the first moment, until the browser has sent it. Never to be shown."""
    return session.get("visitor")


def is_owner() -> bool:
    """Whether this visitor has typed the owner's secret. At home nobody has to, and it is False."""
    secret = settings.current().owner_secret
    return public() and secret is not None and session.get("owner") == owners.secret_digest(secret)


def may_change(target: Run | Path) -> bool:
    """Whether this visitor may stop, change or delete a run, or what lies at that path: as its creator or the owner."""
    if not public() or is_owner():
        return True
    return owners.is_owner(target.path if isinstance(target, Run) else target, identity())


def record_owner(target: Run | Path) -> None:
    """On a shared instance, record that this visitor has created it."""
    if public():
        owners.set_owner(target.path if isinstance(target, Run) else target, _require_identity())


def check_model_quota() -> None:
    """Raises WorkshopError where a visitor would add one model too many to a shared instance."""
    if public() and not is_owner() and len(store.names()) >= MAX_KEPT_MODELS:
        raise WorkshopError(
            f"This shared instance keeps {MAX_KEPT_MODELS} pulled or imported models at most, and has them: its owner "
            "can delete some."
        )


def start_job(start: Callable[[], Job]) -> Job:
    """Start a job of the Hub and record that it is this visitor's; raises WorkshopError before it starts."""
    if public():
        _require_identity()
    before = {job.id for job in jobs.list_all()}
    job = start()
    if job.id not in before:  # a model that is being pulled already stays the other visitor's job
        record_owner(job.path)
    return job


def _require_identity() -> str:
    number = identity()
    if number is None:
        raise WorkshopError("Your browser has not identified itself yet, which takes a moment; try again.")
    return number


@contextmanager
def admit(configs: Sequence[TrainConfig], resumed: bool = False) -> Iterator[list[TrainConfig]]:
    """Create or resume runs in the block, with the settings this yields.

    New runs get a time limit where there is none; the settings of resumed ones cannot change any more. Raises
    WorkshopError where a visitor may not. The owner has no limits, and at home nobody has.
    """
    configs = list(configs)
    if not public() or is_owner():
        yield configs
        return
    if not resumed:
        _require_identity()
        configs = [limits.with_time_limit(config) for config in configs]
    with limits.reserve_places(configs):
        yield configs


def show_limits() -> None:
    """Before Start: what a visitor may do."""
    if public():
        exempt = " As its owner you are exempt." if is_owner() else ""
        st.caption(f":material/group: {limits.visitor_notice()}{exempt}")


def show_locked(what: str) -> None:
    """In place of the controls of another visitor's run or race."""
    st.caption(f":material/lock: Only the visitor who started {what} and the owner can stop, change or delete it.")
