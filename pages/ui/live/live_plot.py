"""Live charts and films: mounted once in the browser, then fed, so that nothing flickers or jumps.

Streamlit's own chart is rebuilt whenever its figure changes, which loses zoom, hover and hidden lines. These two
components keep one DOM node for as long as the page shows it.
"""

from __future__ import annotations

import bisect
import importlib.util
import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import streamlit as st
from streamlit.components.v2 import component

from gan_core.system.places import ROOT
from pages.ui.shell import component as parts

STATIC = ROOT / "static"
HEAD_HEIGHT = 28  # px, the title row above a chart; see plot.css
WANT_LIMIT = 12  # steps answered per request; the browser asks again for more


# Plotly writes its styles into the page's head, out of reach of a shadow root: hence no isolation for charts.
_plot = component("gan_live_plot", css=parts.asset("plot.css"), js=parts.asset("plot.js"), isolate_styles=False)
_film = component(
    "gan_live_film",
    css=parts.asset("controls.css", "film.css"),
    js=parts.asset("common.js", "cells.js", "film_modes.js", "film.js"),
)


# ---------------------------------------------------------------------------------------------- charts


def ensure_static(folder: Path = STATIC) -> str:
    """Put the plotly package's ``plotly.min.js`` into ``folder``, where Streamlit serves it; return its version.

    Does nothing when the same version is there. The file is replaced in one move, so a browser never gets half.
    """
    spec = importlib.util.find_spec("plotly")
    if spec is None or spec.origin is None:
        raise RuntimeError("The package plotly is not installed: run pip install -r requirements.txt.")
    source = Path(spec.origin).parent / "package_data" / "plotly.min.js"
    target = folder / "plotly.min.js"
    version = _plotly_version(source)
    if target.exists() and target.stat().st_size == source.stat().st_size and _plotly_version(target) == version:
        return version
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".plotly-", delete=False) as temporary:
        temporary.write(source.read_bytes())
    os.chmod(temporary.name, 0o644)  # a temporary file is private, and the server may run as another user
    os.replace(temporary.name, target)
    return version


def _plotly_version(file: Path) -> str:
    """The version in the comment at the top of a ``plotly.min.js``, or "unknown" for another kind of file."""
    with file.open("rb") as stream:
        found = re.search(rb"plotly\.js v([\w.\-]+)", stream.read(400))
    return found[1].decode("ascii") if found else "unknown"


@cache
def _served_plotly() -> str:
    """``ensure_static`` once per server process."""
    return ensure_static()


def packed(figure: Mapping[str, Any], height: int = 320) -> bytes:
    """A figure as the browser gets it: JSON in UTF-8. The same bytes may go to many viewers."""
    data = {"figure": figure, "height": height - HEAD_HEIGHT, "plotly": _served_plotly()}
    return json.dumps(data, separators=(",", ":")).encode("utf-8")


def live_plot(figure: Mapping[str, Any] | bytes, key: str, height: int = 320) -> None:
    """Show a Plotly figure, ``{"data": [...], "layout": {...}}``, and update it in place on every later call.

    ``height`` is in px and includes the title row; ``layout.title.text`` is shown there. Zoom, hover and
    hidden lines survive updates, for which every trace needs a constant ``uid`` and the layout a constant
    ``uirevision`` (``plots.lines_figure`` sets both). Colours and font follow the theme of the page. A figure that
    is ``packed`` is sent as it is, with the height it was packed with.
    """
    _plot(data=figure if isinstance(figure, bytes) else packed(figure, height), key=key, height="content")


# ---------------------------------------------------------------------------------------------- films


class Film(TypedDict):
    """One strip of pictures. ``id`` names the run it is from, as the browser keeps pictures by (id, step)."""

    id: str
    title: str
    caption: NotRequired[str]
    steps: NotRequired[Sequence[int]]  # its own ascending steps, when they are not those of the slider
    columns: NotRequired[Sequence[str]]  # labels above the columns of the picture's grid
    still: NotRequired[bool]  # the same picture at every step
    apart: NotRequired[bool]  # never set against the reference, as real pictures


class Cells(TypedDict):
    """How a film's pictures lie in its grid: so many columns and rows of `size` px, with `gap` px between them."""

    columns: int
    rows: int
    gap: int
    size: int


@dataclass(frozen=True)
class Comparing:
    """How films are compared: `mode` "side", "flicker" (in turn with the reference) or "difference" (from it).

    `reference` is the id of a film. With `cells` a sample can be opened: `on_open` is then called with its
    number, and `opened` is the one marked as open.
    """

    mode: str = "side"
    reference: str | None = None
    cells: Cells | None = None
    opened: int | None = None
    on_open: Callable[[int], None] | None = None


Load = Callable[[str, int], bytes | None]


