"""D's targets for a batch: labels for a log or least-squares loss, magnitudes for a critic's.

Pure functions of a count, the settings and the run's generator. A setting that is off draws no random numbers, so
switching one on or off changes nothing else in the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_core.config import RegularizationConfig
from gan_core.objectives.lazy import sharding, torch

if TYPE_CHECKING:
    from torch import Tensor

LABELS = ("label_smoothing", "fake_smoothing", "label_flips", "label_noise")
"""The fields that `real` and `fake` apply: `regularization_fields` of a variant with such targets."""

CRITIC = ("critic_magnitude", "label_flips")
"""The fields that `magnitude` applies: those of a critic."""


def real(count: int, settings: RegularizationConfig, rng: torch.Generator) -> float | Tensor:
    """D's target for `count` real pictures: one number in [0, 1], or one each, (count,).

    1 − s with one-sided smoothing (Salimans et al., 2016, section 3.4); where a label is flipped, the target
    of a generated picture.
    """
    return _disturbed(count, 1 - settings.label_smoothing, settings.fake_smoothing, settings, rng)


def fake(count: int, settings: RegularizationConfig, rng: torch.Generator) -> float | Tensor:
    """D's target for `count` generated pictures, 0 or the smoothing's; where flipped, that of a real one."""
    return _disturbed(count, settings.fake_smoothing, 1 - settings.label_smoothing, settings, rng)


def magnitude(count: int, settings: RegularizationConfig, rng: torch.Generator) -> float | Tensor:
    """How much each of `count` scores of a critic counts: 1, or drawn from U(1 − m, 1 + m), (count,).

    A critic has no target to soften. Minimising m·D with a random m in its place disturbs its labels ±1 in
    the same way, and leaves the expected loss as it is. A flipped label is a score that counts with a minus.
    """
    width, flips = settings.critic_magnitude, settings.label_flips
    if not width and not flips:
        return 1.0
    drawn = 1 + width * (2 * _uniform(count, rng) - 1) if width else torch.ones(count, device=rng.device)
    return torch.where(_uniform(count, rng) < flips, -drawn, drawn) if flips else drawn


def _disturbed(
    count: int, target: float, flipped: float, settings: RegularizationConfig, rng: torch.Generator
) -> float | Tensor:
    """`target`, or `flipped` with probability p, plus U(−w, w), kept within [0, 1].

    The log loss has no lower bound for a target beyond 0 or 1: that is why noise is cut there.
    """
    if not settings.label_flips and not settings.label_noise:
        return target
    targets = torch.full((count,), target, device=rng.device)
    if settings.label_flips:
        targets[_uniform(count, rng) < settings.label_flips] = flipped
    if settings.label_noise:
        targets = (targets + settings.label_noise * (2 * _uniform(count, rng) - 1)).clamp(0, 1)
    return targets


def _uniform(count: int, rng: torch.Generator) -> Tensor:
    return sharding.uniform(count, rng=rng)
