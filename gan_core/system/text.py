"""Text from strangers, such as names and messages in files, made harmless for the place where it is shown."""

import html
import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator

REFUSED = ("Cc", "Cs", "Zl", "Zp")
"""Unicode's control characters, halves of a pair of surrogates, which no encoding has, and ends of lines."""

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


def check_line(text: str) -> str:
    """`text` itself; raises ValueError unless it is a single line without control characters."""
    if any(unicodedata.category(letter) in REFUSED for letter in text):
        raise ValueError("allowed: one line of text, without control characters")
    return text


SingleLine = Annotated[str, AfterValidator(check_line)]


def one_line(text: str) -> str:
    """A single line of printable letters: whatever else there is becomes single spaces."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def for_sentence(text: object, limit: int = 80) -> str:
    """For a sentence of ours: printable, on one line, and without its middle where it has over `limit` letters."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in str(text))
    half = limit // 2 - 2
    return printable if len(printable) <= limit else f"{printable[:half]} … {printable[-half:]}"


def for_markdown(text: str, also: str = "") -> str:
    """For Markdown, where nothing in it is a link, emphasis, HTML or the end of a table's cell.

    `also` are further signs that the program which shows it takes for its own.
    """
    return re.sub(rf"([\\`*_\[\]~&|{re.escape(also)}])", r"\\\1", text).replace("<", "&lt;")


def for_html(text: str) -> str:
    """For HTML and SVG, between tags or in a quoted attribute."""
    return html.escape(text)


def for_latex(text: str) -> str:
    """For LaTeX, as text."""
    return "".join(LATEX.get(sign, sign) for sign in text)


def for_spreadsheet(text: str) -> str:
    """For a cell of a CSV file: an apostrophe stands before what a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
