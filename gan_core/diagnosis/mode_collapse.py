"""Mode collapse: G draws few motifs over and over, whatever z is."""

import numpy as np

from gan_core.diagnosis.evidence import Evidence, Finding

LOW, LESS, START = 0.25, 0.6, {False: 3, True: 12}
"""Distances below LOW of the real pictures' and LESS of their own best are a collapse after the first START blocks.

Under a critic G has seen more of D by then, and a healthy WGAN-GP first draws all alike before it draws clothes.
"""

LONG = 40
"""Blocks after which a G that has only ever drawn the same picture will hardly begin."""

FALLEN, RISEN = 0.5, 0.6
"""So is a fall below FALLEN of the best so far, once that was above RISEN."""

COVERED, PATIENCE = 0.7, 10
"""A G that draws less than COVERED of the classes has lost some: if it had them, or after PATIENCE epochs without."""


def find(evidence: Evidence) -> Finding | None:
    since, observation = _lost_classes(evidence) or _alike(evidence) or (0, "")
    if not observation:
        return None
    rates, network = evidence.config.optimiser, evidence.config.network
    suggestions: list[dict] = [{"regularization.r1": 1.0}, {"variant": "wgan_gp"}]
    if network.norm_g == "none":
        suggestions.insert(0, {"network.norm_g": "batch", "network.norm_d": "batch"})
    if rates.lr_g > rates.lr_d:
        suggestions.insert(0, {"optimiser.lr_g": rates.lr_d, "optimiser.beta1": min(0.5, rates.beta1)})
    return Finding(
        title="Mode collapse",
        severity="warning",
        observation=observation,
        advice="G has found what D cannot refuse: slow G down, or give D a norm or a penalty so that it notices.",
        since=since,
        suggested_changes=tuple(suggestions),
    )


def _lost_classes(evidence: Evidence) -> tuple[int, str] | None:
    """By the scores: two in a row with few classes, after one with nearly all or after a long time."""
    steps, share = evidence.logged("coverage/classes")
    epoch = evidence.columns["epoch"][-1] if "epoch" in evidence else 0.0
    if len(share) < 2 or share[-2:].max() > COVERED or not (share.max() >= 0.9 or epoch >= PATIENCE):
        return None
    good = np.flatnonzero(share > COVERED)
    since = int(steps[good[-1] + 1 if len(good) else 0])
    return since, f"Only {share[-2:].max():.0%} of the classes appear among the generated pictures."


def _alike(evidence: Evidence) -> tuple[int, str] | None:
    """By the distances between generated pictures."""
    near, pairs = evidence.smoothed("diversity/nearest"), evidence.smoothed("diversity/pairs")
    low = (near <= LOW) & (near <= LESS * np.fmax.accumulate(near))
    late = np.arange(len(near)) >= START[evidence.critic]
    since = evidence.since(late & (low | _fallen(near) | _fallen(pairs)))
    if since is None:
        since = evidence.since(late & (near <= LOW), LONG)
    if since is None:
        return None
    share = evidence.mean_since(np.fmin(near, pairs), since)
    return since, f"Generated pictures lie only {share:.0%} as far apart as real ones do."


def _fallen(values: np.ndarray) -> np.ndarray:
    """Where a distance was large enough once and has lost half of it, (blocks,)."""
    best = np.fmax.accumulate(values)
    return (best >= RISEN) & (values <= FALLEN * best)


RULE = find
