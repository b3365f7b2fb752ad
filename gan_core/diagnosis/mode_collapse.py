"""Mode collapse: G draws few motives over and over, whatever the noise says."""

import numpy as np

from gan_core.diagnosis.evidence import Evidence, Finding

LOW, LESS, START = 0.25, 0.6, {False: 3, True: 12}
"""Distances below this share of the real pictures', and of their own best, are a collapse after the first blocks.

Under a critic G has seen more of D by then, and a healthy WGAN-GP first draws all alike before it draws clothes.
"""

LONG = 40
"""Blocks after which a G that has never drawn anything but the same picture will hardly begin."""

FALLEN, RISEN = 0.5, 0.6
"""So is a fall below this share of the best so far, once pictures had become varied."""

COVERED, PATIENCE = 0.7, 10
"""A G that draws fewer of the classes has lost some: if it had them, or after so many epochs has not found them."""


def find(seen: Evidence) -> Finding | None:
    return _lost(seen) or _alike(seen)


def _lost(seen: Evidence) -> Finding | None:
    """By the scores: two in a row with few classes, after one with nearly all or after a long time."""
    steps, share = seen.points("coverage/classes")
    epoch = seen.columns["epoch"][-1] if "epoch" in seen else 0.0
    if len(share) < 2 or share[-2:].max() > COVERED or not (share.max() >= 0.9 or epoch >= PATIENCE):
        return None
    well = np.flatnonzero(share > COVERED)
    since = int(steps[well[-1] + 1 if len(well) else 0])
    return _finding(seen, since, f"Only {share[-2:].max():.0%} of the classes appear among the generated pictures.")


def _alike(seen: Evidence) -> Finding | None:
    near, apart = seen.steady("diversity/nearest"), seen.steady("diversity/pairs")
    alike = (near <= LOW) & (near <= LESS * np.fmax.accumulate(near))
    late = np.arange(len(near)) >= START[seen.critic]
    since = seen.since(late & (alike | _fallen(near) | _fallen(apart)))
    if since is None:
        since = seen.since(late & (near <= LOW), LONG)
    if since is None:
        return None
    share = seen.over(np.fmin(near, apart), since)
    return _finding(seen, since, f"Generated pictures lie only {share:.0%} as far apart as real ones do.")


def _fallen(values: np.ndarray) -> np.ndarray:
    """Where a distance was large enough once and has lost half of it, (blocks,)."""
    best = np.fmax.accumulate(values)
    return (best >= RISEN) & (values <= FALLEN * best)


def _finding(seen: Evidence, since: int, text: str) -> Finding:
    rates, network = seen.config.optimiser, seen.config.network
    slower = ({"optimiser.lr_g": rates.lr_d},) * (rates.lr_g > rates.lr_d)
    calmer = ({**slower[0], "optimiser.beta1": 0.5},) if slower and rates.beta1 > 0.5 else slower
    return Finding(
        title="Mode collapse",
        severity="warning",
        seen=text,
        advice="G has found what D cannot refuse: slow G down, or give D a norm or a penalty so that it notices.",
        since=since,
        remedies=(
            *calmer,
            *({"network.norm_g": "batch", "network.norm_d": "batch"},) * (network.norm_g == "none"),
            {"regularization.r1": 1.0},
            {"variant": "wgan_gp"},
        ),
    )


RULE = find
