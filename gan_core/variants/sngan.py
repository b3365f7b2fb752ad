"""SNGAN (Miyato et al., 2018): spectral norm and the hinge loss; with classes, the projection of Miyato and Koyama."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_core.objectives.lazy import conv, discriminate, losses
from gan_core.objectives.variant import Context, Terms, Variant
from gan_core.variants import _tuned as tuned

if TYPE_CHECKING:
    from torch import Tensor, nn


def d_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    on_real, on_fake = discriminate.real_and_fake(D, real, fake, y)
    return losses.hinge_d(on_real.score, on_fake.score)


def g_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    return losses.critic_g(D(fake, y).score)


OWN = tuned.SPECTRAL | {"network.conditional": True, "optimiser.lr_g": 1.6e-2, "optimiser.lr_d": 1.6e-2}

VARIANT = Variant(
    title="SNGAN",
    summary="Every layer of D is kept from stretching by more than 1, and D rests once a picture is clearly judged.",
    paper="https://arxiv.org/abs/1802.05957",
    generator=lambda spec: conv.Generator(spec, conditional=spec.network.conditional),
    discriminator=lambda spec: conv.Discriminator(spec, project=spec.network.conditional),
    d_loss=d_loss,
    g_loss=g_loss,
    conditional="optional",
    critic=True,
    defaults={"network.norm_d": "spectral"},
    presets={"fast": tuned.FAST | OWN, "quality": tuned.QUALITY | OWN},
)
