"""A critic that is not near its optimum: its scores measure no distance, and G follows a wrong gradient."""

import numpy as np

from gan_core.diagnosis.evidence import Evidence, Finding

ACCURACY = 0.65
"""A threshold at the middle of its mean scores classifies 0.85 to 1 of the pictures right for a healthy WGAN-GP."""

PENALTY = 1.0
"""The mean of (‖∇D‖ − 1)²; healthy ones stay below 0.6 once the first steps are over."""

START = 5
"""Blocks at the beginning in which a critic may still be far from its optimum."""


def find(evidence: Evidence) -> Finding | None:
    if "d/wasserstein" not in evidence:
        return None
    late = np.arange(len(evidence.steps)) >= START
    blind = (evidence.smoothed("accuracy/all") <= ACCURACY) | (evidence.smoothed("d/wasserstein") <= 0)
    objective, rates = evidence.config.objective, evidence.config.optimiser
    if (since := evidence.since(late & blind)) is not None:
        distance = evidence.mean_since(evidence.means("d/wasserstein"), since)
        return Finding(
            title="The critic is not near its optimum",
            severity="warning",
            observation=f"Its scores of real and generated pictures hardly differ (distance {distance:.2g}).",
            advice="A critic must be ahead of G to show it the way: more steps of it for each of G, or smaller ones of "
            "G.",
            since=since,
            suggested_changes=({"objective.d_steps": max(5, objective.d_steps)}, {"optimiser.lr_g": rates.lr_g / 4}),
        )
    if (since := evidence.since(late & (evidence.smoothed("d/penalty") >= PENALTY))) is not None:
        penalty = evidence.mean_since(evidence.means("d/penalty"), since)
        return Finding(
            title="The critic is too steep",
            severity="warning",
            observation=f"The gradient penalty stays at {penalty:.2g}, so the critic is far from 1-Lipschitz.",
            advice="Its scores are no distance then: give the penalty more weight, or the critic smaller steps.",
            since=since,
            suggested_changes=(
                {"objective.gp_weight": max(10.0, objective.gp_weight)},
                {"optimiser.lr_d": rates.lr_d / 4},
            ),
        )
    return None


RULE = find
