"""R3GAN (Huang et al., 2024): real and generated pictures judged in pairs, with R1 and R2, and no norm at all.

With classes, each pair is of one class, and D's score has the projection of Miyato and Koyama (2018).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_core.objectives.lazy import conv, discriminate, losses
from gan_core.objectives.variant import Context, Terms, Variant
from gan_core.variants import _tuned as tuned

if TYPE_CHECKING:
    from torch import Tensor, nn


def d_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    on_real, on_fake = discriminate.real_and_fake(D, real, fake, y)
    return losses.relativistic_d(on_real.score, on_fake.score)


def g_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    return losses.relativistic_g(D(real, y).score, D(fake, y).score)


OWN = {"network.conditional": True}  # R2, and no norm in G, were both much worse in the little time there is

VARIANT = Variant(
    title="R3GAN",
    summary="A modern baseline: D compares each generated picture with a real one; two penalties replace all tricks.",
    paper="https://arxiv.org/abs/2501.05441",
    generator=lambda spec: conv.Generator(spec, conditional=spec.network.conditional),
    discriminator=lambda spec: conv.Discriminator(spec, project=spec.network.conditional),
    d_loss=d_loss,
    g_loss=g_loss,
    conditional="optional",
    critic=True,
    forbids={"network.norm_d": {"batch": "batch norm couples the pictures whose gradients are penalised one by one"}},
    defaults={
        "network.norm_g": "none",
        "network.norm_d": "none",
        "network.residual": "both",
        "network.upsample": "bilinear",
        "network.slope_g": 0.2,
        "network.init": "he",
        "regularization.r1": 1.0,
        "regularization.r2": 1.0,
        "optimiser.beta1": 0.0,
        "optimiser.beta2": 0.99,
    },
    presets={"fast": tuned.FAST | OWN, "quality": tuned.QUALITY | OWN},
)