@dataclass(frozen=True)
class FilmState:
    """What the browser last told.

    ``step`` is where the user put the slider, None while it follows the newest step. ``want`` are the slider
    steps whose pictures it asks for in its ``request``, a number that rises with every question.
    """

    step: int | None = None
    want: tuple[int, ...] = ()
    request: int = 0


def film_state(key: str) -> FilmState:
    """The state of the film ``key``; may be read before ``live_film`` is called in a run."""
    view = (st.session_state.get(key) or {}).get("view") or {}
    step = view.get("step")
    want = tuple(int(s) for s in view.get("want", ()))[:WANT_LIMIT]
    return FilmState(None if step is None else int(step), want, int(view.get("request", 0)))


def live_film(
    films: Sequence[Film],
    steps: Sequence[int],
    frames: Load | Mapping[str, Mapping[int, bytes]],
    key: str,
    *,
    total: int | None = None,
    empty: str = "No pictures yet.",
    start: int | None = None,
    word: str = "Step",
    comparing: Comparing | None = None,
    sent: set[tuple[str, int]] | None = None,
) -> FilmState:
    """Show one to five films side by side under one step slider, and return where the user is.

    ``steps`` are all slider steps so far, ascending; a film with ``steps`` of its own shows its latest one not
    after the slider. ``frames`` gives a PNG: either ``load(film_id, step) -> bytes | None`` or the mapping
    ``frames[film_id][step]``; a picture that is not there (None, KeyError in a mapping) is left out. Only the
    newest pictures and those the browser asks for are loaded and sent. ``total`` is the last step planned,
    ``empty`` the sentence for no steps, ``start`` the step to open at instead of the newest. ``word`` is what the
    slider counts. ``sent`` remembers between calls which newest pictures have gone out: those are not sent again,
    as the browser keeps them, and asks for one it has lost after all. Give a fresh set whenever the page is drawn anew.
    """
    comparing = comparing or Comparing()
    state = film_state(key)
    load: Load = frames if callable(frames) else lambda film, step: frames.get(film, {}).get(step)
    # A question is answered once. Should the answer be lost, the browser asks again under a new number.
    answered = f"{key}.answered"
    want = state.want if st.session_state.get(answered) != state.request else ()
    st.session_state[answered] = state.request
    ask = {*steps[-1:], *want}
    if state.request == 0 and start is not None:
        ask.add(start)
    asked = {name: getattr(comparing, name) for name in ("mode", "reference", "cells", "opened")}
    data = _film_message(
        films, steps, ask, load, {"total": total, "empty": empty, "start": start, "word": word} | asked, want, sent
    )
    _film(
        data=data,
        key=key,
        default={"view": {"step": None, "want": [], "request": 0}},
        on_view_change=_rerun_only,
        on_open_change=lambda: _opened(key, comparing),
    )
    return state


def _opened(key: str, comparing: Comparing) -> None:
    index = (st.session_state.get(key) or {}).get("open")
    cells = comparing.cells
    if cells and comparing.on_open and isinstance(index, int) and 0 <= index < cells["columns"] * cells["rows"]:
        comparing.on_open(index)


def _rerun_only() -> None:
    """Streamlit keeps a component's state only under names that have a callback; the rerun itself is the answer."""


def film_step(steps: Sequence[int], step: int) -> int | None:
    """The latest of ascending ``steps`` that is not after ``step``, or None."""
    index = bisect.bisect_right(steps, step)
    return steps[index - 1] if index else None


def _film_message(
    films: Sequence[Film],
    steps: Sequence[int],
    ask: set[int],
    load: Load,
    options: dict[str, Any],
    want: Sequence[int] = (),
    sent: set[tuple[str, int]] | None = None,
) -> bytes:
    """Pack the films' description and pictures, as `parts.pack` does. A picture in
    ``sent`` is left out unless its slider step is in ``want``; those that go out are added.
    """
    if not 0 < len(films) <= 5 and steps:
        raise ValueError(f"a film view shows 1 to 5 films, not {len(films)}")
    pictures: list[tuple[str, int, int]] = []  # film, step, length in bytes; -1 for a picture that is not there
    blobs: list[bytes] = []
    for film in films:
        own = film.get("steps", steps)
        wished = {film_step(own, step) for step in want}
        for step in sorted({s for s in (film_step(own, wanted) for wanted in ask) if s is not None}):
            if sent is not None and (film["id"], step) in sent and step not in wished:
                continue
            png = load(film["id"], step)
            if sent is not None and png is not None:
                sent.add((film["id"], step))
            pictures.append((film["id"], step, -1 if png is None else len(png)))
            blobs.append(png or b"")
    described = [{**film, **({"steps": [*map(int, film["steps"])]} if "steps" in film else {})} for film in films]
    header = {"films": described, "steps": [*map(int, steps)], "pictures": pictures, **options}
    return parts.pack(header, blobs)
