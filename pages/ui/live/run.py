"""One run, live: its progress, its pictures, its curves, and its controls."""

import json
from collections.abc import Callable
from math import inf
from typing import Any

import streamlit as st

from gan_core import config, presets, variants
from gan_core.presets import recipe
from gan_core.runs import Run, Status, limits
from pages.ui.live import cards, curves, film, findings
from pages.ui.shell import form_state, frame, messages, resources, session, visitor
from pages.ui.shell.shared_run import RunSnapshot

FIRST_INTERVAL = 0.3
"""Seconds from tick to tick until the first picture is there; later `SharedRun.tick_interval` says."""


def show(run: Run) -> None:
    """The live view; ticks while a worker has the run. Only what changes all the time is in the ticking part."""
    settings = run.config()
    shared = resources.shared_run(run)
    _headline(run, settings)
    drawn = shared.snapshot(fresh=True)
    _controls(run, settings, drawn)
    alive = drawn.status.alive
    waits = alive and not drawn.pictures
    interval = shared.tick_interval(session.viewer_id())
    sent: set[tuple[str, int]] = set()

    @st.fragment(run_every=(FIRST_INTERVAL if waits else interval) if alive else None)
    def view() -> None:
        now = shared.snapshot()
        # in another state, paused or stopped by someone, deleted in another tab, or its first picture is there
        changed = (now.status.state, now.requested, now.exists) != (drawn.status.state, drawn.requested, drawn.exists)
        if changed or (waits and now.pictures) or shared.tick_interval(session.viewer_id()) != interval:
            st.rerun()
        _progress(settings, now.status)
        findings.show(run, settings, now)
        _pictures(run, settings, now, sent)
        with st.container(key="curves"):
            curves.show_run(run, now)

    view()
    _settings(settings)


def _headline(run: Run, settings: config.TrainConfig) -> None:
    spec = variants.get(settings.variant)
    preset = presets.all_presets().get(settings.preset or "")
    started = f" Started from the preset *{preset.title}*." if preset else ""
    st.markdown(f"**{run.name}** · {spec.title}. {spec.summary} [Paper]({spec.paper}){started}")


def _progress(settings: config.TrainConfig, status: Status) -> None:
    with st.container(key="state", gap="small"):
        device = f" :gray[:small[on {status.device}]]" if status.device else ""
        st.markdown(messages.state_badge(status) + device)
        known = status.state == "running" and status.eta is not None
        left = f" · {messages.duration(status.eta)} left" if known else ""
        st.progress(status.progress(settings.schedule.seconds), text=f"{messages.progress_text(status)}{left}")
        if status.message:
            show_message = st.error if status.state in ("failed", "interrupted") else st.info
            show_message(messages.error_text(status.message))
        st.html(_numbers(settings, status))


def _numbers(settings: config.TrainConfig, status: Status) -> str:
    """The numbers in a row, in one element: each element of a tick costs every viewer's server time."""
    epochs = settings.schedule.epochs
    epoch = f"{status.epoch:.1f}" + (f" of {epochs:,}" if epochs else "")
    shown = [
        ("Epoch", epoch, "Passes over the training pictures so far."),
        ("Images seen", f"{status.images:,}", "Real pictures shown to D so far."),
        ("Images/s", f"{status.speed:,.0f}", "Real pictures per second, recently."),
        ("Training time", messages.duration(status.seconds), "Pauses do not count."),
    ]
    cells = (f'<div title="{help}"><dt>{label}</dt><dd>{value}</dd></div>' for label, value, help in shown)
    return f'<dl class="numbers">{"".join(cells)}</dl>'


