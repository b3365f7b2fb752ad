"""A small document of headings, paragraphs and tables, written as Markdown with files, or as one HTML file."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from gan_core.system import files


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
    """A picture or a chart: the content of a file, `name` relative to the document, a caption below it."""

    name: str
    content: bytes
    alt: str
    caption: str = ""


Cell = str | Figure


@dataclass(frozen=True)
class Table:
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


Block = Heading | Text | Code | Figure | Table


def write(blocks: Sequence[Block], folder: Path, name: str = "report") -> tuple[Path, Path]:
    """Write `name.md` with its pictures beside it and `name.html` with everything inside; returns both."""
    for figure in _figures(blocks):
        path = folder / figure.name
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_atomic(path, figure.content)
    paths = folder / f"{name}.md", folder / f"{name}.html"
    for path, text in zip(paths, (markdown(blocks), html(blocks)), strict=True):
        files.write_atomic(path, text.encode())
    return paths


def markdown(blocks: Iterable[Block]) -> str:
    """As GitHub's Markdown; pictures are links to their files."""
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
                parts.append(_markdown_cell(block).replace("<br>", "\n\n"))
            case Table():
                lines = [list(block.head), ["---"] * len(block.head), *block.rows]
                parts.append("\n".join(f"| {' | '.join(map(_markdown_cell, line))} |" for line in lines))
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


def _figures(blocks: Iterable[Block]) -> list[Figure]:
    found = []
    for block in blocks:
        cells = [cell for row in block.rows for cell in row] if isinstance(block, Table) else [block]
        found += [cell for cell in cells if isinstance(cell, Figure)]
    return found


def _plain(text: str) -> str:
    return text.replace("<", "&lt;").replace("|", "\\|")


def _markdown_cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return _plain(cell)
    caption = f"<br>{_plain(cell.caption)}" if cell.caption else ""
    return f"![{_plain(cell.alt)}]({cell.name}){caption}"


def _html_cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return escape(cell).replace(" ± ", "\u00a0±\u00a0")  # in one line
    if cell.name.endswith(".svg"):
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
