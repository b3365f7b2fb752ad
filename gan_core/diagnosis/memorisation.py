"""Memorisation: with few training pictures, G can copy them."""

import numpy as np

from gan_core.diagnosis.evidence import Evidence, Finding

NEARER = 0.8
"""How often a generated picture is nearer to the training pictures than an unseen one; 0.5 is ideal."""


def find(evidence: Evidence) -> Finding | None:
    steps, nearer = evidence.logged("memory/nearer")
    if len(nearer) < 2 or nearer[-2:].min() < NEARER:
        return None
    below, share = np.flatnonzero(nearer < NEARER), nearer[-2:].mean()
    return Finding(
        title="Memorisation",
        severity="warning",
        observation=f"{share:.0%} of its pictures are nearer to the training pictures than unseen ones are.",
        advice="So few pictures can be learned by heart: augment what D sees, take more of them, or stop earlier.",
        since=int(steps[below[-1] + 1 if len(below) else 0]),
        suggested_changes=(
            {"regularization.augment": "basic", "regularization.augment_where": "both"},
            {"data.limit": None},
            {"regularization.r1": 1.0},
        ),
    )


RULE = find
