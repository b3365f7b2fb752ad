"""From the config's schema to widgets: one kind of field, one widget."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

import streamlit as st

from gan_core import config, data
from pages.ui.shell import session

TITLES = {
    "data": "Data",
    "network": "Networks",
    "objective": "Objective",
    "optimiser": "Optimiser",
    "regularization": "Remedies",
    "schedule": "Schedule",
    "scoring": "Scores",
}


def fields(
    group: str,
    names: list[str],
    defaults: Mapping[str, Any],
    context: str,
    forbids: Mapping[str, Mapping[Any, str]] = MappingProxyType({}),
    edits: dict[str, Any] | None = None,
    wide: int = 2,
) -> None:
    """Widgets for `names` of a group, in `wide` columns; what differs from `defaults` goes into `edits`, or else
    into those of the Train page.

    `context` is part of the keys: another variant or preset has other defaults, and so other widgets.
    `forbids` are the choices that the variant cannot work with (`Variant.forbids`): they are not offered.
    """
    schema = config.groups()[group].model_json_schema()["properties"]
    columns = st.columns(wide, gap="medium")
    edits = session.edits() if edits is None else edits
    for i, name in enumerate(names):
        field = f"{group}.{name}"
        with columns[i % wide]:
            refused = forbids.get(field, {})
            given = edits.get(field, defaults[field])
            shown = defaults[field] if isinstance(given, str) and given in refused else given
            value = _widget(field, schema[name], shown, context, defaults, refused)
        if value == defaults[field]:
            edits.pop(field, None)
        else:
            edits[field] = value


def _widget(
    field: str,
    schema: Mapping[str, Any],
    value: Any,
    context: str,
    defaults: Mapping[str, Any],
    refused: Collection[Any],
) -> Any:
    common = {"label": schema["title"], "help": schema["description"]}
    common["key"] = f"field/{session.generation()}/{context}/{field}"
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
        return [_number(part.strip()) for part in text.split(",")] if text.strip() else None
    number = next((part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"), schema)
    whole = number["type"] == "integer"
    kind = int if whole else float
    value = None if value is None else kind(value)
    low, high = _bounds(number, 1 if whole else BESIDE, value)
    return st.number_input(
        min_value=None if low is None else kind(low),
        max_value=None if high is None else kind(high),
        value=value,
        step=1 if whole else _step(float(value or 1)),
        format="%d" if whole else "%g",
        placeholder={"data.limit": "all", "data.size": "as they are", "scoring.every": "automatic"}.get(field, "none"),
        **common,
    )


def _bounds(schema: Mapping[str, Any], beside: float, value: float | None) -> tuple[float | None, float | None]:
    """The least and the greatest number that may be typed, if any; a `value` of a link may lie nearer to a bound that
    is not allowed itself than `beside`.
    """
    low, high = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    low = schema.get("minimum") if low is None else low + beside
    high = schema.get("maximum") if high is None else high - beside
    if value is None:
        return low, high
    return None if low is None else min(low, value), None if high is None else max(high, value)


BESIDE = 1e-9
"""How near to a bound that is not allowed itself a number may be typed."""


def _number(text: str) -> int | str:
    """A whole number, or what was typed in its place, for the schema to refuse in its own words."""
    return int(text) if text.isascii() and text.isdecimal() else text


def _step(value: float) -> float:
    """A tenth of the value's power of ten: 0.0002 moves by 0.00001."""
    return 10.0 ** (int(f"{value:e}".partition("e")[2]) - 1) if value else 0.01
