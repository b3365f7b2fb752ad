"""A small document of headings, paragraphs and tables: one HTML file that needs no other, or Markdown."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape


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
    language: str = "bash"


@dataclass(frozen=True)
class Figure:
    """A picture: the content of a PNG or SVG file, and a caption below it. Only HTML holds one."""

    content: bytes
    alt: str
    caption: str = ""


Cell = str | Figure


@dataclass(frozen=True)
class Table:
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


Block = Heading | Text | Code | Figure | Table


def markdown(blocks: Iterable[Block]) -> str:
    """As GitHub's Markdown; raises TypeError for a Figure, whose file would have to lie beside it."""
    parts = []
    for block in blocks:
        match block:
            case Heading():
                parts.append(f"{'#' * block.level} {_plain(block.text)}")
            case Text():
                parts.append(_plain(block.text))
            case Code():
                parts.append(f"```{block.language}\n{block.text}\n```")
            case Figure():
                parts.append(_plain(block))
            case Table():
                lines = [list(block.head), ["---"] * len(block.head), *block.rows]
                parts.append("\n".join(f"| {' | '.join(map(_plain, line))} |" for line in lines))
    return "\n\n".join(parts) + "\n"


def html(blocks: Sequence[Block]) -> str:
    """As one file that needs no other: pictures and charts are inside."""
    title = next((block.text for block in blocks if isinstance(block, Heading)), "Report")
    parts = []
    for block in blocks:
        match block:
            case Heading():
                parts.append(f"<h{block.level}>{escape(block.text)}</h{block.level}>")
            case Text():
                parts.append(f"<p>{escape(block.text)}</p>")
            case Code():
                parts.append(f"<pre>{escape(block.text)}</pre>")
            case Figure():
                parts.append(_html_cell(block))
            case Table():
                head = "".join(f'<th scope="col">{escape(text)}</th>' for text in block.head)
                rows = ["".join(f"<td>{_html_cell(cell)}</td>" for cell in row) for row in block.rows]
                body = "\n".join(f"<tr>{row}</tr>" for row in rows)
                parts.append(
                    f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>'
                )
    return _PAGE.format(title=escape(title), body="\n".join(parts))


def _plain(cell: Cell) -> str:
    if isinstance(cell, Figure):
        raise TypeError(f"Markdown holds no pictures: {cell.alt}")
    return cell.replace("<", "&lt;").replace("|", "\\|")


def _html_cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return escape(cell).replace(" ± ", "\u00a0±\u00a0")  # in one line
    if cell.content.startswith(b"<svg"):
        inside = cell.content.decode()
    else:
        data = base64.b64encode(cell.content).decode("ascii")
        inside = f'<img alt="{escape(cell.alt)}" src="data:image/png;base64,{data}">'
    caption = f"<figcaption>{escape(cell.caption)}</figcaption>" if cell.caption else ""
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
