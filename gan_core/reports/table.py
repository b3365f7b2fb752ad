"""Tables as Markdown, HTML, CSV and LaTeX."""

import csv
import io
import re
from collections.abc import Callable, Sequence
from typing import Any

from gan_core.runs.summary import format_number
from gan_core.system import text

UNESCAPED_PIPE = re.compile(r"(?<!\\)((?:\\\\)*)\|")
"""A `|` after an even number of backslashes, which would end a cell in Markdown."""

Rows = Sequence[Sequence[str | float | int | None]]
"""Cells: text, a number, or None for an unknown value."""


def to_markdown(head: Sequence[str], rows: Rows) -> str:
    """As GitHub's Markdown; numbers with three digits, a dash for None. Markdown in a cell works, HTML does not."""
    lines = [list(head), ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(_markdown, line))} |\n" for line in lines)


def to_html(head: Sequence[str], rows: Sequence[Sequence[Any]], cell: Callable[[Any], str] = text.for_html) -> str:
    """As a `<table>`; `cell` gives the HTML of a cell of the body."""
    top = "".join(f'<th scope="col">{text.for_html(name)}</th>' for name in head)
    body = "\n".join(f"<tr>{''.join(f'<td>{cell(one)}</td>' for one in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead>\n<tbody>{body}</tbody></table>"


def to_csv(head: Sequence[str], rows: Rows) -> str:
    """As RFC 4180 asks, with whole numbers and full precision; empty for None.

    Text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(head)
    writer.writerows([[_csv(cell) for cell in row] for row in rows])
    return file.getvalue()


def to_latex(head: Sequence[str], rows: Rows) -> str:
    """As a `tabular` for the package booktabs; columns of numbers to the right."""
    columns = list(zip(*rows, strict=True)) or [() for _ in head]
    sides = "".join("l" if any(isinstance(cell, str) for cell in column) else "r" for column in columns)
    lines = [f"\\begin{{tabular}}{{{sides}}}", r"\toprule", _latex(head), r"\midrule", *map(_latex, rows)]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


def _shown(cell: str | float | int | None) -> str:
    if isinstance(cell, str):
        return text.one_line(cell)
    if cell is None or cell != cell:
        return "–"
    return f"{cell:,}" if isinstance(cell, int) else format_number(cell)


def _markdown(cell: str | float | int | None) -> str:
    return UNESCAPED_PIPE.sub(r"\1\\|", _shown(cell)).replace("<", "&lt;")


def _latex(row: Sequence[str | float | int | None]) -> str:
    return " & ".join(text.for_latex(_shown(cell)) for cell in row) + r" \\"


def _csv(cell: str | float | int | None) -> str | float | int:
    if cell is None or cell != cell:
        return ""
    return text.for_spreadsheet(cell) if isinstance(cell, str) else cell
