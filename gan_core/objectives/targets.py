"""What D is told about a batch: the targets of a log or least-squares loss, the magnitudes of a critic's.

Pure functions of a count, the settings and the run's generator. A remedy that is off draws no random
number, so switching one on or off moves nothing else in the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_core.config import RegularizationConfig
from gan_core.objectives.lazy import sharding, torch

if TYPE_CHECKING:
    from torch import Tensor

LABELS = ("label_smoothing", "fake_smoothing", "label_flips", "label_noise")
"""The remedies that `real` and `fake` apply: what a variant with such targets lists in its `remedies`."""

CRITIC = ("critic_magnitude", "label_flips")
"""The remedies that `magnitude` applies: what a critic lists."""


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
    count: int, usual: float, other: float, settings: RegularizationConfig, rng: torch.Generator
) -> float | Tensor:
    """`usual`, or `other` where a flip of probability p says so, plus U(−w, w), kept within [0, 1].

    The log loss has no lower bound for a target beyond 0 or 1: that is why noise is cut there.
    """
    if not settings.label_flips and not settings.label_noise:
        return usual
    targets = torch.full((count,), usual, device=rng.device)
    if settings.label_flips:
        targets[_uniform(count, rng) < settings.label_flips] = other
    if settings.label_noise:
        targets = (targets + settings.label_noise * (2 * _uniform(count, rng) - 1)).clamp(0, 1)
    return targets


def _uniform(count: int, rng: torch.Generator) -> Tensor:
    return sharding.uniform(count, rng=rng)
