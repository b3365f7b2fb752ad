"""Studies: several presets for one question, trained one after the other and reported side by side.

One study a file: the file's name with `-` for `_` is its id, `STUDY` its definition. Offers `Study`, `get` and
`all_studies`; `study.StudyRun` trains one and writes its report. Read `study` first.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from gan_core.system import discovery


@dataclass(frozen=True)
class Study:
    """The definition of a study: its rows are `presets`, and `values` are dotted config fields that all rows share.

    `pairs` (without, with) are presets that differ by one `idea`, worded as in "with label smoothing": the report
    shows how much the idea changed the oscillation of D's loss.
    """

    title: str
    summary: str
    presets: tuple[str, ...]
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    pairs: tuple[tuple[str, str], ...] = ()
    idea: str = "the change"

    def __post_init__(self) -> None:
        unknown = sorted({name for pair in self.pairs for name in pair} - set(self.presets))
        if unknown or not self.presets:
            raise ValueError(f"{self.title}: pairs of what is no row: {unknown}" if unknown else "A study needs rows.")


@cache
def all_studies() -> dict[str, Study]:
    """Every study by name."""
    studies: dict[str, Study] = discovery.discover(sys.modules[__name__], "STUDY")
    return {name.replace("_", "-"): study for name, study in studies.items()}


def get(name: str) -> Study:
    """The study called `name`; raises WorkshopError with the valid names."""
    return discovery.look_up(all_studies(), name, "study")
