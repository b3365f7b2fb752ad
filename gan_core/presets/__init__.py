"""Named settings, one file each: the file name with `-` for `_` is its name, `PRESET` what it is."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from gan_core.system import discovery


@dataclass(frozen=True)
class Preset:
    """Settings that belong together.

    `summary` says in a sentence or two what they are for. `values` are dotted config fields, `variant` and
    `data.dataset` always among them; what is given beside a preset wins. `every_variant`: it is made for every
    variant, which adds settings of its own (`Variant.presets`); the one in `values` is where people start.
    """

    title: str
    summary: str
    values: Mapping[str, Any]
    every_variant: bool = False

    def __post_init__(self) -> None:
        missing = [field for field in ("variant", "data.dataset") if field not in self.values]
        if missing:
            raise ValueError(f"{self.title}: a preset says {' and '.join(missing)} as well")
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))

    @property
    def variant(self) -> str:
        return self.values["variant"]

    @property
    def dataset(self) -> str:
        return self.values["data.dataset"]


@cache
def all_presets() -> dict[str, Preset]:
    """Every preset by name."""
    found: dict[str, Preset] = discovery.discover(sys.modules[__name__], "PRESET")
    return {name.replace("_", "-"): preset for name, preset in found.items()}


def get(name: str) -> Preset:
    """The preset called `name`; raises WorkshopError with the valid names."""
    return discovery.look_up(all_presets(), name, "preset")
