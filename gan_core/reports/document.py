"""A document of headings, paragraphs, pictures and tables as a single HTML file."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from gan_core.reports import table
from gan_core.system.text import for_html


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 2


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class Code:
    text: str


@dataclass(frozen=True)
class Picture:
    """The content of a PNG or SVG file, with a caption below it."""

    content: bytes
    alt: str
    caption: str = ""


Cell = str | Picture


@dataclass(frozen=True)
class Table:
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


Block = Heading | Text | Code | Picture | Table


def html(blocks: Sequence[Block]) -> str:
    """The document as HTML, with the pictures inside."""
    title = next((block.text for block in blocks if isinstance(block, Heading)), "Report")
    parts = []
    for block in blocks:
        match block:
            case Heading():
                parts.append(f"<h{block.level}>{for_html(block.text)}</h{block.level}>")
            case Text():
                parts.append(f"<p>{for_html(block.text)}</p>")
            case Code():
                parts.append(f"<pre>{for_html(block.text)}</pre>")
            case Picture():
                parts.append(_cell(block))
            case Table():
                parts.append(f'<div class="wide">{table.to_html(block.head, block.rows, _cell)}</div>')
    return _PAGE.format(title=for_html(title), body="\n".join(parts))


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return for_html(cell).replace(" ± ", "\u00a0±\u00a0")  # keep them on one line
    if cell.content.startswith(b"<svg"):
        inside = cell.content.decode()
    else:
        data = base64.b64encode(cell.content).decode("ascii")
        inside = f'<img alt="{for_html(cell.alt)}" src="data:image/png;base64,{data}">'
    caption = f"<figcaption>{for_html(cell.caption)}</figcaption>" if cell.caption else ""
    return f"<figure>{inside}{caption}</figure>"


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; }}
th, td {{ border-bottom: 1px solid #8886; padding: .35rem .7rem; text-align: left; vertical-align: top; }}
td:first-child {{ min-width: 9rem; }}
figure {{ display: inline-block; margin: 0; max-width: 100%; }}
svg {{ max-width: 100%; height: auto; }}
td svg {{ min-width: 20rem; }}
figcaption {{ font-size: .85rem; opacity: .75; }}
img {{ image-rendering: pixelated; min-width: 12rem; max-width: 100%; }}
pre {{ background: #8882; padding: .7rem; overflow-x: auto; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""
