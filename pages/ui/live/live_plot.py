"""Live charts: a Plotly figure that is mounted once in the browser and then updated in place.

Streamlit's own chart is rebuilt whenever its figure changes, which loses zoom, hover and hidden lines. This component
keeps one DOM node for as long as the page shows it.
"""

import importlib.util
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

from gan_core.system import files
from gan_core.system.places import ROOT
from pages.ui.shell import component as parts

STATIC = ROOT / "static"
HEAD_HEIGHT = 28  # px, the title row above a chart; see plot.css

# Plotly writes its styles into the page's head, out of reach of a shadow root: hence no isolation.
_plot = component(
    "gan_live_plot", css=parts.assets("live/plot.css"), js=parts.assets("live/plot.js"), isolate_styles=False
)


def ensure_static(folder: Path = STATIC) -> str:
    """Put the plotly package's ``plotly.min.js`` into ``folder``, where Streamlit serves it; return its version.

    Does nothing when the same version is there. The file is replaced in one move, so a browser never gets half of it.
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
    files.write_atomic(target, source.read_bytes())
    return version


def _plotly_version(file: Path) -> str:
    """The version in the comment at the top of a ``plotly.min.js``, or "unknown" for another kind of file."""
    with file.open("rb") as stream:
        match = re.search(rb"plotly\.js v([\w.\-]+)", stream.read(400))
    return match[1].decode("ascii") if match else "unknown"


_served_plotly = cache(ensure_static)


def pack_figure(figure: Mapping[str, Any], height: int = 320) -> bytes:
    """A figure as the browser receives it, JSON in UTF-8. The same bytes may go to many viewers."""
    data = {"figure": figure, "height": height - HEAD_HEIGHT, "plotly": _served_plotly()}
    return json.dumps(data, separators=(",", ":")).encode("utf-8")


def live_plot(figure: Mapping[str, Any] | bytes, key: str, height: int = 320) -> None:
    """Show a Plotly figure, ``{"data": [...], "layout": {...}}``, and update it in place on every later call.

    ``height`` is in px and includes the title row; ``layout.title.text`` is shown there. Zoom, hover and
    hidden lines survive updates, for which every trace needs a constant ``uid`` and the layout a constant
    ``uirevision`` (``plots.lines_figure`` sets both). Colours and font follow the theme of the page. A figure that
    was packed by ``pack_figure`` is sent as it is, with the height given there.
    """
    _plot(data=figure if isinstance(figure, bytes) else pack_figure(figure, height), key=key, height="content")
