"""Views that the hand moves: a grid whose samples can be pinned, a player, and sliders that draw as they move.

Each is mounted once in the browser and then fed with bytes, so that nothing flickers; see `assets/`.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st
from streamlit.components.v2 import component

from gan_core.data import sample_grid
from pages.ui.shell import component as parts

_tiles = component(
    "gan_tiles", css=parts.asset("controls.css", "tiles.css"), js=parts.asset("common.js", "cells.js", "tiles.js")
)
_player = component(
    "gan_player", css=parts.asset("controls.css", "player.css"), js=parts.asset("common.js", "cells.js", "player.js")
)
_hand = component("gan_hand", css=parts.asset("controls.css", "hand.css"), js=parts.asset("common.js", "hand.js"))

STRIP = (-3, -2, -1, 0, 1, 2, 3)
"""Standard deviations that the strip over a slider shows."""


def tiles(
    images: np.ndarray,
    key: str,
    title: str,
    *,
    columns: int = sample_grid.COLUMNS,
    labels: Sequence[str] = (),
    pins: Mapping[int, str] | None = None,
    width: int = 720,
    on_press: Callable[[int], None],
) -> None:
    """A grid of pictures uint8 (N, H, W, C), `width` px wide at most; `on_press` gets the number of the one clicked.

    `labels` stand above the columns; `pins` are letters on some of the pictures, by number.
    """
    header = {
        "title": title,
        "labels": list(labels),
        "pins": {str(index): letter for index, letter in (pins or {}).items()},
        "count": len(images),
        "width": width,
        "cells": _cells(len(images), images.shape[1], columns),
    }
    png = sample_grid.png(sample_grid.grid(images, columns))
    header["form"] = hashlib.sha256(png).hexdigest()[:12]

    def pressed() -> None:
        index = (st.session_state.get(key) or {}).get("press")
        if isinstance(index, int) and 0 <= index < len(images):
            on_press(index)

    _tiles(data=parts.with_pictures(header, [png]), key=key, on_press_change=pressed, width=width)


def player(
    images: np.ndarray,
    key: str,
    title: str,
    *,
    captions: Sequence[str] = (),
    loop: bool = False,
    rate: int = 20,
    on_pin: Callable[[int], None] | None = None,
) -> None:
    """The frames uint8 (N, H, W, C) of a walk, as a strip and played at `rate` frames a second."""
    columns = min(len(images), 16)
    png = sample_grid.png(sample_grid.grid(images, columns))
    header = {
        "title": title,
        "count": len(images),
        "size": images.shape[1],
        "captions": list(captions),
        "loop": loop,
        "rate": rate,
        "pins": on_pin is not None,
        "cells": _cells(len(images), images.shape[1], columns),
        "form": hashlib.sha256(png).hexdigest()[:12],
    }

    def pinned() -> None:
        index = (st.session_state.get(key) or {}).get("pin")
        if on_pin and isinstance(index, int) and 0 <= index < len(images):
            on_pin(index)

    _player(data=parts.with_pictures(header, [png]), key=key, on_pin_change=pinned)


def _cells(count: int, size: int, columns: int) -> dict[str, int]:
    return {"columns": columns, "rows": -(-count // columns), "gap": sample_grid.GAP, "size": size}


@dataclass(frozen=True)
class Moved:
    """Where the hand is: the values it set, by id, and whether it rests. `serial` is that of the browser's question."""

    values: Mapping[str, float] = field(default_factory=dict)
    rest: bool = True
    serial: int = 0


@dataclass(frozen=True)
class Slider:
    """One slider, from −`most` to `most` standard deviations; `strip` are its pictures at STRIP, uint8 (7, H, W, C)."""

    id: str
    name: str
    about: str = ""
    most: float = 3.0
    step: float = 0.1


def moved(key: str, form: str) -> Moved | None:
    """What the browser last told about view `key`; None where it told nothing yet, or of another `form`."""
    told = (st.session_state.get(key) or {}).get("hand") or {}
    if told.get("form") != form:
        return None
    values = {
        str(name): float(value) for name, value in told.get("values", {}).items() if isinstance(value, int | float)
    }
    return Moved(values, bool(told.get("rest")), int(told.get("serial", 0)))


def sliders(
    key: str,
    form: str,
    state: Moved,
    wanted: Sequence[Slider],
    shown: Mapping[str, np.ndarray],
    strips: Mapping[str, np.ndarray] | None,
) -> None:
    """Sliders beside the pictures they draw, uint8 (H, W, C) by title.

    `form` says what the sliders stand for: another one starts afresh from `state.values`. `strips` hold a row of
    pictures uint8 (7, H, W, C) for each slider's id; None leaves those of before.
    """
    strips = strips or {}
    rows = [{**vars(one), "value": state.values.get(one.id, 0.0)} for one in wanted]
    _show(
        key,
        {"form": form, "answer": state.serial, "values": state.values, "sliders": rows, "strips": list(strips) or None},
        shown,
        [sample_grid.png(sample_grid.grid(strip, len(STRIP))) for strip in strips.values()],
    )


def pad(key: str, form: str, state: Moved, sheet: np.ndarray, side: int, shown: Mapping[str, np.ndarray]) -> None:
    """A sheet of pictures uint8 (side², H, W, C) under the pointer, which sets `x` and `y` from 0 to 1."""
    header: dict[str, Any] = {"form": form, "answer": state.serial, "values": state.values, "sliders": []}
    header |= {"pad": True, "sheet": "The sheet of pictures between the four corners"}
    _show(key, header, shown, [sample_grid.png(_without_gaps(sheet, side))])


def _show(key: str, header: dict[str, Any], shown: Mapping[str, np.ndarray], more: list[bytes]) -> None:
    pngs = [sample_grid.png(picture) for picture in shown.values()]
    header["pictures"] = [{"title": title, "alt": title} for title in shown]
    data = parts.with_pictures(header, [*pngs, *more])
    _hand(data=data, key=key, default={"hand": {}}, on_hand_change=_rerun_only)


def _without_gaps(images: np.ndarray, side: int) -> np.ndarray:
    """Pictures uint8 (side², H, W, C) laid edge to edge, so that the pointer's place is a place on the sheet."""
    _, height, width, channels = images.shape
    rows = images.reshape(side, side, height, width, channels).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(rows.reshape(side * height, side * width, channels))


def _rerun_only() -> None:
    """Streamlit keeps a component's state only under names that have a callback; the rerun itself is the answer."""
