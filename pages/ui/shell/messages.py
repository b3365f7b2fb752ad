"""How states, times and settings are said."""

import re
from typing import Any, Literal

import streamlit as st

from gan_core import data, runs
from gan_core.config import TrainConfig
from gan_core.presets import recipe
from gan_core.runs import Status
from gan_core.system import places, settings
from gan_core.system.errors import WorkshopError
from gan_core.system.text import for_markdown

Colour = Literal["red", "orange", "green", "violet", "gray", "blue"]
STATES: dict[str, tuple[Colour, str]] = {
    "created": ("gray", ":material/draft:"),
    "waiting": ("orange", ":material/hourglass_empty:"),
    "starting": ("blue", ":material/rocket_launch:"),
    "running": ("green", ":material/bolt:"),
    "paused": ("orange", ":material/pause:"),
    "finished": ("violet", ":material/check:"),
    "stopped": ("gray", ":material/stop:"),
    "failed": ("red", ":material/error:"),
    "interrupted": ("red", ":material/power_off:"),
}


FOLDERS = re.compile(r"(?<![\w.:/])/(?:[^\s/:;,'\"()]+/)+")
"""The folders of a whole path, but not of a web address."""


def said(text: object) -> str:
    """An error, or what a worker said, for the page; on a shared instance without the folders of the server."""
    shown = str(text)
    try:
        if not settings.current().public:
            return shown
    except WorkshopError:  # nobody knows whether it is shared: hide them
        pass
    known = {str(folder) for folder in (runs.home(), places.ROOT, settings.current().data_dir)} - {"None", "/"}
    for folder in sorted(known, key=len, reverse=True):  # by name first: theirs may have spaces in them
        shown = re.sub(rf"{re.escape(folder)}(/|(?![\w-]))", lambda found: "" if found[1] else "its folder", shown)
    return FOLDERS.sub("", shown)


def told(text: object) -> str:
    """An error with a stranger's words in it, for the page."""
    return plain(said(text))


def state(status: Status) -> str:
    """The state as a coloured badge, in Markdown."""
    colour, icon = STATES[status.state]
    return f":{colour}-badge[{icon} {status.state}]"


def state_badge(status: Status) -> None:
    """The state as a coloured badge."""
    st.markdown(state(status), width="content")


def duration(seconds: float | None) -> str:
    """Seconds as `45 s`, `3 min 20 s` or `2 h 5 min`; a dash for None."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def roughly(seconds: float) -> str:
    """Seconds as `45 s`, `20 min` or `2 h 5 min`."""
    return duration(seconds) if seconds < 90 or seconds >= 3570 else f"{round(seconds / 60)} min"


def size(count: int) -> str:
    """Bytes as `812 bytes`, `14.3 MB` or `1.2 GB`."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} bytes"


def plain(text: str) -> str:
    """A stranger's text for Streamlit's Markdown, so that nothing in it is a link, a picture, an icon or a formula."""
    return for_markdown(text, also="{}()#$:!>")


def short(name: str) -> str:
    """A run's number and variant, as `00007-wgan_gp`, for narrow places."""
    return "-".join(name.split("-")[:2])


def field_title(field: str) -> str:
    """The form's title of a dotted field, e.g. `optimiser.lr_g` is `Learning rate of G`."""
    return recipe.title(field)


def class_names(settings: TrainConfig) -> tuple[str, ...]:
    """The classes a run draws, by name."""
    try:
        names = data.get(settings.data.dataset).classes
    except WorkshopError:  # pictures of one's own that were removed after the run
        return ()
    return tuple(names[i] for i in settings.data.classes) if settings.data.classes else names


def no_pictures(dataset: str, error: WorkshopError) -> str:
    """Why there are no real pictures of the data set `dataset`, in one sentence; `error` is what loading it raised."""
    if dataset == data.UNKNOWN:
        return "It is not known what pictures this model has learned from."
    if dataset not in data.sources():
        return f"The pictures that this model has learned from, {plain(dataset)}, are not on this machine."
    return said(error)


def value(field: str, thing: Any) -> str:
    """A setting in a table."""
    if thing is None:
        return "–"
    if isinstance(thing, bool):
        return "yes" if thing else "no"
    if isinstance(thing, float):
        return f"{thing:g}"
    return ", ".join(map(str, thing)) if isinstance(thing, list) else str(thing)
