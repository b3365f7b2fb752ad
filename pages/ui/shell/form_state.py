"""What a visitor has set in the forms of a run and of a race, and the links that carry it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from gan_core import config
from pages.ui.shell import session

FIRST_EDITS = {"preset": "fast"}
"""The form that opens without a link: good pictures within a minute or two, on any computer."""


def edits() -> dict[str, Any]:
    """The settings of the Train form by dotted field: at first those in the URL, or else FIRST_EDITS."""
    given = _settings_in_url()
    if session.get("edits") is None or (given and given != session.get("edits-in-url")):
        session.put("edits-in-url", given)
        replace_edits(_parse(given) or FIRST_EDITS)
    return session.get("edits")


def replace_edits(values: Mapping[str, Any]) -> None:
    """Start the form anew from `values`."""
    session.put("edits", dict(values))
    session.put("form-version", form_version() + 1)


def show_edits_in_url(values: Mapping[str, Any]) -> None:
    """Write the form into the URL, so that a link carries it."""
    query = query_of(values)
    session.put("edits-in-url", query)
    _replace_query(query)


def race_form() -> dict[str, Any]:
    """The form of a race: `lanes`, texts as `lanes.parse` reads them, and `common` settings by dotted field.

    At first, and whenever a link opens another race, both come from the URL.
    """
    given = st.query_params.get("lanes", "")
    if session.get("race-form") is None or (given and given != session.get("race-lanes-in-url")):
        common = _parse(_settings_in_url())
        session.put("race-lanes-in-url", given)  # at once: a click may cut this run of the script short
        replace_race_form(given.split(";"), common)
    return session.get("race-form")


def replace_race_form(lanes: Sequence[str], common: Mapping[str, Any]) -> None:
    """Start the form of a race anew from these."""
    session.put("race-form", {"lanes": list(lanes), "common": dict(common)})
    session.put("form-version", form_version() + 1)


def show_race_form_in_url(lanes: str, common: Mapping[str, Any]) -> None:
    """Write the form of a race into the URL, so that a link carries it."""
    session.put("race-lanes-in-url", lanes)
    _replace_query({"lanes": lanes, **query_of(common)})


def form_version() -> int:
    """Part of the key of every field: a new version makes fresh widgets, which show the new values."""
    return session.get("form-version", 0)


def query_of(values: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of a link that opens the form with these values by dotted field."""
    return {field: value if isinstance(value, str) else json.dumps(value) for field, value in values.items()}


def _settings_in_url() -> dict[str, str]:
    fields = set(config.fields())
    return {field: text for field, text in st.query_params.items() if config.current_name(field) in fields}


def _parse(query: Mapping[str, str]) -> dict[str, Any]:
    return dict(config.parse_assignment(f"{field}={text}") for field, text in query.items())


def _replace_query(query: dict[str, str]) -> None:
    if dict(st.query_params) != query:
        st.query_params.from_dict(query)
