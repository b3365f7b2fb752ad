"""D wins: it tells every picture apart, and its gradient no longer helps G."""

import numpy as np

from gan_core.config import RegularizationConfig
from gan_core.diagnosis import mode_collapse
from gan_core.diagnosis.evidence import Evidence, Finding

ACCURACY = 0.985
"""A healthy DCGAN on 28×28 clothes is at 0.93 to 0.99, so that this alone says little."""

GAP = 0.95
"""Of the widest possible gap between D's mean scores of real and of generated pictures; healthy ones reach 0.83."""

LOSS = 0.02
"""For D with unbounded scores whose loss is a distance from targets: as small as this is zero."""


def find(evidence: Evidence) -> Finding | None:
    sure = _sure(evidence)
    if sure is None or mode_collapse.find(evidence):  # a collapsed G is easily told from real pictures
        return None
    since = evidence.since((evidence.smoothed("accuracy/all") >= ACCURACY) & sure)
    if since is None:
        return None
    accuracy = evidence.mean_since(evidence.means("accuracy/all"), since)
    remaining = _last_of_largest(evidence.smoothed("grad/g"))
    gradient = f" G’s gradient is down to {remaining:.0%} of what it was." if remaining < 0.5 else ""
    rates, regularization = evidence.config.optimiser, evidence.config.regularization
    fewer_steps, smaller_steps = {"objective.d_steps": 1}, {"optimiser.lr_d": min(rates.lr_d, rates.lr_g)}
    return Finding(
        title="D wins",
        severity="warning",
        observation=f"D tells {accuracy:.0%} of the pictures apart and is sure of it.{gradient}",
        advice="G learns nothing from a D that is never fooled: make D less sure, or its steps fewer or smaller.",
        since=since,
        suggested_changes=(
            fewer_steps | smaller_steps,
            fewer_steps,
            smaller_steps,
            {"regularization.label_smoothing": regularization.label_smoothing or 0.1},
            {"regularization.input_noise": regularization.input_noise or 0.1},
            {"optimiser.lr_d": rates.lr_d / 4},
        ),
    )


def _sure(evidence: Evidence) -> np.ndarray | None:
    """Where D is sure, (blocks,); None for critics, whose scores have no such meaning."""
    if not evidence.critic:
        gap = evidence.smoothed("score/real") - evidence.smoothed("score/fake")
        return gap >= GAP * widest_gap(evidence.config.regularization)
    if "d/real" in evidence and "d/fake" in evidence:
        return evidence.smoothed("d/real") + evidence.smoothed("d/fake") <= LOSS
    return None


def widest_gap(regularization: RegularizationConfig) -> float:
    """The gap of a D that reaches its targets: 1, or less where these are smoothed or flipped."""
    smoothing = regularization.label_smoothing + regularization.fake_smoothing + regularization.label_noise / 2
    return max(0.1, (1 - smoothing) * (1 - 2 * regularization.label_flips))


def _last_of_largest(gradient: np.ndarray) -> float:
    """The last value as a share of the largest; 1 where there is none."""
    values = gradient[np.isfinite(gradient)]
    return values[-1] / values.max() if len(values) and values.max() > 0 else 1.0


RULE = find
