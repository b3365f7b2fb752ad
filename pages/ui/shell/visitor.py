"""Who looks at the page where several share an instance: which things are theirs, and whether they are its owner.

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
MOST_KEPT = 20
"""Models that visitors of a shared instance may pull or import, all together: a disk is soon full."""

_browser = component("gan_visitor", js=parts.asset("visitor.js"))
_door = owners.LoginLimiter()


def check() -> None:
    """Stop the page, with a sentence, where the settings of a shared instance are wrong: nobody is let in then."""
    try:
        limits.current()
        _ = settings.current().owner_secret
    except WorkshopError as error:
        st.error(messages.said(error))
        st.stop()
    if public():
        st.set_option("client.showErrorDetails", "none")  # a defect's traceback would show folders of the server


def greet() -> None:
    """Learn who this browser is, and let the owner in; in the sidebar of every page."""
    if not public():
        return

    def told() -> None:
        _learn(session.told(KEY, "id"))

    with st.container(key="visitor"):
        result = _browser(data={"known": identity() is not None}, key=KEY, on_id_change=told)
    _learn(result.get("id"))
    _owner()


def _learn(told: object) -> None:
    if identity() is None and owners.is_visitor_id(told):
        session.keep("visitor", told)


def _owner() -> None:
    secret = settings.current().owner_secret
    if secret is None:
        return
    if is_owner():
        st.caption(":material/key: You own this instance.")
        return
    with st.popover("Owner", icon=":material/key:", type="tertiary"), st.form("owner", border=False):
        given = st.text_input("Secret", type="password", autocomplete="current-password")
        if not st.form_submit_button("Enter"):
            return
        try:
            right = _door.check(given, secret)
        except WorkshopError as error:
            st.error(messages.said(error))
            return
        if not right:
            st.error("This is not the owner's secret.")
            return
        session.keep("owner", owners.secret_digest(secret))
        st.rerun()


def public() -> bool:
    """Whether several share this instance."""
    return settings.current().public


def identity() -> str | None:
    """This browser's random number; None until it has told it, within a moment. Never to be shown."""
    return session.kept("visitor")


def is_owner() -> bool:
    """Whether this visitor has typed the owner's secret. At home nobody has to: False, and of no consequence."""
    secret = settings.current().owner_secret
    return public() and secret is not None and session.kept("owner") == owners.secret_digest(secret)


def may_change(thing: Run | Path) -> bool:
    """Whether this visitor may stop, change or delete a run, or what lies at that path: as its maker or the owner."""
    if not public() or is_owner():
        return True
    return owners.is_owner(thing.path if isinstance(thing, Run) else thing, identity())


def mark(thing: Run | Path) -> None:
    """Write down that this visitor has made it; at home nothing."""
    if public():
        owners.set_owner(thing.path if isinstance(thing, Run) else thing, _known())


def check_room() -> None:
    """Raises WorkshopError where a visitor would add one model too many to a shared instance."""
    if public() and not is_owner() and len(store.names()) >= MOST_KEPT:
        raise WorkshopError(
            f"This shared instance keeps {MOST_KEPT} pulled or imported models at most, and has them: its owner can "
            "delete some."
        )


def made(make: Callable[[], Job]) -> Job:
    """Start an errand, and write down that it is this visitor's; raises WorkshopError before it starts."""
    if public():
        _known()
    before = {job.id for job in jobs.list_all()}
    job = make()
    if job.id not in before:  # who asks for what is being pulled already gets the other's errand
        mark(job.path)
    return job


def _known() -> str:
    known = identity()
    if known is None:
        raise WorkshopError("Your browser has not told yet who it is, which takes a moment; try again.")
    return known


@contextmanager
def starting(configs: Sequence[TrainConfig]) -> Iterator[list[TrainConfig]]:
    """Create and start runs within, with the settings this gives: a time limit is added where there is none.

    Raises WorkshopError where a visitor may not. The owner has no limits, and at home nobody has.
    """
    if not public() or is_owner():
        yield list(configs)
        return
    _known()
    fitting = [limits.with_time_limit(config) for config in configs]
    with limits.reserve_places(fitting):
        yield fitting


@contextmanager
def resuming(members: Sequence[Run]) -> Iterator[None]:
    """Start runs that are there within. What they were started with cannot change, so all of it must be allowed."""
    if not public() or is_owner():
        yield
        return
    with limits.reserve_places([run.config() for run in members]):
        yield


def say_limits() -> None:
    """Before Start: what a visitor may do."""
    if public():
        freed = " They do not hold for you, who own it." if is_owner() else ""
        st.caption(f":material/group: {limits.visitor_notice()}{freed}")


def hands_off(what: str) -> None:
    """In place of controls that are not this visitor's."""
    st.caption(
        f":material/lock: Only who started {what}, and the owner of this instance, can stop, change or delete it."
    )
