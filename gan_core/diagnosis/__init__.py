"""What ails a run: rules over its columns, one file each, discovered. A rule that sees nothing says nothing.

A rule is `RULE`, a function of `Evidence` that gives a `Finding` or None. It must be cheap, for pages ask with every
tick, and calm: what a healthy run does now and then is not worth a word. The thresholds were set on real runs on
28×28 pictures; `python -m benchmarks.diagnosis` trains them again and says what was found, and when.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from gan_core import config as schema
from gan_core.config import TrainConfig
from gan_core.diagnosis.evidence import BLOCK, SEVERITIES, Evidence, Finding
from gan_core.presets import recipe
from gan_core.runs import Status
from gan_core.system import discovery
from gan_core.system.errors import WorkshopError

__all__ = ["BLOCK", "SEVERITIES", "Evidence", "Finding", "Rule", "diagnose", "helpful"]

Rule = Callable[[Evidence], Finding | None]


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by id, the file's name with `-` for `_`."""
    found: dict[str, Rule] = discovery.discover(sys.modules[__name__], "RULE")
    return {name.replace("_", "-"): rule for name, rule in found.items()}


def diagnose(config: TrainConfig, columns: Mapping[str, np.ndarray], status: Status) -> dict[str, Finding]:
    """What the rules find in a run's `columns` (each (rows,), as `History.refresh` gives them).

    The gravest come first, and of those what has been so for the longest: what came later may well come of it.
    """
    if not len(columns.get("step", ())):
        return {}
    seen = Evidence(config, columns, status)
    found = {name: finding for name, rule in all_rules().items() if (finding := rule(seen))}
    return dict(sorted(found.items(), key=lambda item: (SEVERITIES.index(item[1].severity), item[1].since)))


def helpful(config: TrainConfig, remedies: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The first of `remedies` (dotted fields to values) that this config can take and that changes it; else empty."""
    now, given = schema.flatten(config), recipe.changes(config)
    for remedy in remedies:
        new = {field: value for field, value in remedy.items() if now[field] != value}
        if new and not set(new) & recipe.unused(config.variant) and _allowed(given | new):
            return new
    return {}


def _allowed(given: Mapping[str, Any]) -> bool:
    try:
        recipe.build(given)
    except WorkshopError:
        return False
    return True
