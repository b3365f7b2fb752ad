"""Text that a file tells, which may be a stranger's: one line, without what a terminal would obey."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator

REFUSED = ("Cc", "Cs", "Zl", "Zp")
"""Unicode's control characters, halves of a pair of surrogates, which no encoding has, and ends of lines."""


def checked(text: str) -> str:
    """`text`; raises ValueError for what is more than a line."""
    if any(unicodedata.category(letter) in REFUSED for letter in text):
        raise ValueError("allowed: one line of text, without control characters")
    return text


def shown(text: str) -> str:
    """A stranger's name for something in a sentence of ours: as it is, or as Python writes it."""
    return text if text.isprintable() and len(text) <= 80 else ascii(text[:80])


Line = Annotated[str, AfterValidator(checked)]
