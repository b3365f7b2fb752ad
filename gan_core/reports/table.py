"""A table as text for papers and programs: Markdown, CSV and LaTeX."""

import csv
import io
from collections.abc import Sequence

from gan_core.reports.document import Table, markdown
from gan_core.runs.summary import number

LATEX = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "±": r"$\pm$",
    "−": "$-$",
    "–": "--",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "×": r"$\times$",
    "·": r"$\cdot$",
}
"""What LaTeX would take for a command, or what its usual fonts lack."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a cell of text that begins like this."""

Rows = Sequence[Sequence[str | float | int | None]]
"""Cells: text, a number as it is, or None for what is not known."""


def to_markdown(head: Sequence[str], rows: Rows) -> str:
    """As GitHub's Markdown; numbers with three digits, a dash for None."""
    shown = [[_one_line(_shown(cell)) for cell in row] for row in rows]
    return markdown([Table([_one_line(name) for name in head], shown)])


def to_csv(head: Sequence[str], rows: Rows) -> str:
    """As RFC 4180 asks, with whole numbers and full precision; empty for None.

    Text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([[_harmless(cell) for cell in row] for row in rows])
    return text.getvalue()


def to_latex(head: Sequence[str], rows: Rows) -> str:
    """As a `tabular` for the package booktabs; columns of numbers to the right."""
    columns = list(zip(*rows, strict=True)) or [() for _ in head]
    sides = "".join("l" if any(isinstance(cell, str) for cell in column) else "r" for column in columns)
    lines = [f"\\begin{{tabular}}{{{sides}}}", r"\toprule", _latex_row(head), r"\midrule"]
    lines += [_latex_row([_shown(cell) for cell in row]) for row in rows]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


def _latex_row(cells: Sequence[str]) -> str:
    return " & ".join("".join(LATEX.get(sign, sign) for sign in _one_line(cell)) for cell in cells) + r" \\"


def _shown(cell: str | float | int | None) -> str:
    if isinstance(cell, str):
        return cell
    if cell is None or cell != cell:
        return "–"
    return f"{cell:,}" if isinstance(cell, int) else number(cell)


def _harmless(cell: str | float | int | None) -> str | float | int:
    if cell is None or cell != cell:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _one_line(text: str) -> str:
    return " ".join(text.split())
