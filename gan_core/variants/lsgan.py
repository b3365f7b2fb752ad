"""LSGAN (Mao et al., 2017): least squares in place of the log loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_core.objectives import targets
from gan_core.objectives.lazy import conv, discriminate, losses
from gan_core.objectives.variant import Context, Terms, Variant
from gan_core.variants import _tuned as tuned

if TYPE_CHECKING:
    from torch import Tensor, nn


def d_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    on_real, on_fake, n = *discriminate.real_and_fake(D, real, fake, y), len(real)
    return losses.least_squares_d(on_real.score, on_fake.score, ctx.real_target(n), ctx.fake_target(n))


def g_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    return losses.least_squares_g(D(fake, y).score)


OWN = tuned.SPECTRAL | {"optimiser.lr_g": 1.2e-2, "optimiser.lr_d": 1.2e-2}  # with R1 one run in three lost classes

VARIANT = Variant(
    title="LSGAN",
    summary="Least squares pull samples towards the real ones even where D already tells them apart.",
    paper="https://arxiv.org/abs/1611.04076",
    generator=lambda spec: conv.Generator(spec),
    discriminator=lambda spec: conv.Discriminator(spec),
    d_loss=d_loss,
    g_loss=g_loss,
    critic=True,
    regularization_fields=targets.LABELS,
    presets={"fast": tuned.FAST | OWN, "quality": tuned.QUALITY | OWN},
)
