"""One run, live: where it is, its pictures, its curves, and its controls."""

import json
import math
from collections.abc import Callable

import streamlit as st

from gan_core import config, presets, variants
from gan_core.presets import recipe
from gan_core.runs import Run, Status, limits
from gan_core.system.errors import WorkshopError
from pages.ui.live import curves, findings, live_plot
from pages.ui.shell import messages, resources, session, visitor
from pages.ui.shell.watcher import Look

FIRST_TICK = 0.3
"""Seconds from tick to tick while everyone waits for the first picture; later `Watched.pace` says."""


def show(run: Run) -> None:
    """The live view; ticks while a worker has the run. Only what changes all the time is in the ticking part."""
    settings = run.config()
    watched = resources.watched(str(run.path))
    _headline(run, settings)
    drawn = watched.look(fresh=True)
    _controls(run, settings, drawn)
    alive = drawn.status.alive
    waits = alive and not drawn.kept
    pace = watched.pace(session.viewer())
    sent: set[tuple[str, int]] = set()

    @st.fragment(run_every=(FIRST_TICK if waits else pace) if alive else None)
    def view() -> None:
        look = watched.look()
        # in another state, asked for something, deleted in another tab, or its first picture is there
        changed = (look.status.state, look.wanted, look.there) != (drawn.status.state, drawn.wanted, drawn.there)
        if changed or (waits and look.kept) or watched.pace(session.viewer()) != pace:
            st.rerun()
        _where(settings, look.status)
        findings.show(run, settings, look)
        _pictures(run, settings, look, sent)
        with st.container(key="curves"):
            curves.of_run(run, look)

    view()
    _settings(run, settings)


def _headline(run: Run, settings: config.TrainConfig) -> None:
    spec = variants.get(settings.variant)
    preset = presets.all_presets().get(settings.preset or "")
    started = f" Started from the preset *{preset.title}*." if preset else ""
    st.markdown(f"**{run.name}** · {spec.title}. {spec.summary} [Paper]({spec.paper}){started}")


def _where(settings: config.TrainConfig, status: Status) -> None:
    with st.container(key="state", gap="small"):
        st.markdown(messages.state(status) + (f" :gray[:small[on {status.device}]]" if status.device else ""))
        _progress(settings, status)
        st.html(_numbers(settings, status))


def _progress(settings: config.TrainConfig, status: Status) -> None:
    left = f" · {messages.duration(status.eta)} left" if status.state == "running" and status.eta is not None else ""
    planned = f" of {status.steps:,}" if status.steps else ""
    st.progress(status.progress(settings.schedule.seconds), text=f"step {status.step:,}{planned}{left}")
    if status.message:
        show_message = st.error if status.state in ("failed", "interrupted") else st.info
        show_message(messages.said(status.message))


def _numbers(settings: config.TrainConfig, status: Status) -> str:
    """The figures in a row, in one element: each element of a tick costs every viewer's server time."""
    epochs = settings.schedule.epochs
    epoch = f"{status.epoch:.1f}" + (f" of {epochs:,}" if epochs else "")
    shown = [
        ("Epoch", epoch, "How often every picture has been seen."),
        ("Images seen", f"{status.images:,}", "Real pictures shown to D so far."),
        ("Images/s", f"{status.speed:,.0f}", "Real pictures processed a second, lately."),
        ("Training time", messages.duration(status.seconds), "Pauses do not count."),
    ]
    cells = (f'<div title="{about}"><dt>{label}</dt><dd>{value}</dd></div>' for label, value, about in shown)
    return f'<dl class="numbers">{"".join(cells)}</dl>'


