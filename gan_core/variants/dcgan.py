"""DCGAN (Radford et al., 2015): convolutions and batch norm make the game stable."""

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
    return losses.non_saturating_d(on_real.score, on_fake.score, ctx.real_target(n), ctx.fake_target(n))


def g_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    return losses.non_saturating_g(D(fake, y).score)


OWN = tuned.SPECTRAL | {"optimiser.lr_g": 8e-3, "optimiser.lr_d": 8e-3}

VARIANT = Variant(
    title="DCGAN",
    summary="Convolutional networks with batch norm: the first GAN that trained reliably.",
    paper="https://arxiv.org/abs/1511.06434",
    generator=lambda spec: conv.Generator(spec),
    discriminator=lambda spec: conv.Discriminator(spec),
    d_loss=d_loss,
    g_loss=g_loss,
    regularization_fields=targets.LABELS,
    presets={"fast": tuned.FAST | OWN, "quality": tuned.FAST | OWN},  # a longer average was worse, 0.34 for 0.30
)
