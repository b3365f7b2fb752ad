"""The only place that touches Streamlit's session, caches and URL."""

import json
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from gan_core import config, data, pictures, race, runs
from gan_core.errors import WorkshopError
from gan_core.history import History
from pages.ui import commands, words
from pages.ui.watched import Watched

if TYPE_CHECKING:  # torch is loaded where a page first asks a network
    from gan_core import checkpoint, neighbours, standings
    from gan_core.explore import directions as found

FIRST_EDITS = {"preset": "fast"}
"""The form that opens without a link: good pictures within a minute or two, on any computer."""

REAL_COUNT = 500
"""Real test pictures a discriminator's opinion is compared with."""


@st.cache_resource(max_entries=32, show_spinner=False)
def watched(path: str) -> Watched:
    """One run as all sessions see it; what it holds can be read again from disk."""
    return Watched(runs.Run(runs.Path(path)))


def history(path: str) -> History:
    """The reader of one run's numbers, shared by all sessions."""
    return watched(path).history


def viewer() -> str:
    """What tells this session from the others."""
    return st.session_state.setdefault("viewer", uuid.uuid4().hex)


@st.cache_resource(max_entries=32, show_spinner=False)
def place(device: str, precision: str) -> Future[str]:
    """Where a run with these settings would compute, in words, as soon as it is known; WorkshopError if it cannot.

    Asked in a process of its own: torch takes seconds to import, and makes a server three times as large.
    """
    return _asking.submit(_place, device, precision)


_asking = ThreadPoolExecutor(1, "asking")


def _place(device: str, precision: str) -> str:
    return commands.run("device", "--device", device, "--precision", precision).strip()


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Prepare what the Train page needs once a server, while the visitor still reads the Home page."""

    def load() -> None:
        import pandas  # noqa: F401 - st.dataframe would import it on the first page with a table

        from gan_core import presets, variants

        place("auto", "auto")
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
        st.warning(words.said(error))
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
    put_in_url(**{name: "" if chosen == usual else text})


def pick(label: str, name: str, titles: Mapping[str, str], about: str | None = None) -> str:
    """One of a few choices, by id to title, as buttons; kept under `name` in the URL. The first is the usual one."""
    usual = next(iter(titles))
    chosen = st.segmented_control(
        label,
        list(titles),
        format_func=titles.__getitem__,
        default=choice_in_url(name, titles, usual),
        required=True,
        key=f"pick-{name}",
        help=about,
    )
    choose_in_url(name, chosen, usual)
    return chosen


def edits() -> dict[str, Any]:
    """What this visitor has set in the form, by dotted field: at first what the URL says, or else FIRST_EDITS."""
    known = set(config.fields())
    given = {field: text for field, text in st.query_params.items() if field in known}
    if "edits" not in st.session_state or (given and given != st.session_state.get("edits-in-url")):
        st.session_state["edits-in-url"] = given
        linked = {field: config.parse_assignment(f"{field}={text}")[1] for field, text in given.items()}
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
        st.warning(words.said(error))
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


@st.cache_resource(max_entries=8, show_spinner="Loads the model")
def model(path: str, stamp: int, raw: bool) -> "checkpoint.Model":
    """The networks in that file, as it was at `stamp`; the last weights of G where `raw`, else their average (EMA)."""
    from gan_core import checkpoint

    return checkpoint.load(runs.Path(path), raw=raw)


@st.cache_resource(max_entries=8, show_spinner="Looks for directions")
def directions(path: str, stamp: int, raw: bool, kind: str) -> "found.Directions":
    """The directions of a kind in that model's latent space."""
    from gan_core.explore import directions as found

    return found.find(model(path, stamp, raw), kind)


@st.cache_resource(max_entries=8, show_spinner=False)
def judge(path: str, stamp: int) -> "checkpoint.Judge":
    """The discriminator in that file, as it was at `stamp`."""
    from gan_core import checkpoint

    return checkpoint.load_judge(runs.Path(path))


@st.cache_data(max_entries=64, show_spinner="Asks the discriminator about real pictures")
def real_scores(path: str, stamp: int) -> np.ndarray:
    """What that discriminator says of REAL_COUNT real test pictures of the data it learned, (N,)."""
    one = judge(path, stamp)
    shown = test_pictures(one.config.data, REAL_COUNT)
    return one.scores(np.ascontiguousarray(shown.images.transpose(0, 2, 3, 1)), shown.labels)


@st.cache_resource(max_entries=4, show_spinner="Reads the pictures")
def _dataset(wanted: str, split: str, limit: int | None) -> data.Dataset:
    asked = config.DataConfig.model_validate_json(wanted)
    return data.load(asked.dataset, split=split, classes=asked.classes, size=asked.size, limit=limit)


def dataset(wanted: config.DataConfig) -> data.Dataset:
    """The training pictures a run learned from."""
    return _dataset(wanted.model_dump_json(), "train", wanted.limit)


def test_pictures(wanted: config.DataConfig, count: int) -> data.Dataset:
    """At most `count` of the test pictures that go with them, each class by its share."""
    everything = _dataset(wanted.model_dump_json(), "test", None)
    return everything if len(everything) <= count else _dataset(wanted.model_dump_json(), "test", count)


def real_sheet(wanted: config.DataConfig) -> tuple[np.ndarray, np.ndarray]:
    """Real test pictures as a run's grid, (H', W', C), and their classes, (60,); a column a class if there are ten."""
    shown = _dataset(wanted.model_dump_json(), "test", None)
    numbers = pictures.labels(len(shown.classes))
    taken = []
    for place, number in enumerate(numbers):
        of_class = np.flatnonzero(shown.labels == number)
        source = of_class if len(of_class) else np.arange(len(shown))
        taken.append(source[place // len(shown.classes) % len(source)])
    chosen = np.array(taken)
    return pictures.grid(shown.images[chosen].transpose(0, 2, 3, 1)), shown.labels[chosen]


@st.cache_resource(max_entries=8, show_spinner="Looks at the training pictures")
def _eyes(wanted: str) -> "neighbours.Eyes":
    from gan_core import neighbours

    return neighbours.eyes(dataset(config.DataConfig.model_validate_json(wanted)))


def eyes(wanted: config.DataConfig) -> "neighbours.Eyes":
    """What compares pictures with the training pictures of a run."""
    return _eyes(wanted.model_dump_json())


def standing(run: runs.Run) -> "standings.Standing":
    """The run's row in the table of a comparison, from the numbers read so far."""
    from gan_core import standings

    return standings.of(run, history(str(run.path)).refresh())


def forget(*keys: str) -> None:
    """Forget what these widgets hold, so that they show what the URL says."""
    for key in keys:
        st.session_state.pop(key, None)


@st.cache_data(max_entries=32, show_spinner=False)
def weights_key(path: str, stamp: int) -> str:
    """What tells the weights in that file, as they were at `stamp`, from all others."""
    from gan_core.explore import names

    return names.key(runs.Path(path))


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
