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
from pages.ui.shell import form_state, messages, resources, visitor

FIRST = {
    "schedule": ["steps", "epochs", "seconds", "batch"],
    "optimiser": ["lr_g", "lr_d"],
}
"""The fields most people change, shown at once; the rest is one click away."""


def show() -> None:
    """Draw the form; Start creates the run and goes to it."""
    edits = form_state.edits()
    _drop_invalid(edits)
    preset = _preset(edits)
    about = st.empty()
    dataset, variant, target = _dataset_and_variant(edits, preset)
    names = {"variant": variant, "data.dataset": dataset} | ({"preset": preset} if preset else {})
    defaults = config.flatten(recipe.build(names))
    _settings(variant, defaults, edits, context=f"{variant}/{preset}/{dataset}")
    chosen = names | {k: v for k, v in edits.items() if k not in ("variant", "preset", "data.dataset")}
    form_state.show_edits_in_url(chosen)
    with target:
        bundled.show_target(variant, dataset, chosen)
    about.caption(_about_preset(preset, chosen) if preset else "Named settings to start from; or choose below.")
    _start(chosen)


def _drop_invalid(edits: dict[str, Any]) -> None:
    """A link may hold anything: what is wrong in it is dropped with a message, the rest is kept."""
    for field, look_up in {"variant": variants.get, "preset": presets.get, "data.dataset": data.get}.items():
        try:
            if field in edits:
                look_up(edits[field])
        except WorkshopError as error:
            messages.show_error(error)
            edits.pop(field)
            if field == "data.dataset":
                edits.pop("data.classes", None)  # the numbers mean other classes in another
    try:
        recipe.build(edits)
    except ConfigError as error:
        messages.show_error(error)
        for problem in error.problems:
            for field in [f for f in edits if f == problem.field or problem.field.startswith(f"{f}.")]:
                edits.pop(field)


def _dataset_and_variant(edits: dict[str, Any], preset: str | None) -> tuple[str, str, DeltaGenerator]:
    """Data set and variant, and a place below the latter for what it can achieve."""
    defaults = presets.get(preset).values if preset else {"data.dataset": "fashion-small", "variant": "dcgan"}
    left, right = st.columns(2, gap="medium")
    key = f"form/{form_state.form_version()}"
    with left:
        dataset = fields.choose_dataset(edits.get("data.dataset", defaults["data.dataset"]), key)
        _about_data(dataset)
        own_pictures.show()
    with right:
        value = edits.get("variant", defaults["variant"])
        variant = fields.choose(
            "Variant", variants.all_variants(), value, lambda name: variants.get(name).title, f"{key}/variant"
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
    known, before = presets.all_presets(), edits.get("preset") or ""
    preset = fields.choose(
        "Preset",
        ["", *known],
        before,
        lambda name: _title(known[name]) if name else "No preset: the defaults of the variant",
        f"form/{form_state.form_version()}/preset",
        "Named settings to start from. Type to filter, as in *wgan* or *homework*. What you change below wins.",
    )
    if preset != before:
        open_choice = not preset or known[preset].every_variant
        kept = ("seed", "variant", "data.dataset") if open_choice else ("seed",)
        names = {"preset": preset} if preset else {}
        form_state.replace_edits(names | {field: edits[field] for field in kept if field in edits})
        st.rerun()
    return preset or None


def _title(preset: Preset) -> str:
    if preset.every_variant:
        return f"{preset.title} · any variant"
    return f"{preset.title} · {variants.get(preset.variant).title} · {data.get(preset.dataset).title}"


def _about_preset(name: str, chosen: Mapping[str, Any]) -> str:
    """What the preset is for, and what was changed since it was chosen."""
    preset = presets.get(name)
    values = {"preset": name, "seed": chosen.get("seed"), **preset.values}
    if preset.every_variant:
        values |= {field: chosen[field] for field in ("variant", "data.dataset")}
        values |= variants.get(chosen["variant"]).presets.get(name, {})
    changed = [recipe.title(field) for field, value in chosen.items() if value != values.get(field)]
    return preset.summary + (f" Changed from the preset: {', '.join(changed)}." if changed else "")


def _about_data(name: str) -> None:
    source = data.get(name)
    missing = source.missing()
    if missing:
        st.warning(messages.error_text(missing))
        return
    own_pictures.show_notice(name)
    st.image(real_strip(name), width="stretch", alt=f"Pictures from {source.title}")
    st.caption(messages.plain(f"{source.summary} Licence: {source.licence}."))


@st.cache_data(show_spinner="Reading the data set …")
def real_strip(name: str, rows: int = 2) -> np.ndarray:
    """Real pictures, a column (or several, if there are few classes) per class, as one uint8 picture (H, W, C)."""
    dataset = data.load(name)
    count = min(len(dataset.classes), sample_grid.COLUMNS)
    width = sample_grid.COLUMNS // count
    of_class = [np.flatnonzero(dataset.labels == i)[: rows * width] for i in range(count)]
    places = [(indices, row * width + i) for row in range(rows) for indices in of_class for i in range(width)]
    chosen = [indices[place % len(indices)] for indices, place in places]
    sheet = sample_grid.grid(dataset.images[chosen].transpose(0, 2, 3, 1), columns=count * width)
    return sheet.repeat(2, 0).repeat(2, 1)


def _settings(variant: str, defaults: Mapping[str, Any], edits: dict[str, Any], context: str) -> None:
    forbids, hidden = variants.get(variant).forbids, recipe.unused(variant)
    for group, names in FIRST.items():
        fields.show_fields(group, names, defaults, context, edits, forbids)
    with st.expander("All settings", icon=":material/tune:"):
        for tab, (group, model) in zip(st.tabs(list(fields.TITLES.values())), config.groups().items(), strict=True):
            names = [name for name in model.model_fields if name not in FIRST.get(group, []) and name != "dataset"]
            with tab:
                shown = [name for name in names if f"{group}.{name}" not in hidden]
                fields.show_fields(group, shown, defaults, context, edits, forbids)
                if group == "schedule":
                    help = "Same seed, same curve, on the same machine; on a GPU not to the last digit."
                    key = f"field/{form_state.form_version()}/{context}"
                    edits["seed"] = fields.choose_seed(edits.get("seed", defaults["seed"]), key, help)
    for field in hidden & set(edits):
        edits.pop(field)  # set for another variant


def _device(chosen: Mapping[str, Any]) -> None:
    """A line on the device. Finding it takes some seconds the first time, for which nobody has to wait."""
    device = resources.training_device(chosen.get("schedule.device", "auto"), chosen.get("schedule.precision", "auto"))
    known = device.done()

    @st.fragment(run_every=None if known else 0.5)
    def line() -> None:
        if device.done() and not known:
            st.rerun()
        try:
            found = f"Trains on {device.result()}." if known else "Finding out what this machine can train on …"
            st.caption(f"{found} *All settings → Schedule* has the device and the precision.")
        except WorkshopError as error:
            messages.show_error(error)

    line()


def _start(chosen: Mapping[str, Any]) -> None:
    _device(chosen)
    visitor.show_limits()
    if not st.button("Start", type="primary", icon=":material/play_arrow:", key="start"):
        return
    try:
        settings = recipe.build(chosen)
        missing = data.get(settings.data.dataset).missing()
        with visitor.admit([settings]) as admitted:
            run = runs.create(admitted[0])
            visitor.record_owner(run)
            run.start()
    except WorkshopError as error:
        messages.show_error(error)
        return
    if missing:
        st.toast(messages.error_text(missing))
    st.query_params.from_dict({"run": run.name})
    st.rerun()
