"""The lanes of a race: parsing them, building their configs, naming them, and what they have in common."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from gan_core import config as schema
from gan_core import presets, variants
from gan_core.config import TrainConfig
from gan_core.presets import recipe
from gan_core.runs import race
from gan_core.system.errors import WorkshopError

COMMON_FIELDS = (*race.SHARED_FIELDS, "schedule.steps", "schedule.seconds", "schedule.epochs")
"""Fields that a lane takes from the first one unless it sets them: those that must agree, and when a run ends."""

SUGGESTED_CHANGES: tuple[dict[str, Any], ...] = (
    {"regularization.label_smoothing": 0.1},
    {"regularization.label_flips": 0.05},
    {"regularization.critic_magnitude": 0.1},
    {"regularization.input_noise": 0.1},
    {"network.norm_d": "spectral"},
    {"network.norm_d": "none", "regularization.r1": 1.0},
    {"regularization.grad_clip": 1.0},
    {"regularization.ema": 0.0},
    {"regularization.augment": "basic", "regularization.augment_where": "both"},
)
"""Single changes worth a race, with the values that the fields' descriptions propose."""


def parse(text: str) -> dict[str, Any]:
    """The fields of a lane: a variant or preset, settings after commas, as in `"dcgan,regularization.r1=1"`.

    Raises WorkshopError for a setting that is not GROUP.FIELD=VALUE, an unknown name, and a name given twice.
    """
    name, *settings = re.split(r",(?=[a-z_]+(?:\.[a-z0-9_]+)?=)", text.strip())
    given = dict(schema.parse_assignment(setting) for setting in settings)
    if again := given.keys() & {"variant", "preset"}:
        raise WorkshopError(f"A lane begins with its variant or preset; {min(again)} cannot be set after it.")
    if name in variants.all_variants():
        return {"variant": name, **given}
    if name not in presets.all_presets():
        known = ", ".join(variants.all_variants())
        raise WorkshopError(f"A lane is a variant or a preset; {name!r} is neither. Variants: {known}.")
    return {"preset": name, **given}


def to_text(given: Mapping[str, Any]) -> str:
    """The inverse of `parse`."""
    settings = {field: value for field, value in given.items() if field not in ("variant", "preset")}
    texts = [f"{f}={v if isinstance(v, str) else json.dumps(v)}" for f, v in settings.items()]
    return ",".join([given.get("preset") or given["variant"], *texts])


def build(lanes: Sequence[Mapping[str, Any]], common: Mapping[str, Any]) -> list[TrainConfig]:
    """A config for each lane, from its own fields and those that are `common` to all.

    Raises WorkshopError as `recipe.build` and `race.check` do.
    """
    if not lanes:
        race.check([])
    first = recipe.build({**common, **lanes[0]})
    flat = schema.flatten(first)
    defaults = {field: flat[field] for field in COMMON_FIELDS}
    configs = [first, *(recipe.build({**defaults, **common, **given}) for given in lanes[1:])]
    race.check(configs)
    return configs


def from_configs(configs: Sequence[TrainConfig]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The inverse of `build`: the fields of each lane, and those common to all."""
    common = {f: v for f, v in schema.flatten(configs[0]).items() if f in COMMON_FIELDS}
    lanes = []
    for config in configs:
        preset = presets.all_presets().get(config.preset or "")
        named = config if preset and preset.variant == config.variant else config.model_copy(update={"preset": None})
        given = {field: value for field, value in recipe.changes(named).items() if field not in common}
        lanes.append({k: v for k, v in given.items() if k != "variant" or "preset" not in given})
    return lanes, common


def labels(configs: Sequence[TrainConfig]) -> list[str]:
    """A name for each lane: its variant, and the settings that tell it from other lanes of that variant."""
    flat = [schema.flatten(config) for config in configs]
    hidden = {"variant", "preset", *COMMON_FIELDS}
    names = []
    for config, values in zip(configs, flat, strict=True):
        defaults = schema.flatten(recipe.resolve({"variant": config.variant}))
        same_variant = [other for other in flat if other["variant"] == config.variant]
        differ = [f for f in values if f not in hidden and any(other[f] != values[f] for other in same_variant)]
        settings = [f"{recipe.title(f)} {_short(values[f])}" for f in differ if values[f] != defaults[f]]
        names.append(", ".join([variants.get(config.variant).title, *settings]))
    return [name if names.count(name) == 1 else f"{name} ({i})" for i, name in enumerate(names, start=1)]


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def suggested_changes(given: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Lanes worth racing against the lane `given`: by title, its fields with one of SUGGESTED_CHANGES."""
    config = recipe.build({**common, **given})
    values, forbidden = schema.flatten(config), variants.get(config.variant).forbids
    suggestions = {}
    for change in SUGGESTED_CHANGES:
        used = not recipe.unused(config.variant) & change.keys()
        allowed = not any(value in forbidden.get(field, ()) for field, value in change.items())
        if used and allowed and any(values[field] != value for field, value in change.items()):
            title = ", ".join(f"{recipe.title(field)} {_short(value)}" for field, value in change.items())
            suggestions[title] = {**given, **change}
    return suggestions


def describe_common(configs: Sequence[TrainConfig]) -> list[str]:
    """What the lanes have in common, and where they cannot, in sentences."""
    sentences = [
        "Every lane shows its discriminator the same pictures in the same order, and draws its sample grids from "
        "the same noise."
    ]
    d_steps = [config.objective.d_steps for config in configs]
    if len({*d_steps}) > 1:
        counts = ", ".join(f"{name}: {count}" for name, count in zip(labels(configs), d_steps, strict=True))
        sentences.append(
            f"They update D differently often in a step ({counts}), so after the same step they have not seen "
            "equally many pictures, nor used the same noise: look at them by images seen or by seconds as well."
        )
    elif len({(config.network.z_dim, config.network.z_distribution) for config in configs}) > 1:
        sentences.append("Their latent vectors differ in length or kind, so they do not train on the same noise.")
    else:
        sentences.append("They train on the same noise, update by update.")
    if len({(config.variant, config.network.model_dump_json()) for config in configs}) == 1:
        sentences.append("They begin with the same weights.")
    if len({(config.regularization.augment, config.regularization.augment_where) for config in configs}) > 1:
        sentences.append("Augmentation changes the pictures on their way to D, so they look different in some lanes.")
    return sentences
