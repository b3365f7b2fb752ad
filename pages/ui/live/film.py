"""Films: the pictures of one to five runs side by side under one step slider.

Mounted once in the browser and then fed with new pictures, so that nothing flickers or jumps. The browser keeps the
pictures it has received and asks for those it lacks.
"""

import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from streamlit.components.v2 import component

from pages.ui.shell import component as parts
from pages.ui.shell import session

NO_PICTURE_YET = "The first picture comes when the networks are built, in a few seconds."
MAX_FILMS = 5
MAX_REQUESTED = 12  # steps answered per request; the browser asks again for more

_film = component(
    "gan_live_film",
    css=parts.assets("shell/controls.css", "live/film.css"),
    js=parts.assets("shell/common.js", "shell/picture_grid.js", "live/film_modes.js", "live/film.js"),
)


class FilmStrip(TypedDict):
    """One strip of pictures. ``id`` names the run it is from, as the browser keeps pictures by (id, step)."""

    id: str
    title: str
    caption: NotRequired[str]
    steps: NotRequired[Sequence[int]]  # its own ascending steps, where they are not those of the slider
    columns: NotRequired[Sequence[str]]  # labels above the columns of the picture's grid
    still: NotRequired[bool]  # the same picture at every step
    apart: NotRequired[bool]  # never compared with the reference, as real pictures


class GridShape(TypedDict):
    """The samples in a film's picture: so many columns and rows of `size` px, with `gap` px between them."""

    columns: int
    rows: int
    gap: int
    size: int


LoadPicture = Callable[[str, int], bytes | None]
"""The PNG of a film at a step, by (film id, step); None where there is none."""


@dataclass(frozen=True)
class FilmState:
    """The last message from the browser.

    ``step`` is where the user put the slider, None while it follows the newest step. ``requested`` are the slider
    steps whose pictures the browser lacks; ``request`` is a number that rises with every request.
    """

    step: int | None = None
    requested: tuple[int, ...] = ()
    request: int = 0


def film_state(key: str) -> FilmState:
    """The state of the film ``key``; may be read before ``live_film`` is called in a run of the script."""
    view = session.component_value(key, "view") or {}
    step = view.get("step")
    requested = tuple(int(s) for s in view.get("requested", ()))[:MAX_REQUESTED]
    return FilmState(None if step is None else int(step), requested, int(view.get("request", 0)))


def live_film(
    films: Sequence[FilmStrip],
    steps: Sequence[int],
    load: LoadPicture,
    key: str,
    *,
    total: int | None = None,
    empty: str = "No pictures yet.",
    start: int | None = None,
    unit: str = "Step",
    mode: str = "side",
    reference: str | None = None,
    grid: GridShape | None = None,
    opened: int | None = None,
    on_open: Callable[[int], None] | None = None,
    sent: set[tuple[str, int]] | None = None,
) -> FilmState:
    """Show one to five films side by side under one step slider, and return the browser's state.

    ``steps`` are all slider steps so far, ascending; a film with ``steps`` of its own shows its latest one not after
    the slider. Only the newest pictures and those the browser requests are loaded and sent. ``total`` is the last step
    planned, ``empty`` the sentence for no steps, ``start`` the step to open at instead of the newest, ``unit`` what the
    slider counts. ``sent`` remembers between calls which newest pictures have gone out: those are not sent again, as
    the browser keeps them and requests one that it has lost after all. Give a fresh set whenever the page is drawn
    anew.

    ``mode`` is how films are compared: "side", "flicker" (alternating with the film whose id is ``reference``) or
    "difference" (from it). With ``grid`` a sample can be opened: ``on_open`` is then called with its number, and
    ``opened`` is the one that is marked as open.
    """
    state = film_state(key)
    # A request is answered once. Should the answer be lost, the browser asks again under a new number.
    requested = state.requested if session.get(f"{key}.answered") != state.request else ()
    session.put(f"{key}.answered", state.request)
    needed = {*steps[-1:], *requested}
    if state.request == 0 and start is not None:
        needed.add(start)
    options = {"total": total, "empty": empty, "start": start, "unit": unit}
    options |= {"mode": mode, "reference": reference, "grid": grid, "opened": opened}

    def open_sample() -> None:
        index = session.component_value(key, "open")
        if grid and on_open and isinstance(index, int) and 0 <= index < grid["columns"] * grid["rows"]:
            on_open(index)

    _film(
        data=film_message(films, steps, needed, load, options, requested, sent),
        key=key,
        default={"view": {"step": None, "requested": [], "request": 0}},
        on_view_change=parts.rerun_only,
        on_open_change=open_sample,
    )
    return state


def latest_step(steps: Sequence[int], step: int) -> int | None:
    """The latest of ascending ``steps`` that is not after ``step``, or None."""
    index = bisect.bisect_right(steps, step)
    return steps[index - 1] if index else None


def film_message(
    films: Sequence[FilmStrip],
    steps: Sequence[int],
    needed: set[int],
    load: LoadPicture,
    options: dict[str, Any],
    requested: Sequence[int] = (),
    sent: set[tuple[str, int]] | None = None,
) -> bytes:
    """Pack the films' description and their pictures at the ``needed`` slider steps, as `parts.pack` does.

    A picture in ``sent`` is left out unless its step is ``requested``; those that go out are added to it.
    """
    if not 0 < len(films) <= MAX_FILMS and steps:
        raise ValueError(f"a film view shows 1 to {MAX_FILMS} films, not {len(films)}")
    sent = set() if sent is None else sent
    pictures: list[tuple[str, int, int]] = []  # film, step, length in bytes; -1 for a picture that is not there
    blobs: list[bytes] = []
    for film in films:
        own = film.get("steps", steps)
        again = {latest_step(own, step) for step in requested}
        for step in sorted({s for s in (latest_step(own, step) for step in needed) if s is not None}):
            if (film["id"], step) in sent and step not in again:
                continue
            png = load(film["id"], step)
            if png is not None:
                sent.add((film["id"], step))
            pictures.append((film["id"], step, -1 if png is None else len(png)))
            blobs.append(png or b"")
    described = [{**film, **({"steps": [*map(int, film["steps"])]} if "steps" in film else {})} for film in films]
    header = {"films": described, "steps": [*map(int, steps)], "pictures": pictures, **options}
    return parts.pack(header, blobs)
