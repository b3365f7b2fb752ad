"""Diverging: the losses grow without bound, until they are NaN or infinite."""

import numpy as np

from gan_core.diagnosis.evidence import Evidence, Finding

LAST, FIRST = 5, 20
"""Single steps, not blocks, since this goes quickly: the last few against the first few."""

HUGE, TIMES = {False: 50.0, True: 1000.0}, 20.0
"""A loss beyond HUGE (of logits; of a critic's scores) that has grown by the factor TIMES will not come back."""


def find(evidence: Evidence) -> Finding | None:
    if (since := _first_not_finite(evidence)) is not None:
        title, severity = "Diverged", "stopped"
        kept = "the last snapshot before it, if any, is kept"
        observation = f"A loss is no longer a number, so the run was stopped; {kept}."
    elif (growing := _growing(evidence)) is not None:
        (name, since), title, severity = growing, "Diverging", "warning"
        value = np.abs(evidence.columns[name][-LAST:]).max()
        observation = f"The loss of {name[-1].upper()} has grown to {value:.2g} and grows on."
    else:
        return None
    now = evidence.config.optimiser
    calmer = {"optimiser.lr_g": min(2e-4, now.lr_g / 2), "optimiser.lr_d": min(2e-4, now.lr_d / 2)}
    if now.kind == "adam" and now.beta1**2 >= now.beta2:  # its steps are unbounded (Kingma and Ba, 2015, 2.1)
        calmer = {"optimiser.beta1": 0.5, "optimiser.beta2": 0.999, **calmer}
    return Finding(
        title=title,
        severity=severity,
        observation=observation,
        advice="Steps were too large: try smaller learning rates and the usual β₁ and β₂, or clip the gradients.",
        since=since,
        suggested_changes=(calmer, {"regularization.grad_clip": 1.0}),
    )


def _first_not_finite(evidence: Evidence) -> int | None:
    """The first step of the NaN or infinite losses that the run ends with."""
    losses = [evidence.columns.get(name, np.zeros(1)) for name in ("loss/d", "loss/g")]
    finite = np.isfinite(losses[0]) & np.isfinite(losses[1])
    if finite[-1]:
        return None
    good = np.flatnonzero(finite)
    return int(evidence.columns["step"][good[-1] + 1 if len(good) else 0])


def _growing(evidence: Evidence) -> tuple[str, int] | None:
    """A loss that is huge at the end, and the step since which it is."""
    for name in ("loss/d", "loss/g"):
        size = np.abs(evidence.columns.get(name, np.empty(0)))
        if len(size) < FIRST + LAST:
            continue
        limit = max(HUGE[evidence.critic], TIMES * float(np.median(size[:FIRST])))
        if np.median(size[-LAST:]) >= limit:
            below = np.flatnonzero(size < limit)
            first = min(below[-1] + 1, len(size) - 1) if len(below) else -1
            return name, int(evidence.columns["step"][first])
    return None


RULE = find
