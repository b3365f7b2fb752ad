"""From names to a config: the schema's defaults, then the variant's, then the preset's, then what was given."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from gan_core import config as schema
from gan_core import data, presets, registry, variants
from gan_core.config import ConfigError, Problem, TrainConfig


@dataclass(frozen=True)
class Preset:
    """Named settings: one file in `presets/`. `values` are dotted config fields; what is given beside wins."""

    title: str
    summary: str
    values: Mapping[str, Any]


@cache
def all_presets() -> dict[str, Preset]:
    """Every preset by name: the file name with `-` for `_`."""
    found = registry.discover(sys.modules[presets.__name__], "PRESET")
    return {name.replace("_", "-"): preset for name, preset in found.items()}


def get_preset(name: str) -> Preset:
    """The preset called `name`; raises WorkshopError with the valid names."""
    return registry.look_up(all_presets(), name, "preset")


def defaults(variant: str, preset: str | None = None) -> dict[str, Any]:
    """Every dotted field with the value it has before anyone changes it."""
    return schema.flatten(build({"variant": variant, "preset": preset}))


def build(given: Mapping[str, Any] = MappingProxyType({})) -> TrainConfig:
    """The full config for what was `given`, as dotted fields.

    Raises WorkshopError for an unknown variant, data set or preset (with the valid ones), and ConfigError
    with every other problem at once, settings that the chosen variant does not use or forbids among them.
    """
    preset = get_preset(given["preset"]).values if given.get("preset") else {}
    name = given.get("variant") or preset.get("variant") or TrainConfig.model_fields["variant"].default
    variant = variants.get(name)
    merged = {**variant.defaults, **preset, **given, "variant": name}
    config = TrainConfig.parse(schema.nest(merged))
    data.get(config.data.dataset)
    problems = [*_unused(name, given, config), *_forbidden(name, config), *_bad_classes(config)]
    if problems:
        raise ConfigError(problems)
    return config


def unused(variant: str) -> set[str]:
    """Dotted fields that would do nothing for this variant: those its losses and networks do not read."""
    spec = variants.get(variant)
    read = {"objective": {"d_steps", *spec.knobs}, "network": set(spec.network_knobs)}
    read["network"] |= {"conditional"} if spec.conditional == "optional" else set()
    read["stabilisers"] = set(schema.StabiliserConfig.model_fields) - REMEDIES_OF_LOSSES | set(spec.remedies)
    return {f"{group}.{name}" for group in read for name in set(schema.groups()[group].model_fields) - read[group]}


REMEDIES_OF_LOSSES = {"label_smoothing"}
"""Remedies that a loss must know of; the others are the trainer's and work for every variant."""


def _unused(variant: str, given: Mapping[str, Any], config: TrainConfig) -> list[Problem]:
    neutral = schema.flatten(TrainConfig())
    chosen = schema.flatten(config)
    wrong = [f for f in sorted(unused(variant)) if f in given and chosen[f] != neutral[f]]
    return [Problem(f, given[f], f"{variant} does not use this field; leave it out") for f in wrong]


def _forbidden(variant: str, config: TrainConfig) -> list[Problem]:
    chosen = schema.flatten(config)
    forbids = variants.get(variant).forbids
    return [
        Problem(field, chosen[field], f"{variant} cannot use it, for {reasons[chosen[field]]}")
        for field, reasons in forbids.items()
        if chosen[field] in reasons
    ]


def _bad_classes(config: TrainConfig) -> list[Problem]:
    count = len(data.get(config.data.dataset).classes)
    wrong = [number for number in config.data.classes or () if number >= count]
    return [Problem("data.classes", wrong, f"allowed for {config.data.dataset}: 0 to {count - 1}")] if wrong else []
