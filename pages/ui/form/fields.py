"""From the config's schema to widgets: one kind of field, one widget."""

from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import streamlit as st

from gan_core import config, data
from pages.ui.shell import form_state

TITLES = {
    "data": "Data",
    "network": "Networks",
    "objective": "Objective",
    "optimiser": "Optimiser",
    "regularization": "Regularization",
    "schedule": "Schedule",
    "scoring": "Scores",
}


EPSILON = 1e-9
"""The distance from an exclusive bound at which a number may be typed."""


def show_fields(
    group: str,
    names: Iterable[str],
    defaults: Mapping[str, Any],
    context: str,
    edits: dict[str, Any],
    forbids: Mapping[str, Mapping[Any, str]] = MappingProxyType({}),
    columns: int = 2,
) -> None:
    """Widgets for `names` of a group, in so many columns; values that differ from `defaults` go into `edits`.

    `context` is part of the keys: another variant or preset has other defaults, and so other widgets.
    `forbids` are the choices that the variant cannot work with (`Variant.forbids`): they are not offered.
    """
    schema = config.groups()[group].model_json_schema()["properties"]
    places = st.columns(columns, gap="medium")
    for i, name in enumerate(names):
        field = f"{group}.{name}"
        with places[i % columns]:
            refused = forbids.get(field, {})
            value = edits.get(field, defaults[field])
            if isinstance(value, str) and value in refused:
                value = defaults[field]
            value = _widget(field, schema[name], value, context, defaults, refused)
        if value == defaults[field]:
            edits.pop(field, None)
        else:
            edits[field] = value


def choose(
    label: str, options: Iterable[str], value: str, title: Callable[[str], str], key: str, help: str | None = None
) -> str:
    """One of several names, shown by title."""
    options = list(options)
    return st.selectbox(label, options, options.index(value), format_func=title, key=key, help=help)


def choose_dataset(value: str, key: str) -> str:
    """One of the data sets."""
    return choose("Data set", data.sources(), value, lambda name: data.get(name).title, f"{key}/dataset")


def choose_seed(value: int, key: str, help: str | None = None) -> int:
    """The seed of a run."""
    return st.number_input("Seed", 0, 2**31 - 1, int(value), key=f"{key}/seed", help=help)


def _widget(
    field: str,
    schema: Mapping[str, Any],
    value: Any,
    context: str,
    defaults: Mapping[str, Any],
    refused: Collection[Any],
) -> Any:
    common = {"label": schema["title"], "help": schema["description"]}
    common["key"] = f"field/{form_state.form_version()}/{context}/{field}"
    if field == "data.classes":
        names = data.get(defaults["data.dataset"]).classes
        chosen = st.multiselect(
            options=range(len(names)), default=value, format_func=lambda i: names[i], placeholder="all", **common
        )
        return chosen or None
    if schema.get("type") == "boolean":
        return st.toggle(value=value, **common)
    if "enum" in schema:
        options = [option for option in schema["enum"] if option not in refused]
        return st.selectbox(options=options, index=options.index(value), **common)
    if "array" in [part.get("type") for part in schema.get("anyOf", [])]:
        text = st.text_input(value=", ".join(map(str, value or ())), placeholder="none", **common)
        return [_list_item(part.strip()) for part in text.split(",")] if text.strip() else None
    number = next((part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"), schema)
    whole = number["type"] == "integer"
    kind = int if whole else float
    value = None if value is None else kind(value)
    low, high = _bounds(number, 1 if whole else EPSILON, value)
    return st.number_input(
        min_value=None if low is None else kind(low),
        max_value=None if high is None else kind(high),
        value=value,
        step=1 if whole else _step(float(value or 1)),
        format="%d" if whole else "%g",
        placeholder={"data.limit": "all", "data.size": "as they are", "scoring.every": "automatic"}.get(field, "none"),
        **common,
    )


def _bounds(schema: Mapping[str, Any], epsilon: float, value: float | None) -> tuple[float | None, float | None]:
    """The least and the greatest number that may be typed, if any.

    An exclusive bound is moved in by `epsilon`, unless the `value` of a link lies even nearer to it.
    """
    low, high = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    low = schema.get("minimum") if low is None else low + epsilon
    high = schema.get("maximum") if high is None else high - epsilon
    if value is None:
        return low, high
    return None if low is None else min(low, value), None if high is None else max(high, value)


def _list_item(text: str) -> int | str:
    """A whole number; anything else as it was typed, for the schema to refuse with its own message."""
    return int(text) if text.isascii() and text.isdecimal() else text


def _step(value: float) -> float:
    """A tenth of the value's power of ten: 0.0002 moves by 0.00001."""
    return 10.0 ** (int(f"{value:e}".partition("e")[2]) - 1) if value else 0.01
