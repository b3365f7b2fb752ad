"""Views that follow the pointer: a grid whose samples can be pinned, a player, and sliders that draw as they move.

Each is mounted once in the browser and then fed with bytes, so that nothing flickers; see `assets/`.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from streamlit.components.v2 import component

from gan_core.data import sample_grid
from pages.ui.shell import component as parts
from pages.ui.shell import session

_tiles, _player = (
    component(
        f"gan_{name}",
        css=parts.assets("shell/controls.css", f"latent/{name}.css"),
        js=parts.assets("shell/common.js", "shell/picture_grid.js", f"latent/{name}.js"),
    )
    for name in ("tiles", "player")
)
_pointer = component(
    "gan_pointer",
    css=parts.assets("shell/controls.css", "latent/pointer.css"),
    js=parts.assets("shell/common.js", "latent/pointer.js"),
)

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
    letters = {str(index): letter for index, letter in (pins or {}).items()}
    more = {"labels": list(labels), "pins": letters, "width": width}
    on_change = _on_index(key, "press", len(images), on_press)
    _tiles(data=_grid_data(images, columns, title, more), key=key, on_press_change=on_change, width=width)


def player(
    images: np.ndarray,
    key: str,
    title: str,
    *,
    captions: Sequence[str] = (),
    loop: bool = False,
    rate: int = 20,
    on_pin: Callable[[int], None],
) -> None:
    """The frames uint8 (N, H, W, C) of a path, as a strip and played at `rate` frames a second."""
    more = {"size": images.shape[1], "captions": list(captions), "loop": loop, "rate": rate}
    on_change = _on_index(key, "pin", len(images), on_pin)
    _player(data=_grid_data(images, min(len(images), 16), title, more), key=key, on_pin_change=on_change)


def _grid_data(images: np.ndarray, columns: int, title: str, more: Mapping[str, Any]) -> bytes:
    """Pictures as one PNG of a grid with a header; `form` tells the browser's tests which pictures are shown."""
    count, png = len(images), sample_grid.png(sample_grid.grid(images, columns))
    grid = {"columns": columns, "rows": -(-count // columns), "gap": sample_grid.GAP, "size": images.shape[1]}
    form = hashlib.sha256(png).hexdigest()[:12]
    return parts.pack_pictures({"title": title, "count": count, "grid": grid, "form": form, **more}, [png])


def _on_index(key: str, name: str, count: int, action: Callable[[int], None]) -> Callable[[], None]:
    """A callback that passes on the number that the browser has sent, if it is one of the pictures."""

    def on_change() -> None:
        index = session.component_value(key, name)
        if isinstance(index, int) and 0 <= index < count:
            action(index)

    return on_change


@dataclass(frozen=True)
class PointerState:
    """The values set with the pointer in view `key`, by id, and whether it rests.

    `form` says what the values stand for: another one starts afresh. `serial` numbers the browser's requests; 0 is
    none yet.
    """

    key: str
    form: str
    values: Mapping[str, float]
    rest: bool = True
    serial: int = 0


@dataclass(frozen=True)
class DirectionSlider:
    """A slider from −`most` to `most` standard deviations along a direction."""

    id: str
    name: str
    about: str = ""
    most: float = 3.0
    step: float = 0.1


def pointer_state(key: str, form: str, first: Mapping[str, float]) -> PointerState:
    """The browser's last message from view `key`; the values `first` where it has sent none about this `form`."""
    message = session.component_value(key, "pointer") or {}
    if message.get("form") != form:
        return PointerState(key, form, first)
    values = message.get("values", {}).items()
    numbers = {str(name): float(value) for name, value in values if isinstance(value, int | float)}
    return PointerState(key, form, numbers, bool(message.get("rest")), int(message.get("serial", 0)))


def sliders(
    state: PointerState,
    rows: Sequence[DirectionSlider],
    shown: Mapping[str, np.ndarray],
    strips: Mapping[str, np.ndarray] | None,
) -> None:
    """Sliders beside the pictures they draw, uint8 (H, W, C) by title.

    `strips` hold a row of pictures uint8 (7, H, W, C) at STRIP for each slider's id; None leaves them as they are.
    """
    strips = strips or {}
    values = [{**vars(row), "value": state.values.get(row.id, 0.0)} for row in rows]
    pngs = [sample_grid.png(sample_grid.grid(strip, len(STRIP))) for strip in strips.values()]
    _show(state, {"sliders": values, "strips": list(strips) or None}, shown, pngs)


def pad(state: PointerState, sheet: np.ndarray, side: int, shown: Mapping[str, np.ndarray]) -> None:
    """A sheet of pictures uint8 (side², H, W, C) under the pointer, which sets `x` and `y` from 0 to 1."""
    _, height, width, channels = sheet.shape
    # laid edge to edge, so that a place of the pointer is a place on the sheet
    rows = sheet.reshape(side, side, height, width, channels).transpose(0, 2, 1, 3, 4)
    png = sample_grid.png(np.ascontiguousarray(rows.reshape(side * height, side * width, channels)))
    header = {"sliders": [], "pad": True, "sheet": "The sheet of pictures between the four corners"}
    _show(state, header, shown, [png])


def _show(state: PointerState, header: Mapping[str, Any], shown: Mapping[str, np.ndarray], more: list[bytes]) -> None:
    pictures = [{"title": title, "alt": title} for title in shown]
    header = {**header, "form": state.form, "answer": state.serial, "values": state.values, "pictures": pictures}
    data = parts.pack_pictures(header, [*map(sample_grid.png, shown.values()), *more])
    _pointer(data=data, key=state.key, default={"pointer": {}}, on_pointer_change=parts.rerun_only)
