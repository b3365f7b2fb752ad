"""How the pages word errors, states, times, sizes and settings."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import streamlit as st

from gan_core import data, runs
from gan_core.config import TrainConfig
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


def error_text(text: object) -> str:
    """An error or a worker's message for the page; on a shared instance without the folders of the server."""
    shown = str(text)
    try:
        if not settings.current().public:
            return shown
    except WorkshopError:  # nobody knows whether it is shared: hide them
        pass
    known = {str(folder) for folder in (runs.home(), places.ROOT, settings.current().data_dir)} - {"None", "/"}
    for folder in sorted(known, key=len, reverse=True):  # by name first: they may have spaces in them
        shown = re.sub(rf"{re.escape(folder)}(/|(?![\w-]))", lambda match: "" if match[1] else "its folder", shown)
    return FOLDERS.sub("", shown)


def escaped_error(text: object) -> str:
    """The same for an error that quotes a stranger's text."""
    return plain(error_text(text))


def show_error(error: WorkshopError) -> None:
    """An error with a line for each of its problems."""
    st.error(error_text(error).replace("\n", "  \n"))


@contextmanager
def error_toast(wording: Callable[[object], str] = error_text) -> Iterator[None]:
    """Show an error of the block as a toast."""
    try:
        yield
    except WorkshopError as error:
        st.toast(wording(error), icon=":material/error:")


def state_badge(status: Status) -> str:
    """The state as a coloured badge, in Markdown."""
    colour, icon = STATES[status.state]
    return f":{colour}-badge[{icon} {status.state}]"


def progress_text(status: Status) -> str:
    """`step 1,200 of 5,000`."""
    return f"step {status.step:,}" + (f" of {status.steps:,}" if status.steps else "")


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


def rough_duration(seconds: float) -> str:
    """Seconds as `45 s`, `20 min` or `2 h 5 min`."""
    return duration(seconds) if seconds < 90 or seconds >= 3570 else f"{round(seconds / 60)} min"


def file_size(count: int) -> str:
    """Bytes as `812 bytes`, `14.3 MB` or `1.2 GB`."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} bytes"


def plain(text: str) -> str:
    """A stranger's text for Streamlit's Markdown, so that nothing in it is a link, a picture, an icon or a formula."""
    return for_markdown(text, also="{}()#$:!>")


def short_name(name: str) -> str:
    """A run's number and variant, as `00007-wgan_gp`, for narrow places."""
    return "-".join(name.split("-")[:2])


def class_names(config: TrainConfig) -> tuple[str, ...]:
    """The names of the classes a run learns."""
    try:
        names = data.get(config.data.dataset).classes
    except WorkshopError:  # the pictures were the user's own, and were deleted after the run
        return ()
    return tuple(names[i] for i in config.data.classes) if config.data.classes else names


def missing_pictures(dataset: str, error: WorkshopError) -> str:
    """Why there are no real pictures of the data set `dataset`, in one sentence; `error` is what loading it raised."""
    if dataset == data.UNKNOWN:
        return "It is not known which pictures this model was trained on."
    if dataset not in data.sources():
        return f"The training pictures of this model, {plain(dataset)}, are not on this machine."
    return error_text(error)


def setting_text(value: Any) -> str:
    """The value of a setting, for a table."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
