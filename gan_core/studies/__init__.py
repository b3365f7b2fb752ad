"""Comparisons to repeat, one file each: the file name with `-` for `_` is its name, `STUDY` what it is."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from gan_core.system import discovery


@dataclass(frozen=True)
class Study:
    """Presets that are run one after the other and reported side by side.

    `values` are dotted config fields for every row. `pairs` (without, with) are presets that differ by one
    idea: the report says by how much it changed the oscillation. `idea` names it, as in "with the remedies".
    """

    title: str
    summary: str
    presets: tuple[str, ...]
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    pairs: tuple[tuple[str, str], ...] = ()
    idea: str = "the change"

    def __post_init__(self) -> None:
        strange = sorted({name for pair in self.pairs for name in pair} - set(self.presets))
        if strange or not self.presets:
            raise ValueError(f"{self.title}: pairs of what is no row: {strange}" if strange else "A study needs rows.")


@cache
def all_studies() -> dict[str, Study]:
    """Every study by name."""
    found: dict[str, Study] = discovery.discover(sys.modules[__name__], "STUDY")
    return {name.replace("_", "-"): study for name, study in found.items()}


def get(name: str) -> Study:
    """The study called `name`; raises WorkshopError with the valid names."""
    return discovery.look_up(all_studies(), name, "study")
