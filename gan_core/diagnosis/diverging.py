"""Diverging: the losses grow without end, until they are no numbers any more."""

import numpy as np

from gan_core.diagnosis.evidence import Evidence, Finding

LAST, FIRST = 5, 20
"""Single steps, not blocks, since this goes quickly: the last few against the first few."""

HUGE, TIMES = {False: 50.0, True: 1000.0}, 20.0
"""A loss beyond this (of logits; of a critic's scores) that has grown so many times over will not come back."""


def find(seen: Evidence) -> Finding | None:
    broken = _broken(seen)
    if broken is not None:
        return _finding(
            seen,
            "stopped",
            broken,
            "A loss is no longer a number, so the run was stopped; the last snapshot before it, if any, is kept.",
        )
    growing = _growing(seen)
    if growing is None:
        return None
    name, since = growing
    value = np.abs(seen.columns[name][-LAST:]).max()
    return _finding(seen, "warning", since, f"The loss of {name[-1].upper()} has grown to {value:.2g} and grows on.")


def _broken(seen: Evidence) -> int | None:
    """The first step of the NaN or infinite losses that the run ends with."""
    finite = np.isfinite(seen.columns.get("loss/d", np.zeros(1))) & np.isfinite(seen.columns.get("loss/g", np.zeros(1)))
    if finite[-1]:
        return None
    good = np.flatnonzero(finite)
    return int(seen.columns["step"][good[-1] + 1 if len(good) else 0])


def _growing(seen: Evidence) -> tuple[str, int] | None:
    for name in ("loss/d", "loss/g"):
        size = np.abs(seen.columns.get(name, np.empty(0)))
        if len(size) < FIRST + LAST:
            continue
        limit = max(HUGE[seen.critic], TIMES * float(np.median(size[:FIRST])))
        if np.median(size[-LAST:]) >= limit:
            below = np.flatnonzero(size < limit)
            return name, int(seen.columns["step"][below[-1] + 1 if len(below) and below[-1] + 1 < len(size) else -1])
    return None


def _finding(seen: Evidence, severity: str, since: int, text: str) -> Finding:
    now = seen.config.optimiser
    calm = {"optimiser.lr_g": min(2e-4, now.lr_g / 2), "optimiser.lr_d": min(2e-4, now.lr_d / 2)}
    if now.kind == "adam" and now.beta1**2 >= now.beta2:  # where Adam's steps have no bound (Kingma and Ba, 2015, 2.1)
        calm = {"optimiser.beta1": 0.5, "optimiser.beta2": 0.999, **calm}
    return Finding(
        title="Diverging" if severity == "warning" else "Diverged",
        severity=severity,
        seen=text,
        advice="Steps were too large: try smaller learning rates and the usual β₁ and β₂, or clip the gradients.",
        since=since,
        remedies=(calm, {"regularization.grad_clip": 1.0}),
    )


RULE = find
