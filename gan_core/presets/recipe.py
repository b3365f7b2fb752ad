"""From names to a config: the schema's defaults, then the variant's, then the preset's, then what was given."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gan_core import config as schema
from gan_core import data, presets, variants
from gan_core.config import ConfigError, Problem, TrainConfig
from gan_core.objectives import targets


def build(given: Mapping[str, Any] = MappingProxyType({})) -> TrainConfig:
    """The full config for what was `given`, as dotted fields.

    Raises WorkshopError for an unknown variant, data set or preset (with the valid ones), and ConfigError
    with every other problem at once, settings that the chosen variant does not use or forbids among them.
    """
    config = resolve(given)
    data.get(config.data.dataset)
    problems = [*_unused(config.variant, given, config), *_forbidden(config), *_bad_classes(config)]
    if problems:
        raise ConfigError(problems)
    return config


def resolve(given: Mapping[str, Any]) -> TrainConfig:
    """The config that `build` gives, unchecked: its data set may be gone from this machine, say.

    Raises WorkshopError for an unknown variant or preset, and ConfigError for a value that no run could have.
    """
    chosen = given.get("preset")
    preset = dict(presets.get(chosen).values) if chosen else {}
    if given.get("data.dataset", preset.get("data.dataset")) != preset.get("data.dataset"):
        preset.pop("data.classes", None)  # the numbers mean other classes there
    name = given.get("variant") or preset.get("variant") or TrainConfig.model_fields["variant"].default
    variant = variants.get(name)
    preset |= variant.presets.get(chosen or "", {})
    left_out = unused(name)
    preset = {
        field: value
        for field, value in preset.items()
        if field not in left_out and value not in variant.forbids.get(field, ())
    }
    return TrainConfig.parse(schema.nest({**variant.defaults, **preset, **given, "variant": name}))


def changes(config: TrainConfig) -> dict[str, Any]:
    """The inverse of `build`: variant, data set and preset, and each dotted field that differs from theirs."""
    flat = schema.flatten(config)
    preset = flat.pop("preset")
    names = {"preset": preset} if preset in presets.all_presets() else {}
    names |= {field: flat.pop(field) for field in ("variant", "data.dataset")}
    before = schema.flatten(resolve(names))
    return names | {field: value for field, value in flat.items() if value != before[field]}


def title(field: str) -> str:
    """What people call a dotted field, e.g. `optimiser.lr_g` is `Learning rate of G`."""
    group, _, name = field.rpartition(".")
    model = schema.groups()[group] if group else TrainConfig
    return model.model_fields[name].title or name


def unused(variant: str) -> set[str]:
    """Dotted fields that would do nothing for this variant: those its losses and networks do not read."""
    spec = variants.get(variant)
    read = {"objective": {"d_steps", *spec.objective_fields}, "network": set(spec.network_fields)}
    read["network"] |= {"conditional"} if spec.conditional == "optional" else set()
    every = set(schema.RegularizationConfig.model_fields)
    read["regularization"] = every - FIELDS_OF_LOSSES | set(spec.regularization_fields)
    return {f"{group}.{name}" for group in read for name in set(schema.groups()[group].model_fields) - read[group]}


FIELDS_OF_LOSSES = {*targets.LABELS, *targets.CRITIC}
"""Fields of `regularization` that a loss applies; the others are the trainer's and work for every variant."""


def _unused(variant: str, given: Mapping[str, Any], config: TrainConfig) -> list[Problem]:
    neutral = schema.flatten(TrainConfig())
    chosen = schema.flatten(config)
    wrong = [f for f in sorted(unused(variant)) if f in given and chosen[f] != neutral[f]]
    return [Problem(f, given[f], f"{variant} does not use this field; leave it out") for f in wrong]


def _forbidden(config: TrainConfig) -> list[Problem]:
    chosen = schema.flatten(config)
    forbids = variants.get(config.variant).forbids
    return [
        Problem(field, chosen[field], f"{config.variant} cannot use it, for {reasons[chosen[field]]}")
        for field, reasons in forbids.items()
        if chosen[field] in reasons
    ]


def _bad_classes(config: TrainConfig) -> list[Problem]:
    count = len(data.get(config.data.dataset).classes)
    wrong = [number for number in config.data.classes or () if number >= count]
    return [Problem("data.classes", wrong, f"allowed for {config.data.dataset}: 0 to {count - 1}")] if wrong else []
