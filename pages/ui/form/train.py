"""The form of a new run, with Start at its end."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gan_core import config, data, presets, runs, variants
from gan_core.config import ConfigError
from gan_core.data import sample_grid
from gan_core.presets import Preset, recipe
from gan_core.system.errors import WorkshopError
from pages.ui.form import fields, own_pictures
from pages.ui.models import bundled
from pages.ui.shell import messages, resources, session, visitor

FIRST = {
    "schedule": ["steps", "epochs", "seconds", "batch"],
    "optimiser": ["lr_g", "lr_d"],
}
"""The fields most people change, shown at once; the rest is one click away."""


def show() -> None:
    """Draw the form; Start creates the run and goes to it."""
    edits = session.edits()
    _leave_out_what_is_wrong(edits)
    preset = _preset(edits)
    about = st.empty()
    dataset, variant, target = _what(edits, preset)
    given = {"variant": variant, "data.dataset": dataset} | ({"preset": preset} if preset else {})
    defaults = config.flatten(recipe.build(given))
    _settings(variant, defaults, context=f"{variant}/{preset}/{dataset}")
    chosen = given | {k: v for k, v in edits.items() if k not in ("variant", "preset", "data.dataset")}
    session.show_edits_in_url(chosen)
    with target:
        bundled.target(variant, dataset, chosen)
    about.caption(_about_preset(preset, chosen) if preset else "Named settings to start from; or choose below.")
    _start(chosen)


def _leave_out_what_is_wrong(edits: dict[str, Any]) -> None:
    """A link may say anything: what it says wrong is told and left out, the rest is kept."""
    for field, look_up in {"variant": variants.get, "preset": presets.get, "data.dataset": data.get}.items():
        try:
            if field in edits:
                look_up(edits[field])
        except WorkshopError as error:
            _say(error)
            edits.pop(field)
            if field == "data.dataset":
                edits.pop("data.classes", None)  # the numbers mean other classes in another
    try:
        recipe.build(edits)
    except ConfigError as error:
        _say(error)
        for problem in error.problems:
            for field in [f for f in edits if f == problem.field or problem.field.startswith(f"{f}.")]:
                edits.pop(field)


def _say(error: WorkshopError) -> None:
    st.error(messages.said(error).replace("\n", "  \n"))


def _what(edits: dict[str, Any], preset: str | None) -> tuple[str, str, DeltaGenerator]:
    """Data set and variant, and a place beside the latter for what it can reach."""
    usual = presets.get(preset).values if preset else {"data.dataset": "fashion-small", "variant": "dcgan"}
    left, right = st.columns(2, gap="medium")
    key = f"form/{session.generation()}"
    with left:
        names = list(data.sources())
        wanted = edits.get("data.dataset", usual["data.dataset"])
        dataset = st.selectbox(
            "Data set",
            names,
            index=names.index(wanted),
            format_func=lambda name: data.get(name).title,
            key=f"{key}/dataset",
        )
        _about_data(dataset)
        own_pictures.show()
    with right:
        names = list(variants.all_variants())
        wanted = edits.get("variant", usual["variant"])
        variant = st.selectbox(
            "Variant",
            names,
            index=names.index(wanted),
            format_func=lambda name: variants.get(name).title,
            key=f"{key}/variant",
        )
        spec = variants.get(variant)
        st.caption(f"{spec.summary} [Paper]({spec.paper})")
        target = st.container()
    if edits.get("data.dataset", dataset) != dataset:
        edits.pop("data.classes", None)  # another data set has other classes
    edits |= {"data.dataset": dataset, "variant": variant}
    return dataset, variant, target


def _preset(edits: dict[str, Any]) -> str | None:
    """The choice of a preset; a new one starts the form anew from its variant, data set and settings."""
    known, wanted = presets.all_presets(), edits.get("preset") or ""
    options = ["", *known]
    preset = st.selectbox(
        "Preset",
        options,
        index=options.index(wanted),
        format_func=lambda name: _in_a_line(known[name]) if name else "No preset: the variant as usual",
        key=f"form/{session.generation()}/preset",
        help="Named settings to start from. Type to filter, as in *wgan* or *homework*. What you change below wins.",
    )
    if preset != wanted:
        open_choice = not preset or known[preset].every_variant
        kept = ("seed", "variant", "data.dataset") if open_choice else ("seed",)
        names = {"preset": preset} if preset else {}
        session.replace_edits(names | {field: edits[field] for field in kept if field in edits})
        st.rerun()
    return preset or None


def _in_a_line(preset: Preset) -> str:
    if preset.every_variant:
        return f"{preset.title} · any variant"
    return f"{preset.title} · {variants.get(preset.variant).title} · {data.get(preset.dataset).title}"


def _about_preset(name: str, chosen: Mapping[str, Any]) -> str:
    """What it is for, and what was changed since it was chosen."""
    preset = presets.get(name)
    own = {"preset": name, "seed": chosen.get("seed"), **preset.values}
    if preset.every_variant:
        own |= {field: chosen[field] for field in ("variant", "data.dataset")}
        own |= variants.get(chosen["variant"]).presets.get(name, {})
    changed = [messages.field_title(field) for field, value in chosen.items() if value != own.get(field)]
    return preset.summary + (f" Changed from the preset: {', '.join(changed)}." if changed else "")


def _about_data(name: str) -> None:
    source = data.get(name)
    missing = source.missing()
    if missing:
        st.warning(messages.said(missing))
        return
    own_pictures.notice(name)
    st.image(real_strip(name), width="stretch", alt=f"Pictures from {source.title}")
    st.caption(messages.plain(f"{source.summary} Licence: {source.licence}."))


@st.cache_data(show_spinner="Reading the data set …")
def real_strip(name: str, rows: int = 2) -> np.ndarray:
    """Real pictures, one class a column (or several, when classes are few), as one uint8 picture (H, W, C)."""
    dataset = data.load(name)
    count = min(len(dataset.classes), sample_grid.COLUMNS)
    wide = sample_grid.COLUMNS // count
    of_class = [np.flatnonzero(dataset.labels == i)[: rows * wide] for i in range(count)]
    places = [(indices, row * wide + i) for row in range(rows) for indices in of_class for i in range(wide)]
    chosen = [indices[place % len(indices)] for indices, place in places]
    sheet = sample_grid.grid(dataset.images[chosen].transpose(0, 2, 3, 1), columns=count * wide)
    return sheet.repeat(2, 0).repeat(2, 1)


def _settings(variant: str, defaults: Mapping[str, Any], context: str) -> None:
    session.edits().setdefault("seed", defaults["seed"])
    forbids = variants.get(variant).forbids
    for group, names in FIRST.items():
        fields.fields(group, names, defaults, context, forbids)
    hidden = recipe.unused(variant)
    with st.expander("All settings", icon=":material/tune:"):
        tabs = st.tabs([title for title in fields.TITLES.values()])
        for tab, (group, model) in zip(tabs, config.groups().items(), strict=True):
            shown = [n for n in model.model_fields if n not in FIRST.get(group, [])]
            shown = [n for n in shown if f"{group}.{n}" not in hidden and n != "dataset"]
            with tab:
                fields.fields(group, shown, defaults, context, forbids)
                if group == "schedule":
                    _seed(context)
    for field in hidden & set(session.edits()):
        session.edits().pop(field)  # set for another variant


def _seed(context: str) -> None:
    edits = session.edits()
    edits["seed"] = st.number_input(
        "Seed",
        min_value=0,
        max_value=2**31 - 1,
        value=int(edits["seed"]),
        help="Same seed, same curve, on the same machine; on a GPU not to the last digit.",
        key=f"field/{session.generation()}/{context}/seed",
    )


def _where(chosen: Mapping[str, Any]) -> None:
    """A line on where it will compute. The first time it takes some seconds, for which nobody has to wait."""
    place = resources.place(chosen.get("schedule.device", "auto"), chosen.get("schedule.precision", "auto"))
    known = place.done()

    @st.fragment(run_every=None if known else 0.5)
    def line() -> None:
        if place.done() and not known:
            st.rerun()
        try:
            on = f"Trains on {place.result()}." if known else "Finding out what this machine can train on."
            st.caption(f"{on} *All settings → Schedule* has the device and the precision.")
        except WorkshopError as error:
            _say(error)

    line()


def _start(chosen: Mapping[str, Any]) -> None:
    _where(chosen)
    visitor.say_limits()
    if not st.button("Start", type="primary", icon=":material/play_arrow:", key="start"):
        return
    try:
        settings = recipe.build(chosen)
        missing = data.get(settings.data.dataset).missing()
        with visitor.starting([settings]) as fitting:
            run = runs.create(fitting[0])
            visitor.mark(run)
            run.start()
    except WorkshopError as error:
        _say(error)
        return
    if missing:
        st.toast(messages.said(missing))
    st.query_params.from_dict({"run": run.name})
    st.rerun()