def _controls(run: Run, settings: config.TrainConfig, look: Look) -> None:
    status = look.status
    with st.container(horizontal=True, vertical_alignment="center", key="controls"):
        mine = visitor.may_change(run)
        if status.alive and mine:
            if look.wanted == "pause":
                _button("Resume", "play_arrow", lambda: run.send_request(action="run"))
                _button(
                    "One step",
                    "skip_next",
                    lambda: run.send_request(single_step=True),
                    disabled=status.state != "paused",
                )
            else:
                _button("Pause", "pause", lambda: run.send_request(action="pause"), about=_pause_ends(run))
            _button("Stop", "stop", lambda: run.send_request(action="stop"))
            with st.popover("Learning rates", icon=":material/speed:"):
                _rates(run, status)
        if not status.alive:
            if status.state != "finished" and mine:
                _button("Resume", "play_arrow", lambda: _resume(run))
            if st.button("Duplicate", icon=":material/content_copy:", help="A new run with the same settings."):
                session.replace_edits(recipe.changes(settings))
                st.query_params.clear()
                st.rerun()
            if mine:
                _delete(run)
        st.page_link("pages/train.py", label="New run", icon=":material/add:")
        st.page_link("pages/compare.py", label="Compare", icon=":material/compare:", query_params={"runs": run.name})
        if not status.alive and run.weights():
            query = {"model": run.name}
            st.page_link("pages/latent.py", label="Latent space", icon=":material/explore:", query_params=query)
            if mine:
                query = {"view": "publish", "subject": run.name}
                st.page_link("pages/checkpoints.py", label="Publish", icon=":material/publish:", query_params=query)
    if not mine:
        visitor.hands_off("this run")


def _resume(run: Run) -> None:
    with visitor.resuming([run]):
        run.start()


def _delete(run: Run) -> None:
    with st.popover("Delete", icon=":material/delete:"):
        st.write(f"Delete {run.name} with its pictures and weights? This cannot be undone.")
        if st.button("Delete for good", type="primary"):
            _try(run.delete)
            st.query_params.clear()
            st.rerun()


def _pause_ends(run: Run) -> str | None:
    longest = limits.max_pause(run)
    return None if longest == math.inf else f"After {messages.duration(longest)} it is stopped; it can be resumed then."


def _button(
    label: str, icon: str, action: Callable[[], object], disabled: bool = False, about: str | None = None
) -> None:
    if st.button(label, icon=f":material/{icon}:", disabled=disabled, key=f"do-{label}", help=about):
        _try(action)
        st.rerun(scope="app")


def _try(action: Callable[[], object]) -> None:
    try:
        action()
    except WorkshopError as error:
        st.toast(messages.said(error), icon=":material/error:")


def _rates(run: Run, status: Status) -> None:
    with st.form(f"rates-{run.name}", border=False):
        lr_g = st.number_input("Learning rate of G", 1e-8, 1.0, status.lr_g or 2e-4, 1e-5, format="%g")
        lr_d = st.number_input("Learning rate of D", 1e-8, 1.0, status.lr_d or 2e-4, 1e-5, format="%g")
        if st.form_submit_button("Apply"):
            run.send_request(lr_g=lr_g, lr_d=lr_d)
            st.toast("The new learning rates hold from the next step.")


def _pictures(run: Run, settings: config.TrainConfig, look: Look, sent: set[tuple[str, int]]) -> None:
    kept = look.kept
    conditional = variants.get(settings.variant).is_conditional(settings)
    names = messages.class_names(settings) if conditional else ()
    film: live_plot.Film = {"id": run.name, "title": run.name, "caption": "The same noise at every step"}
    if len(names) == 10:
        film["columns"] = names
    live_plot.live_film(
        [film],
        list(kept),
        lambda _, step: kept[step].read_bytes() if step in kept else None,
        key=f"film-{run.name}",
        total=look.status.steps,
        empty="The first picture comes when the networks are built, in a few seconds.",
        sent=sent,
    )


def _settings(run: Run, settings: config.TrainConfig) -> None:
    with st.expander("Settings of this run", icon=":material/tune:"):
        flat = config.flatten(settings)
        st.dataframe(
            {
                "Setting": [messages.field_title(field) for field in flat],
                "Value": [messages.value(field, value) for field, value in flat.items()],
                "Field": list(flat),
            },
            hide_index=True,
        )
        st.code(f"python -m gan_core train {command_line(settings)}", language="bash", wrap_lines=True)


def command_line(settings: config.TrainConfig) -> str:
    """The options that start the same run from the command line: its names, and what is not as usual with them."""
    given = recipe.changes(settings)
    parts = [f"--preset {given.pop('preset')}"] if "preset" in given else []
    parts += [f"--variant {given.pop('variant')}", f"--dataset {given.pop('data.dataset')}", f"--seed {settings.seed}"]
    given.pop("seed", None)
    for field, value in given.items():
        shown = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        parts.append(f"--set {field}={shown}")
    return " ".join(parts)
