"""What is wrong with a run: rules over its logged columns, one file each, discovered.

Offers `diagnose` (the findings on a run) and `applicable_change` (the first suggested change that its config accepts).
Start with `evidence`, what a rule is written against, and any rule. A rule file defines `RULE`, a function of
`Evidence` that returns a `Finding` or None. It must be quick, since pages call it with every tick, and quiet: what a
healthy run does now and then is not worth a notice. The thresholds were set on real runs on 28×28 pictures;
`python -m benchmarks.diagnosis` trains them again and reports what was found, and when.
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

__all__ = ["BLOCK", "SEVERITIES", "Evidence", "Finding", "Rule", "applicable_change", "diagnose"]

Rule = Callable[[Evidence], Finding | None]


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by id, the file's name with `-` for `_`."""
    rules: dict[str, Rule] = discovery.discover(sys.modules[__name__], "RULE")
    return {name.replace("_", "-"): rule for name, rule in rules.items()}


def diagnose(config: TrainConfig, columns: Mapping[str, np.ndarray], status: Status) -> dict[str, Finding]:
    """The findings on a run's `columns` (each (rows,), as `History.refresh` gives them), by rule.

    The most severe first, and of those the oldest: what came later may be its consequence.
    """
    if not len(columns.get("step", ())):
        return {}
    evidence = Evidence(config, columns, status)
    findings = {name: finding for name, rule in all_rules().items() if (finding := rule(evidence))}
    return dict(sorted(findings.items(), key=lambda item: (SEVERITIES.index(item[1].severity), item[1].since)))


def applicable_change(config: TrainConfig, suggested_changes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The first suggestion (dotted fields to values) that `config` accepts and that changes it; else empty.

    Of a suggestion only what differs from the config is returned.
    """
    now, given = schema.flatten(config), recipe.changes(config)
    for suggestion in suggested_changes:
        change = {field: value for field, value in suggestion.items() if now[field] != value}
        if change and not set(change) & recipe.unused(config.variant) and _is_valid(given | change):
            return change
    return {}


def _is_valid(given: Mapping[str, Any]) -> bool:
    try:
        recipe.build(given)
    except WorkshopError:
        return False
    return True
