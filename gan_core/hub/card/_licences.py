"""Licences as the Hub names them: https://huggingface.co/docs/hub/repositories-licenses"""

import re
from dataclasses import dataclass

CREATIVE_COMMONS = {
    "cc": ("",),
    "cc0": ("1.0",),
    "cc-by": ("2.0", "2.5", "3.0", "4.0"),
    "cc-by-sa": ("3.0", "4.0"),
    "cc-by-nc": ("2.0", "3.0", "4.0"),
    "cc-by-nd": ("4.0",),
    "cc-by-nc-nd": ("3.0", "4.0"),
    "cc-by-nc-sa": ("2.0", "3.0", "4.0"),
}

SOFTWARE = {
    "apache": ("2.0",),
    "mit": ("",),
    "isc": ("",),
    "zlib": ("",),
    "unlicense": ("",),
    "bsd": ("", "2-clause", "3-clause"),
    "gpl": ("", "2.0", "3.0"),
    "lgpl": ("", "2.1", "3.0"),
    "agpl": ("3.0",),
    "mpl": ("2.0",),
    "ofl": ("1.1",),
    "openrail": ("",),
    "creativeml-openrail-m": ("",),
    "pddl": ("",),
    "odbl": ("",),
}

KNOWN = frozenset(
    f"{family}-{version}".strip("-")
    for table in (CREATIVE_COMMONS, SOFTWARE)
    for family, versions in table.items()
    for version in versions
)
"""Identifiers that need no name beside them."""

LONGEST = 60


@dataclass(frozen=True)
class Licence:
    """`id` as the Hub has it: one of KNOWN, `other` with a `name` of its own, or `unknown`."""

    id: str
    name: str | None = None


def of(text: str) -> Licence:
    """What the Hub calls a licence that people call `text`, as `CC BY-SA 3.0`; `unknown` for an empty text."""
    slug = re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")
    known = slug.removeprefix("sil-").removesuffix("-license").removesuffix("-licence")
    if known in KNOWN:
        return Licence(known)
    if slug in ("", "unknown"):
        return Licence("unknown")
    return Licence("other", slug[:LONGEST].strip("-."))
