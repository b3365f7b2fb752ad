"""One run, live: where it is, its pictures, its curves, and its controls."""

import json
from collections.abc import Callable

import streamlit as st

from gan_core import config, presets, recipe, variants
from gan_core.errors import WorkshopError
from gan_core.runs import Run, Status
from pages.ui import curves, live, notices, session, words

TICK = 1.0
"""Seconds between two looks at a run that is at work."""

FIRST_TICK = 0.3
"""The same while everyone waits for the first picture."""


def show(run: Run) -> None:
    """The live view; ticks while a worker has the run, and is drawn once more when it ends."""
    settings = run.config()
    _headline(run, settings)
    alive = run.status().alive

    waits = alive and not run.samples()
    tick = FIRST_TICK if waits else TICK

    @st.fragment(run_every=tick if alive else None)
    def view() -> None:
        status = run.status()
        # ended or resumed, deleted in another tab, or its first picture is there
        if status.alive != alive or not run.path.is_dir() or (waits and run.samples()):
            st.rerun()
        _where(run, status)
        _controls(run, status)
        notices.show(run, settings, status)
        _pictures(run, settings, status)
        with st.container(key="curves"):
            curves.of_run(run)

    view()
    _settings(run, settings)


def _headline(run: Run, settings: config.TrainConfig) -> None:
    spec = variants.get(settings.variant)
    preset = presets.all_presets().get(settings.preset or "")
    started = f" Started from the preset *{preset.title}*." if preset else ""
    st.markdown(f"**{run.name}** · {spec.title}. {spec.summary} [Paper]({spec.paper}){started}")


def _where(run: Run, status: Status) -> None:
    limit = run.config().schedule.seconds
    share = status.step / max(status.steps, 1)
    if limit:
        share = max(share, status.seconds / limit)
    with st.container(horizontal=True, vertical_alignment="center", key="state"):
        words.state_badge(status)
        if status.device:
            st.caption(f"on {status.device}")
    left = f" · {words.duration(status.eta)} left" if status.state == "running" and status.eta is not None else ""
    st.progress(min(share, 1.0), text=f"step {status.step:,} of {words.total(status)}{left}")
    if status.message:
        show_message = st.error if status.state in ("failed", "interrupted") else st.info
        show_message(status.message)
    with st.container(horizontal=True):
        epochs = run.config().schedule.epochs
        epoch = f"{status.epoch:.1f}" + (f" of {epochs:,}" if epochs else "")
        st.metric("Epoch", epoch, help="How often every picture has been seen.", width=150)
        st.metric("Images seen", f"{status.images:,}", help="Real pictures shown to D so far.", width=150)
        st.metric("Images/s", f"{status.speed:,.0f}", help="Real pictures processed a second, lately.", width=150)
        st.metric("Training time", words.duration(status.seconds), help="Pauses do not count.", width=150)


def _controls(run: Run, status: Status) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="controls"):
        if status.alive:
            paused = run.request().wanted == "pause"
            if paused:
                _button("Resume", "play_arrow", lambda: run.ask(wanted="run"))
                _button("One step", "skip_next", lambda: run.ask(single_step=True), disabled=status.state != "paused")
            else:
                _button("Pause", "pause", lambda: run.ask(wanted="pause"))
            _button("Stop", "stop", lambda: run.ask(wanted="stop"))
            with st.popover("Learning rates", icon=":material/speed:"):
                _rates(run, status)
        else:
            if status.state != "finished":
                _button("Resume", "play_arrow", run.start)
            if st.button("Duplicate", icon=":material/content_copy:", help="A new run with the same settings."):
                session.replace_edits(recipe.changes(run.config()))
                st.query_params.clear()
                st.rerun()
            with st.popover("Delete", icon=":material/delete:"):
                st.write(f"Delete {run.name} with its pictures and weights? This cannot be undone.")
                if st.button("Delete for good", type="primary"):
                    _try(run.delete)
                    st.query_params.clear()
                    st.rerun()
        st.page_link("pages/train.py", label="New run", icon=":material/add:")
        st.page_link("pages/compare.py", label="Compare", icon=":material/compare:", query_params={"runs": run.name})


def _button(label: str, icon: str, action: Callable[[], object], disabled: bool = False) -> None:
    if st.button(label, icon=f":material/{icon}:", disabled=disabled, key=f"do-{label}"):
        _try(action)
        st.rerun(scope="app")


def _try(action: Callable[[], object]) -> None:
    try:
        action()
    except WorkshopError as error:
        st.toast(str(error), icon=":material/error:")


def _rates(run: Run, status: Status) -> None:
    with st.form(f"rates-{run.name}", border=False):
        lr_g = st.number_input("Learning rate of G", 1e-8, 1.0, status.lr_g or 2e-4, 1e-5, format="%g")
        lr_d = st.number_input("Learning rate of D", 1e-8, 1.0, status.lr_d or 2e-4, 1e-5, format="%g")
        if st.form_submit_button("Apply"):
            run.ask(lr_g=lr_g, lr_d=lr_d)
            st.toast("The new learning rates hold from the next step.")


def _pictures(run: Run, settings: config.TrainConfig, status: Status) -> None:
    kept = run.samples()
    conditional = variants.get(settings.variant).is_conditional(settings)
    names = words.class_names(settings) if conditional else ()
    film: live.Film = {"id": run.name, "title": run.name, "caption": "The same noise at every step"}
    if len(names) == 10:
        film["columns"] = names
    live.live_film(
        [film],
        list(kept),
        lambda _, step: kept[step].read_bytes() if step in kept else None,
        key=f"film-{run.name}",
        total=None if status.steps >= words.ENDLESS else status.steps,
        empty="The first picture comes when the networks are built, in a few seconds.",
    )


def _settings(run: Run, settings: config.TrainConfig) -> None:
    with st.expander("Settings of this run", icon=":material/tune:"):
        flat = config.flatten(settings)
        st.dataframe(
            {
                "Setting": [words.field_title(field) for field in flat],
                "Value": [words.value(field, value) for field, value in flat.items()],
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
