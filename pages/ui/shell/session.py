"""What belongs to one visitor: the session state and the URL."""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from gan_core import config, runs
from gan_core.runs import race
from gan_core.system.errors import WorkshopError
from pages.ui.shell import messages

FIRST_EDITS = {"preset": "fast"}
"""The form that opens without a link: good pictures within a minute or two, on any computer."""


def viewer() -> str:
    """What tells this session from the others."""
    return st.session_state.setdefault("viewer", uuid.uuid4().hex)


def run_in_url() -> runs.Run | None:
    """The run the URL names; an unknown one is said in one sentence and left out."""
    name = st.query_params.get("run")
    if not name:
        return None
    try:
        return runs.find(name)
    except WorkshopError as error:
        st.warning(messages.told(error))
        return None


def names_in_url(name: str) -> list[str]:
    """The names under `name` in the URL, as in `?runs=a,b`."""
    return [one for one in st.query_params.get(name, "").split(",") if one]


def number_in_url(name: str, below: int = 10**9) -> int | None:
    """The whole number from 0 under that name in the URL; None when there is none or it is out of range."""
    text = st.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 and int(text) < below else None


def choice_in_url(name: str, allowed: Iterable[str], usual: str) -> str:
    """The choice under that name in the URL, or the usual one when it names none of those allowed.

    Streamlit's own binding would put the shown words into the URL, so a better word would break every old link.
    """
    given = st.query_params.get(name, usual)
    return given if given in allowed else usual


def choices_in_url(name: str, allowed: Iterable[str], usual: Sequence[str]) -> list[str]:
    """The same for several, with commas between them; `none` is an empty list."""
    given = st.query_params.get(name)
    known = set(allowed)
    return list(usual) if given is None else [one for one in given.split(",") if one in known]


def choose_in_url(name: str, chosen: str | Sequence[str], usual: str | Sequence[str]) -> None:
    """Keep what was chosen in the URL; what is as usual stays out of it."""
    text = chosen if isinstance(chosen, str) else ",".join(chosen) or "none"
    text = "" if chosen == usual else text
    st.session_state[_written(name)] = text
    put_in_url(**{name: text})


def follow(name: str, key: str, value: Any) -> None:
    """Before the widget `key` is drawn: let it show `value` where something else has changed `name` in the URL.

    As a link to the same page does, or Back: a widget that is on the page already does not look at the value it would
    begin with, and would take the URL back.
    """
    if key in st.session_state and st.session_state.get(_written(name), "") != st.query_params.get(name, ""):
        st.session_state[key] = value


def _written(name: str) -> str:
    """Where the session keeps what a widget wrote last under `name` in the URL."""
    return f"in-url-{name}"


def pick(label: str, name: str, titles: Mapping[str, str], about: str | None = None) -> str:
    """One of a few choices, by id to title, as buttons; kept under `name` in the URL. The first is the usual one."""
    usual, key = next(iter(titles)), f"pick-{name}"
    first = choice_in_url(name, titles, usual)
    follow(name, key, first)
    chosen = st.segmented_control(
        label, list(titles), format_func=titles.__getitem__, default=first, required=True, key=key, help=about
    )
    choose_in_url(name, chosen, usual)
    return chosen


def select(label: str, name: str, titles: Mapping[str, str], key: str, width: int) -> str:
    """The same as a list that opens, for more than a few choices."""
    usual = next(iter(titles))
    first = choice_in_url(name, titles, usual)
    follow(name, key, first)
    place = list(titles).index(first)
    chosen = st.selectbox(label, list(titles), place, format_func=titles.__getitem__, key=key, width=width)
    choose_in_url(name, chosen, usual)
    return chosen


def edits() -> dict[str, Any]:
    """What this visitor has set in the form, by dotted field: at first what the URL says, or else FIRST_EDITS."""
    known = set(config.fields())
    given = {field: text for field, text in st.query_params.items() if config.current_name(field) in known}
    if "edits" not in st.session_state or (given and given != st.session_state.get("edits-in-url")):
        st.session_state["edits-in-url"] = given
        linked = dict(config.parse_assignment(f"{field}={text}") for field, text in given.items())
        replace_edits(linked or FIRST_EDITS)
    return st.session_state["edits"]


