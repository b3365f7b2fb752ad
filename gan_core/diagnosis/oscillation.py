"""Oscillation: G and D chase each other in circles instead of coming closer."""

import numpy as np

from gan_core.diagnosis.evidence import Evidence, Finding

BLOCKS = 20
"""How far back it looks."""

LEAN, SHARE = 0.3, 0.15
"""D leans when its accuracies on real and generated pictures differ by this; it must lean to both sides, this often."""

SWING = 3.0
"""For critics: how far the level of all its scores swings, as a multiple of the gap that they are about."""


def find(seen: Evidence) -> Finding | None:
    swings = _level(seen) if seen.critic else _leaning(seen)
    since = seen.since(swings, blocks=3)
    if since is None:
        return None
    rates, decay = seen.config.optimiser, {"optimiser.beta1": min(0.5, seen.config.optimiser.beta1)}
    what = (
        "the scores of all pictures swing up and down"
        if seen.critic
        else "D calls now all pictures real, now all generated"
    )
    return Finding(
        title="Oscillation",
        severity="warning",
        seen=f"It goes around and around: {what}.",
        advice="The steps are too large for each other: try smaller learning rates, or a penalty that calms D.",
        since=since,
        remedies=(
            {"optimiser.lr_g": min(rates.lr_g, 2e-4), "optimiser.lr_d": min(rates.lr_d, 2e-4), **decay},
            {"regularization.r1": 1.0},
            {"optimiser.lr_g": rates.lr_g / 2, "optimiser.lr_d": rates.lr_d / 2},
        ),
    )


def _leaning(seen: Evidence) -> np.ndarray:
    """Where D leaned to one side and to the other within the last BLOCKS, (blocks,)."""
    lean = seen.means("accuracy/real") - seen.means("accuracy/fake")
    often = SHARE * BLOCKS
    return (_counted(lean > LEAN) >= often) & (_counted(lean < -LEAN) >= often)


def _level(seen: Evidence) -> np.ndarray:
    """Where the level of a critic's scores turned at least twice, each time by SWING gaps, (blocks,)."""
    real, fake = seen.means("score/real"), seen.means("score/fake")
    out = np.zeros(len(real), bool)
    if len(real) < BLOCKS:
        return out
    level = np.lib.stride_tricks.sliding_window_view((real + fake) / 2, BLOCKS)
    gap = np.lib.stride_tricks.sliding_window_view(np.abs(real - fake), BLOCKS).mean(axis=1)
    far = level - level.mean(axis=1, keepdims=True)
    high, low = far > SWING * gap[:, None], far < -SWING * gap[:, None]
    side = high.astype(int) - low
    out[BLOCKS - 1 :] = [_turns(row) >= 2 for row in side]
    return out


def _turns(side: np.ndarray) -> int:
    """How often a row of 1, 0 and −1 goes from 1 to −1 or back, zeros in between or not."""
    there = side[side != 0]
    return int(np.count_nonzero(there[1:] != there[:-1]))


def _counted(mask: np.ndarray) -> np.ndarray:
    """How many of the last BLOCKS are true, at each block."""
    total = np.cumsum(mask)
    total[BLOCKS:] -= total[:-BLOCKS].copy()
    return total


RULE = find
