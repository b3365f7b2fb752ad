"""What is being pulled or published, and how it ended: in processes of their own, so a refresh loses nothing."""

import time
from collections.abc import Callable

import streamlit as st

from gan_core.hub import jobs
from gan_core.hub.jobs import Job, JobStatus
from gan_core.system.errors import WorkshopError
from pages.ui.models import hub_cache
from pages.ui.shell import messages, visitor

NEWS = 600.0
"""Seconds."""

DOING = {"pull": "Pulling", "push": "Publishing"}


def show() -> None:
    """One box each, kept up to date while something runs; nothing where there is nothing."""
    running = {job.id for job, at in _found() if at.state == "running"}

    @st.fragment(run_every=0.5 if running else None)
    def tick() -> None:
        found = _found()
        if running != {job.id for job, at in found if at.state == "running"}:
            hub_cache.forget()
            st.rerun()  # what came, or could not, is to be seen below
        for job, at in found:
            with st.container(border=True, key=f"errand-{job.id}"):
                {"running": _running, "done": _done}.get(at.state, _ended)(job, at)

    tick()


def _found() -> list[tuple[Job, JobStatus]]:
    """What is worth a box: what went well is no news after some minutes."""
    found = []
    for job in jobs.list_all():
        try:
            at = job.status()
            if at.state != "done" or time.time() - job.changed_at < NEWS:
                found.append((job, at))
        except WorkshopError:  # someone has just dismissed it
            continue
    return found


def _running(job: Job, at: JobStatus) -> None:
    share = min(at.done / at.total, 1.0) if at.total else 0.0
    amount = f"{messages.size(at.done)} of {messages.size(at.total)}" if at.total else "asks the Hub"
    left = f", {messages.duration(at.eta)} left" if at.eta is not None else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(share, text=f"{DOING[at.kind]} **{at.repo}**: {amount}{left}")
        if visitor.may_change(job.path) and st.button("Stop", icon=":material/stop:", key=f"stop-{job.id}"):
            _try(job.cancel)


def _done(job: Job, at: JobStatus) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if at.kind == "push":
            st.markdown(f":material/check: Published: [{at.repo}]({at.result})", width="stretch")
        else:
            st.markdown(f":material/check: Pulled **{at.result}**", width="stretch")
            for page, label, icon, name in (
                ("pages/latent.py", "Latent space", "explore", "model"),
                ("pages/compare.py", "Compare", "compare", "models"),
            ):
                st.page_link(page, label=label, icon=f":material/{icon}:", query_params={name: at.result})
        _dismiss(job)


def _ended(job: Job, at: JobStatus) -> None:
    """Failed or stopped: why, and again."""
    with st.container(horizontal=True, vertical_alignment="center"):
        what = f"{DOING[at.kind]} {at.repo}"
        if at.state == "stopped":
            rest = " What has come so far is kept: pull it again to go on." if at.kind == "pull" else ""
            st.markdown(f":material/stop: {what} was stopped.{rest}", width="stretch")
        else:
            st.markdown(f":material/error: {what} failed. {messages.told(at.message)}", width="stretch")
        if at.kind == "pull" and st.button("Try again", icon=":material/refresh:", key=f"again-{job.id}"):
            _try(lambda: _again(job, at))
        _dismiss(job)


def _again(job: Job, at: JobStatus) -> None:
    visitor.check_room()
    visitor.made(lambda: jobs.start_pull(at.repo, at.revision or None, token=hub_cache.token()))
    job.forget()


def _dismiss(job: Job) -> None:
    if visitor.may_change(job.path) and st.button("Dismiss", icon=":material/close:", key=f"forget-{job.id}"):
        _try(job.forget)


def _try(action: Callable[[], object]) -> None:
    try:
        action()
    except WorkshopError as error:
        st.toast(messages.told(error), icon=":material/error:")
        return
    st.rerun()
