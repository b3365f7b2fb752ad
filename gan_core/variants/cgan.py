"""CGAN (Mirza and Osindero, 2014): both networks are told the class."""

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
    terms = losses.non_saturating_d(on_real.score, on_fake.score, ctx.real_target(n), ctx.fake_target(n))
    weight = ctx.config.objective.mismatch
    if weight and ctx.classes > 1:  # the matching-aware D of Reed et al. (2016, section 4.2)
        mismatch = losses.bce(D(real, ctx.other_classes(y)).score, ctx.fake_target(n))
        terms |= {"total": terms["total"] + weight * mismatch, "mismatch": mismatch}
    return terms


def g_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    return losses.non_saturating_g(D(fake, y).score)


OWN = {"objective.mismatch": 0.5}

VARIANT = Variant(
    title="CGAN",
    summary="Both networks see the class label, so you choose what is drawn.",
    paper="https://arxiv.org/abs/1411.1784",
    generator=lambda spec: conv.Generator(spec, conditional=True),
    discriminator=lambda spec: conv.Discriminator(spec, conditional=True),
    d_loss=d_loss,
    g_loss=g_loss,
    conditional=True,
    objective_fields=("mismatch",),
    regularization_fields=targets.LABELS,
    presets={"fast": tuned.FAST | OWN, "quality": tuned.QUALITY | OWN},
)