def replace_edits(values: Mapping[str, Any]) -> None:
    """Start the form anew from `values`."""
    st.session_state["edits"] = dict(values)
    st.session_state["generation"] = generation() + 1


def generation() -> int:
    """Part of every form key: a new one makes fresh widgets that show the new values."""
    return st.session_state.get("generation", 0)


def show_edits_in_url(values: Mapping[str, Any]) -> None:
    """Write the form into the URL, so that a link carries it."""
    texts = st.session_state["edits-in-url"] = as_query(values)
    if dict(st.query_params) != texts:
        st.query_params.from_dict(texts)


def as_query(values: Mapping[str, Any]) -> dict[str, str]:
    """Dotted fields as the parameters of a link that opens the form with these `values`."""
    return {field: value if isinstance(value, str) else json.dumps(value) for field, value in values.items()}


def put_in_url(**values: str) -> None:
    """Set these parameters in the URL, leaving the others; an empty one is removed."""
    for name, value in values.items():
        if st.query_params.get(name, "") != value:
            if value:
                st.query_params[name] = value
            else:
                st.query_params.pop(name, None)


def race_in_url() -> race.Race | None:
    """The race the URL names; an unknown one is said in one sentence and left out."""
    name = st.query_params.get("race")
    if not name:
        return None
    try:
        return race.find(name)
    except WorkshopError as error:
        st.warning(messages.told(error))
        return None


def race_form() -> dict[str, Any]:
    """What this visitor has set in the form of a race: `lanes`, texts as `lanes.lane` reads them, and `common`
    settings by dotted field. What the URL says, when a link has opened it.
    """
    query = dict(st.query_params)
    linked = query.get("lanes") and query["lanes"] != st.session_state.get("race-lanes-in-url")
    if "race-form" not in st.session_state or linked:
        known = set(config.fields())
        settings = [(field, text) for field, text in query.items() if config.current_name(field) in known]
        common = dict(config.parse_assignment(f"{field}={text}") for field, text in settings)
        st.session_state["race-lanes-in-url"] = query.get("lanes")  # at once: a click may cut this run short
        replace_race_form(query.get("lanes", "").split(";"), common)
    return st.session_state["race-form"]


def show_race_form_in_url(lanes: str, common: Mapping[str, Any]) -> None:
    """Write the form of a race into the URL, so that a link carries it."""
    st.session_state["race-lanes-in-url"] = lanes
    texts = {field: value if isinstance(value, str) else json.dumps(value) for field, value in common.items()}
    if dict(st.query_params) != (wanted := {"lanes": lanes, **texts}):
        st.query_params.from_dict(wanted)


def replace_race_form(lanes: list[str], common: Mapping[str, Any]) -> None:
    """Start the form of a race anew from these."""
    st.session_state["race-form"] = {"lanes": lanes, "common": dict(common)}
    st.session_state["generation"] = generation() + 1


def prepared() -> tuple[str, str]:
    """The data set this visitor prepared last, and what there is to say about it; two empty texts before."""
    return st.session_state.get("prepared", ("", ""))


def set_prepared(name: str, text: str) -> None:
    """Remember that `name` has just been prepared."""
    st.session_state["prepared"] = (name, text)


def told(key: str, name: str) -> Any:
    """What a component of ours has told under `name`; None where it has not."""
    return (st.session_state.get(key) or {}).get(name)


def once(name: str, form: str, make: Callable[[], Any]) -> Any:
    """What `make` gives, kept in this session under `name` until `form` changes."""
    kept = st.session_state.get(f"once-{name}")
    if kept is None or kept[0] != form:
        kept = st.session_state[f"once-{name}"] = (form, make())
    return kept[1]


def keep(name: str, thing: Any) -> None:
    """Remember something for this visitor until another takes its place."""
    st.session_state[f"kept-{name}"] = thing


def prefill(key: str) -> None:
    """Put into the widget `key`, which is still to be drawn, what was kept under its name; once."""
    if (thing := st.session_state.pop(f"kept-{key}", None)) is not None:
        st.session_state[key] = thing


def kept(name: str) -> Any:
    """What was kept so; None before."""
    return st.session_state.get(f"kept-{name}")
