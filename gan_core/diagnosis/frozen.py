"""Frozen: one of the networks no longer changes."""

import numpy as np

from gan_core.diagnosis.evidence import Evidence, Finding

STILL = 1e-5
"""A gradient below this share of its own largest moves nothing; healthy ones stay above a hundredth."""

BLOCKS = 5
"""How far back both losses must repeat themselves."""


def find(evidence: Evidence) -> Finding | None:
    halted = {name: since for name in ("G", "D") if (since := _no_gradient(evidence, name)) is not None}
    since = max(halted.values()) if halted else _same_losses(evidence)
    if since is None:
        return None
    which, rates, network = " and ".join(halted), evidence.config.optimiser, evidence.config.network
    usual_rates = ({"optimiser.lr_g": 2e-4, "optimiser.lr_d": 2e-4},) if max(rates.lr_g, rates.lr_d) > 1e-3 else ()
    return Finding(
        title="Frozen",
        severity="warning",
        observation=f"The gradient of {which} is as good as zero." if halted else "Both losses stand still.",
        advice="What has saturated does not come back: start again with smaller learning rates, or with a norm in G.",
        since=since,
        suggested_changes=(
            *usual_rates,
            {"network.norm_g": "batch" if network.norm_g == "none" else network.norm_g},
            {"optimiser.lr_g": rates.lr_g / 10, "optimiser.lr_d": rates.lr_d / 10},
        ),
    )


def _no_gradient(evidence: Evidence, network: str) -> int | None:
    """The step since which the gradient of `network`, G or D, is practically zero."""
    gradient = evidence.means(f"grad/{network.lower()}")
    finite = gradient[np.isfinite(gradient)]
    return evidence.since(gradient <= STILL * finite.max()) if len(finite) else None


def _same_losses(evidence: Evidence) -> int | None:
    """The step BLOCKS ago, if both losses have repeated the same value since."""
    rows = BLOCKS * evidence.block
    losses = [evidence.columns[name][-rows:] for name in ("loss/g", "loss/d") if name in evidence]
    if len(losses) < 2 or len(losses[0]) < rows or not np.isfinite(losses).all():
        return None
    still = all(np.ptp(values) <= 1e-6 * max(1e-9, float(np.abs(values).max())) for values in losses)
    return int(evidence.columns["step"][-rows]) if still else None


RULE = find
