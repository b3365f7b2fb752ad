"""Oscillation: G and D chase each other in circles instead of converging."""

import numpy as np

from gan_core.diagnosis.evidence import Evidence, Finding

BLOCKS = 20
"""How far back it looks."""

LEAN, SHARE = 0.3, 0.15
"""D leans when its accuracies on real and generated pictures differ by LEAN; it must lean to both sides, this often."""

SWING = 3.0
"""For critics: how far the level of all its scores swings, as a multiple of the gap between real and generated."""


def find(evidence: Evidence) -> Finding | None:
    since = evidence.since(_level_swings(evidence) if evidence.critic else _leans(evidence), blocks=3)
    if since is None:
        return None
    what = "the scores of all pictures swing up and down"
    what = what if evidence.critic else "D calls now all pictures real, now all generated"
    rates = evidence.config.optimiser
    return Finding(
        title="Oscillation",
        severity="warning",
        observation=f"It goes around and around: {what}.",
        advice="The steps are too large for each other: try smaller learning rates, or a penalty that calms D.",
        since=since,
        suggested_changes=(
            {
                "optimiser.lr_g": min(rates.lr_g, 2e-4),
                "optimiser.lr_d": min(rates.lr_d, 2e-4),
                "optimiser.beta1": min(0.5, rates.beta1),
            },
            {"regularization.r1": 1.0},
            {"optimiser.lr_g": rates.lr_g / 2, "optimiser.lr_d": rates.lr_d / 2},
        ),
    )


def _leans(evidence: Evidence) -> np.ndarray:
    """Where D leaned to one side and to the other often enough within the last BLOCKS, (blocks,)."""
    lean = evidence.means("accuracy/real") - evidence.means("accuracy/fake")
    often = SHARE * BLOCKS
    return (_trailing_count(lean > LEAN) >= often) & (_trailing_count(lean < -LEAN) >= often)


def _level_swings(evidence: Evidence) -> np.ndarray:
    """Where the level of a critic's scores turned at least twice, each time by SWING gaps, (blocks,)."""
    real, fake = evidence.means("score/real"), evidence.means("score/fake")
    swings = np.zeros(len(real), bool)
    if len(real) < BLOCKS:
        return swings
    level = np.lib.stride_tricks.sliding_window_view((real + fake) / 2, BLOCKS)
    gap = np.lib.stride_tricks.sliding_window_view(np.abs(real - fake), BLOCKS).mean(axis=1)
    offset = level - level.mean(axis=1, keepdims=True)
    side = (offset > SWING * gap[:, None]).astype(int) - (offset < -SWING * gap[:, None])
    swings[BLOCKS - 1 :] = [_turns(row) >= 2 for row in side]
    return swings


def _turns(side: np.ndarray) -> int:
    """How often a row of 1, 0 and −1 goes from 1 to −1 or back, ignoring zeros."""
    signs = side[side != 0]
    return int(np.count_nonzero(signs[1:] != signs[:-1]))


def _trailing_count(mask: np.ndarray) -> np.ndarray:
    """How many of the last BLOCKS are true, at each block."""
    total = np.cumsum(mask)
    total[BLOCKS:] -= total[:-BLOCKS].copy()
    return total


RULE = find
