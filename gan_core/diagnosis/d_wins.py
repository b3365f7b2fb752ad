"""D wins: it tells every picture apart, and G gets no hint that is of any use."""

import numpy as np

from gan_core.config import RegularizationConfig
from gan_core.diagnosis import mode_collapse
from gan_core.diagnosis.evidence import Evidence, Finding

ACCURACY = 0.985
"""A healthy DCGAN on 28×28 clothes is at 0.93 to 0.99, so that this alone says little."""

GAP = 0.95
"""Of the widest gap there can be between D's opinion of real and of generated pictures; healthy ones reach 0.83."""

LOSS = 0.02
"""For D's with unbounded scores whose loss is a distance from targets: as small as this is zero."""


def find(seen: Evidence) -> Finding | None:
    sure = _sure(seen)
    if sure is None or mode_collapse.find(seen):  # one picture over and over is easily told from real ones
        return None
    since = seen.since((seen.steady("accuracy/all") >= ACCURACY) & sure)
    if since is None:
        return None
    accuracy, faded = seen.over(seen.means("accuracy/all"), since), _faded(seen.steady("grad/g"))
    hint = f" G’s gradient is down to {faded:.0%} of what it was." if faded < 0.5 else ""
    return Finding(
        title="D wins",
        severity="warning",
        seen=f"D tells {accuracy:.0%} of the pictures apart and is sure of it.{hint}",
        advice="G learns nothing from a D that is never fooled: make D less sure, or its steps fewer or smaller.",
        since=since,
        remedies=_remedies(seen),
    )


def _sure(seen: Evidence) -> np.ndarray | None:
    """Where D is sure, (blocks,); None for critics, whose scores know no such thing."""
    if not seen.critic:
        gap = seen.steady("score/real") - seen.steady("score/fake")
        return gap >= GAP * widest(seen.config.regularization)
    if "d/real" in seen and "d/fake" in seen:
        return seen.steady("d/real") + seen.steady("d/fake") <= LOSS
    return None


def widest(remedies: RegularizationConfig) -> float:
    """The gap of a D that reaches its targets: 1, or less where these are softened or flipped."""
    soft = 1 - remedies.label_smoothing - remedies.fake_smoothing - remedies.label_noise / 2
    return max(0.1, soft * (1 - 2 * remedies.label_flips))


def _faded(gradient: np.ndarray) -> float:
    """The last value as a share of the largest."""
    known = gradient[np.isfinite(gradient)]
    return known[-1] / known.max() if len(known) and known.max() > 0 else 1.0


def _remedies(seen: Evidence) -> tuple[dict, ...]:
    now = seen.config
    fewer = ({"objective.d_steps": 1},) if now.objective.d_steps > 1 else ()
    rates = now.optimiser
    even = ({"optimiser.lr_d": rates.lr_g},) if rates.lr_d > rates.lr_g else ()
    both = ({**fewer[0], **even[0]},) if fewer and even else ()
    return (
        *both,
        *fewer,
        *even,
        *({"regularization.label_smoothing": 0.1},) * (not now.regularization.label_smoothing),
        *({"regularization.input_noise": 0.1},) * (not now.regularization.input_noise),
        {"optimiser.lr_d": rates.lr_d / 4},
    )


RULE = find
