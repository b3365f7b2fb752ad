"""The only place that touches Streamlit's session, caches and URL."""

import json
import threading
from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st

from gan_core import config, race, runs
from gan_core.errors import WorkshopError
from gan_core.history import History


@st.cache_resource(max_entries=32, show_spinner=False)
def history(path: str) -> History:
    """The reader of one run's numbers, shared by all sessions; what it holds can be read again from disk."""
    return History(runs.Run(runs.Path(path)).metrics_path)


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Import what the Train page needs once a server, while the visitor still reads the Home page."""

    def load() -> None:
        import pandas  # noqa: F401 - st.dataframe would import it on the first page with a table

        from gan_core import presets, variants

        presets.all_presets()
        variants.all_variants()

    thread = threading.Thread(target=load, name="warm-up", daemon=True)
    thread.start()
    return thread


def run_in_url() -> runs.Run | None:
    """The run the URL names; an unknown one is said in one sentence and left out."""
    name = st.query_params.get("run")
    if not name:
        return None
    try:
        return runs.find(name)
    except WorkshopError as error:
        st.warning(str(error))
        return None


def runs_in_url() -> list[str]:
    """The names under `runs` in the URL, as in `?runs=a,b`."""
    return [name for name in st.query_params.get("runs", "").split(",") if name]


def choice_in_url(name: str, options: Collection[str], usual: str) -> str:
    """The option that the URL has under `name`, or else the usual one."""
    asked = st.query_params.get(name, usual)
    return asked if asked in options else usual


def edits() -> dict[str, Any]:
    """What this visitor has set in the form, by dotted field; what the URL says, when a link has opened it."""
    known = set(config.fields())
    given = {field: text for field, text in st.query_params.items() if field in known}
    if "edits" not in st.session_state or (given and given != st.session_state.get("edits-in-url")):
        st.session_state["edits-in-url"] = given
        replace_edits({field: config.parse_assignment(f"{field}={text}")[1] for field, text in given.items()})
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
        st.warning(str(error))
        return None


def race_form() -> dict[str, Any]:
    """What this visitor has set in the form of a race: `lanes`, texts as `lanes.lane` reads them, and `common`
    settings by dotted field. What the URL says, when a link has opened it.
    """
    query = dict(st.query_params)
    linked = query.get("lanes") and query["lanes"] != st.session_state.get("race-lanes-in-url")
    if "race-form" not in st.session_state or linked:
        known = set(config.fields())
        common = {f: config.parse_assignment(f"{f}={text}")[1] for f, text in query.items() if f in known}
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
