"""Pulls and pushes, running or just ended. They run in processes of their own, so a refresh loses nothing."""

import time
from collections.abc import Callable

import streamlit as st

from gan_core.hub import jobs
from gan_core.hub.jobs import Job, JobStatus
from gan_core.system.errors import WorkshopError
from pages.ui.models import hub_cache, tile
from pages.ui.shell import messages, visitor

SHOWN_SECONDS = 600.0
"""For which a job that has succeeded is shown."""

VERBS = {"pull": "Pulling", "push": "Publishing"}


def show() -> None:
    """A box for each job, kept up to date while one is running."""
    running = {job.id for job, state in _recent() if state.state == "running"}

    @st.fragment(run_every=0.5 if running else None)
    def view() -> None:
        recent = _recent()
        if running != {job.id for job, state in recent if state.state == "running"}:
            hub_cache.clear()
            st.rerun()  # the models below have changed
        for job, state in recent:
            with (
                st.container(border=True, key=f"job-{job.id}"),
                st.container(horizontal=True, vertical_alignment="center"),
            ):
                {"running": _running, "done": _done}.get(state.state, _failed)(job, state)

    view()


def _recent() -> list[tuple[Job, JobStatus]]:
    """All jobs but those that succeeded some minutes ago."""
    found = []
    for job in jobs.list_all():
        try:
            state = job.status()
            if state.state != "done" or time.time() - job.changed_at < SHOWN_SECONDS:
                found.append((job, state))
        except WorkshopError:  # another tab has just dismissed it
            continue
    return found


def _running(job: Job, state: JobStatus) -> None:
    share = min(state.done / state.total, 1.0) if state.total else 0.0
    amount = "waiting for the Hub"
    if state.total:
        amount = f"{messages.file_size(state.done)} of {messages.file_size(state.total)}"
    left = f", {messages.duration(state.eta)} left" if state.eta is not None else ""
    st.progress(share, text=f"{VERBS[state.kind]} **{state.repo}**: {amount}{left}")
    if visitor.may_change(job.path) and st.button("Stop", icon=":material/stop:", key=f"stop-{job.id}"):
        _act(job.cancel)


def _done(job: Job, state: JobStatus) -> None:
    if state.kind == "push":
        st.markdown(f":material/check: Published: [{state.repo}]({state.result})", width="stretch")
    else:
        st.markdown(f":material/check: Pulled **{state.result}**", width="stretch")
        tile.model_links(state.result)
    _dismiss_button(job)


def _failed(job: Job, state: JobStatus) -> None:
    """Failed or stopped: the reason, and a button to try again."""
    what = f"{VERBS[state.kind]} {state.repo}"
    if state.state == "stopped":
        rest = " What has been downloaded is kept: pull it again to continue." if state.kind == "pull" else ""
        st.markdown(f":material/stop: {what} was stopped.{rest}", width="stretch")
    else:
        st.markdown(f":material/error: {what} failed. {messages.escaped_error(state.message)}", width="stretch")
    if state.kind == "pull" and st.button("Try again", icon=":material/refresh:", key=f"again-{job.id}"):
        _act(lambda: _retry(job, state))
    _dismiss_button(job)


def _retry(job: Job, state: JobStatus) -> None:
    visitor.check_model_quota()
    visitor.start_job(lambda: jobs.start_pull(state.repo, state.revision or None, token=hub_cache.token()))
    job.forget()


def _dismiss_button(job: Job) -> None:
    if visitor.may_change(job.path) and st.button("Dismiss", icon=":material/close:", key=f"forget-{job.id}"):
        _act(job.forget)


def _act(action: Callable[[], object]) -> None:
    with messages.error_toast(messages.escaped_error):
        action()
        st.rerun()