def _controls(run: Run, settings: config.TrainConfig, now: RunSnapshot) -> None:
    status, mine = now.status, visitor.may_change(run)
    with st.container(horizontal=True, vertical_alignment="center", key="controls"):
        if status.alive and mine:
            if now.requested == "pause":
                action_button("Resume", "play_arrow", lambda: run.send_request(action="run"))
                waiting = status.state != "paused"
                action_button("One step", "skip_next", lambda: run.send_request(single_step=True), disabled=waiting)
            else:
                longest = limits.max_pause(run)
                end = f"It is stopped after {messages.duration(longest)} and can be resumed." if longest < inf else None
                action_button("Pause", "pause", lambda: run.send_request(action="pause"), help=end)
            action_button("Stop", "stop", lambda: run.send_request(action="stop"))
            with st.popover("Learning rates", icon=":material/speed:"):
                _learning_rates(run, status)
        if not status.alive:
            if status.state != "finished" and mine:
                action_button("Resume", "play_arrow", lambda: _resume(run))
            if st.button("Duplicate", icon=":material/content_copy:", help="A new run with the same settings."):
                form_state.replace_edits(recipe.changes(settings))
                st.query_params.clear()
                st.rerun()
            if mine:
                _delete(run)
        frame.link("train", "New run", ":material/add:")
        frame.link("compare", query={"runs": run.name})
        if not status.alive and run.weights():
            frame.link("latent", query={"model": run.name})
            if mine:
                cards.publish_link(run)
    if not mine:
        visitor.show_locked("this run")


def _resume(run: Run) -> None:
    with visitor.admit([run.config()], resumed=True):
        run.start()


def _delete(run: Run) -> None:
    with st.popover("Delete", icon=":material/delete:"):
        st.write(f"Delete {run.name} with its pictures and weights? This cannot be undone.")
        if st.button("Delete for good", type="primary"):
            with messages.error_toast():
                run.delete()
            st.query_params.clear()
            st.rerun()


def action_button(label: str, icon: str, action: Callable[[], object], **appearance: Any) -> None:
    """A button that acts on runs and draws the page anew; an error is shown as a toast."""
    if st.button(label, icon=f":material/{icon}:", key=f"do-{label}", **appearance):
        with messages.error_toast():
            action()
        st.rerun(scope="app")


def _learning_rates(run: Run, status: Status) -> None:
    with st.form(f"rates-{run.name}", border=False):
        lr_g = st.number_input("Learning rate of G", 1e-8, 1.0, status.lr_g or 2e-4, 1e-5, format="%g")
        lr_d = st.number_input("Learning rate of D", 1e-8, 1.0, status.lr_d or 2e-4, 1e-5, format="%g")
        if st.form_submit_button("Apply"):
            run.send_request(lr_g=lr_g, lr_d=lr_d)
            st.toast("The new learning rates apply from the next step.")


def _pictures(run: Run, settings: config.TrainConfig, now: RunSnapshot, sent: set[tuple[str, int]]) -> None:
    pictures = now.pictures
    conditional = variants.get(settings.variant).is_conditional(settings)
    names = messages.class_names(settings) if conditional else ()
    strip: film.FilmStrip = {"id": run.name, "title": run.name, "caption": "The same noise at every step"}
    if len(names) == 10:
        strip["columns"] = names
    film.live_film(
        [strip],
        list(pictures),
        lambda _, step: pictures[step].read_bytes() if step in pictures else None,
        key=f"film-{run.name}",
        total=now.status.steps,
        empty=film.NO_PICTURE_YET,
        sent=sent,
    )


def _settings(settings: config.TrainConfig) -> None:
    with st.expander("Settings of this run", icon=":material/tune:"):
        flat = config.flatten(settings)
        st.dataframe(
            {
                "Setting": [recipe.title(field) for field in flat],
                "Value": [messages.setting_text(value) for value in flat.values()],
                "Field": list(flat),
            },
            hide_index=True,
        )
        st.code(f"python -m gan_core train {command_line(settings)}", language="bash", wrap_lines=True)


def command_line(settings: config.TrainConfig) -> str:
    """The options that start the same run from the command line: its names, and what differs from their defaults."""
    given = recipe.changes(settings)
    parts = [f"--preset {given.pop('preset')}"] if "preset" in given else []
    parts += [f"--variant {given.pop('variant')}", f"--dataset {given.pop('data.dataset')}", f"--seed {settings.seed}"]
    given.pop("seed", None)
    for field, value in given.items():
        shown = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        parts.append(f"--set {field}={shown}")
    return " ".join(parts)
