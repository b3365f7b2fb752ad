"""What belongs to one visitor: the session state, the URL, and widgets whose choice is part of the URL.

No other module touches `st.session_state`.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st

from gan_core.system.errors import WorkshopError
from pages.ui.shell import messages

T = TypeVar("T")


def viewer_id() -> str:
    """A random name for this session, the same in every rerun."""
    return st.session_state.setdefault("viewer", uuid.uuid4().hex)


def get(name: str, default: Any = None) -> Any:
    """The value this session keeps under `name`."""
    return st.session_state.get(f"kept-{name}", default)


def put(name: str, value: Any) -> None:
    """Keep a value in this session until another takes its place."""
    st.session_state[f"kept-{name}"] = value


def cached(name: str, key: str, make: Callable[[], T]) -> T:
    """The result of `make`, kept in this session under `name` for as long as `key` stays the same."""
    entry = get(f"cached-{name}")
    if entry is None or entry[0] != key:
        entry = (key, make())
        put(f"cached-{name}", entry)
    return entry[1]


def prefill(key: str) -> None:
    """Set the widget `key`, which is about to be drawn, to the value that `put` left under its name; once."""
    if (value := st.session_state.pop(f"kept-{key}", None)) is not None:
        st.session_state[key] = value


def component_value(key: str, name: str) -> Any:
    """The state or trigger `name` that the browser has set on our component `key`; None before it has."""
    return (st.session_state.get(key) or {}).get(name)


# What the URL names


def find_in_url(name: str, find: Callable[[str], T]) -> T | None:
    """The run or race under `name` in the URL; None after a warning when `find` finds none."""
    text = st.query_params.get(name)
    try:
        return find(text) if text else None
    except WorkshopError as error:
        st.warning(messages.escaped_error(error))
        return None


def names_in_url(name: str) -> list[str]:
    """The names under `name` in the URL, as in `?runs=a,b`."""
    return [part for part in st.query_params.get(name, "").split(",") if part]


def number_in_url(name: str, below: int = 10**9) -> int | None:
    """The whole number from 0 under that name in the URL; None when there is none or it is out of range."""
    text = st.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 and int(text) < below else None


def put_in_url(**values: str) -> None:
    """Set these parameters in the URL and leave the others; an empty one is removed."""
    for name, value in values.items():
        if st.query_params.get(name, "") != value:
            if value:
                st.query_params[name] = value
            else:
                st.query_params.pop(name, None)


# Widgets whose choice is in the URL by a stable name. Streamlit's own binding of such widgets writes the label that is
# shown, so that a better label would break every old link.


def segmented_control(label: str, name: str, titles: Mapping[str, str], help: str | None = None) -> str:
    """One of a few choices, name to title, as buttons; kept under `name` in the URL. The first is the default."""
    default, key = next(iter(titles)), f"pick-{name}"
    first = _choice_in_url(name, titles, default)
    sync_widget(name, key, first)
    choice = st.segmented_control(
        label, list(titles), format_func=titles.__getitem__, default=first, required=True, key=key, help=help
    )
    write_choice(name, choice, default)
    return choice


def selectbox(label: str, name: str, titles: Mapping[str, str], key: str, width: int) -> str:
    """The same as a list that opens, for more than a few choices."""
    default, options = next(iter(titles)), list(titles)
    first = _choice_in_url(name, titles, default)
    sync_widget(name, key, first)
    choice = st.selectbox(label, options, options.index(first), format_func=titles.__getitem__, key=key, width=width)
    write_choice(name, choice, default)
    return choice


def multiselect(
    label: str, name: str, options: Iterable[str], default: Sequence[str], key: str, **appearance: Any
) -> list[str]:
    """Several choices, with commas between them in the URL, or `none`; `appearance` goes to Streamlit's widget."""
    options, given = list(options), st.query_params.get(name)
    first = list(default) if given is None else [part for part in given.split(",") if part in options]
    first = first[: appearance.get("max_selections")]
    sync_widget(name, key, first)
    choices = st.multiselect(label, options, first, key=key, **appearance)
    write_choice(name, choices, list(default))
    return choices


def _choice_in_url(name: str, allowed: Iterable[str], default: str) -> str:
    given = st.query_params.get(name, default)
    return given if given in allowed else default


def write_choice(name: str, choice: str | Sequence[str], default: str | Sequence[str]) -> None:
    """Keep a choice in the URL; the default stays out of it."""
    text = choice if isinstance(choice, str) else ",".join(choice) or "none"
    text = "" if choice == default else text
    st.session_state[_written(name)] = text
    put_in_url(**{name: text})


def sync_widget(name: str, key: str, value: Any) -> None:
    """Before the widget `key` is drawn: let it show `value` where something else has changed `name` in the URL.

    A link to the same page or the Back button does so. A widget that is already on the page ignores its default value,
    and would write its old value over the URL.
    """
    if key in st.session_state and st.session_state.get(_written(name), "") != st.query_params.get(name, ""):
        st.session_state[key] = value


def _written(name: str) -> str:
    """The key under which the session keeps what a widget last wrote under `name` in the URL."""
    return f"in-url-{name}"
