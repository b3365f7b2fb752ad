"""A critic that is not near its optimum: then its scores measure no distance, and G follows a wrong slope."""

import numpy as np

from gan_core.diagnosis.evidence import Evidence, Finding

ACCURACY = 0.65
"""Between the means of its scores a healthy WGAN-GP's critic divides 0.85 to 1 of the pictures rightly."""

PENALTY = 1.0
"""The mean of (‖∇D‖ − 1)²; healthy ones stay below 0.6 once the first steps are over."""

START = 5
"""Blocks in the beginning in which a critic may still find its feet."""


def find(seen: Evidence) -> Finding | None:
    if "d/wasserstein" not in seen:
        return None
    late = np.arange(len(seen.steps)) >= START
    blind = seen.since(late & ((seen.steady("accuracy/all") <= ACCURACY) | (seen.steady("d/wasserstein") <= 0)))
    steep = seen.since(late & (seen.steady("d/penalty") >= PENALTY))
    if blind is not None:
        return _blind(seen, blind)
    return None if steep is None else _steep(seen, steep)


def _blind(seen: Evidence, since: int) -> Finding:
    distance = seen.over(seen.means("d/wasserstein"), since)
    steps, rates = seen.config.objective.d_steps, seen.config.optimiser
    return Finding(
        title="The critic is not near its optimum",
        severity="warning",
        seen=f"Its scores of real and generated pictures hardly differ (distance {distance:.2g}).",
        advice="A critic must be ahead of G to show it the way: more steps of it for each of G, or smaller ones of G.",
        since=since,
        remedies=(*({"objective.d_steps": 5},) * (steps < 5), {"optimiser.lr_g": rates.lr_g / 4}),
    )


def _steep(seen: Evidence, since: int) -> Finding:
    penalty = seen.over(seen.means("d/penalty"), since)
    weight, rates = seen.config.objective.gp_weight, seen.config.optimiser
    return Finding(
        title="The critic is too steep",
        severity="warning",
        seen=f"The gradient penalty stays at {penalty:.2g}, so the critic is far from 1-Lipschitz.",
        advice="Its scores are no distance then: give the penalty more weight, or the critic smaller steps.",
        since=since,
        remedies=(*({"objective.gp_weight": 10.0},) * (weight < 10), {"optimiser.lr_d": rates.lr_d / 4}),
    )


RULE = find
