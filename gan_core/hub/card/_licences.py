"""Licences as the Hub names them: https://huggingface.co/docs/hub/repositories-licenses"""

import re
from dataclasses import dataclass

HUB_IDS = frozenset(
    """
    cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0
    cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0
    apache-2.0 mit isc zlib unlicense bsd bsd-2-clause bsd-3-clause gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 agpl-3.0
    mpl-2.0 ofl-1.1 openrail creativeml-openrail-m pddl odbl
    """.split()  # noqa: SIM905
)
"""Ids that need no name beside them."""

MAX_LENGTH = 60


@dataclass(frozen=True)
class Licence:
    """`id` is one of HUB_IDS, `other` with a `name` of its own, or `unknown`."""

    id: str
    name: str | None = None


def hub_licence(text: str) -> Licence:
    """The Hub's id of a licence that people call `text`, such as `CC BY-SA 3.0`; `unknown` for an empty text."""
    slug = re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")
    hub_id = slug.removeprefix("sil-").removesuffix("-license").removesuffix("-licence")
    if hub_id in HUB_IDS:
        return Licence(hub_id)
    if slug in ("", "unknown"):
        return Licence("unknown")
    return Licence("other", slug[:MAX_LENGTH].strip("-."))
