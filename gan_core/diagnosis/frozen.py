"""Frozen: one of the networks does not move any more."""

import numpy as np

from gan_core.diagnosis.evidence import Evidence, Finding

STILL = 1e-5
"""A gradient this small against its own largest moves nothing; healthy ones stay above a hundredth."""


def find(seen: Evidence) -> Finding | None:
    halted = {name: _since(seen, seen.means(f"grad/{key}")) for name, key in (("G", "g"), ("D", "d"))}
    networks = [name for name, since in halted.items() if since is not None]
    since = _same(seen) if not networks else max(since for since in halted.values() if since is not None)
    if since is None:
        return None
    which = " and ".join(networks)
    rates, network = seen.config.optimiser, seen.config.network
    return Finding(
        title="Frozen",
        severity="warning",
        seen=f"The gradient of {which} is as good as zero." if networks else "Both losses stand still.",
        advice="What has saturated does not come back: start again with smaller learning rates, or with a norm in G.",
        since=since,
        remedies=(
            *({"optimiser.lr_g": 2e-4, "optimiser.lr_d": 2e-4},) * (max(rates.lr_g, rates.lr_d) > 1e-3),
            *({"network.norm_g": "batch"},) * (network.norm_g == "none"),
            {"optimiser.lr_g": rates.lr_g / 10, "optimiser.lr_d": rates.lr_d / 10},
        ),
    )


def _since(seen: Evidence, gradient: np.ndarray) -> int | None:
    known = gradient[np.isfinite(gradient)]
    return seen.since(gradient <= STILL * known.max()) if len(known) else None


def _same(seen: Evidence, blocks: int = 5) -> int | None:
    """Where both losses repeat the same value, as far back as the last `blocks`."""
    rows = blocks * seen.block
    losses = [seen.columns[name][-rows:] for name in ("loss/g", "loss/d") if name in seen]
    if len(losses) < 2 or len(losses[0]) < rows or not np.isfinite(losses).all():
        return None
    still = all(np.ptp(values) <= 1e-6 * max(1e-9, float(np.abs(values).max())) for values in losses)
    return int(seen.columns["step"][-rows]) if still else None


RULE = find
