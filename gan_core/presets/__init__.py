"""Named settings, and how they become a config. Start with `recipe.build`.

A file defines `PRESET`, whose name is the file's with `-` for `_`, or `PRESETS`, several by name that have much in
common."""

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
    `data.dataset` always among them; what is given beside a preset wins. `every_variant`: each variant adds settings of
    its own to it (`Variant.presets`); the variant in `values` is only where people start.
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
    """Every preset by name, in the order of the names."""
    here = sys.modules[__name__]
    found: dict[str, Preset] = {
        name.replace("_", "-"): preset for name, preset in discovery.discover(here, "PRESET").items()
    }
    for table in discovery.discover(here, "PRESETS").values():
        found |= table
    return dict(sorted(found.items()))


def get(name: str) -> Preset:
    """The preset called `name`; raises WorkshopError with the valid names."""
    return discovery.look_up(all_presets(), name, "preset")
