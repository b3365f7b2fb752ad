"""The first GAN (Goodfellow et al., 2014): fully connected networks, non-saturating loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_core import nets, targets
from gan_core.later import judging, losses, mlp
from gan_core.variant import Context, Terms, Variant

if TYPE_CHECKING:
    from torch import Tensor, nn


def d_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    on_real, on_fake, n = *judging.both(D, real, fake, y), len(real)
    return losses.non_saturating_d(on_real.score, on_fake.score, ctx.real_target(n), ctx.fake_target(n))


def g_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    return losses.non_saturating_g(D(fake, y).score)


VARIANT = Variant(
    title="Vanilla GAN",
    summary="The original: two fully connected networks, one forging pictures, one telling them from real.",
    paper="https://arxiv.org/abs/1406.2661",
    generator=lambda spec: mlp.Generator(spec),
    discriminator=lambda spec: mlp.Discriminator(spec),
    d_loss=d_loss,
    g_loss=g_loss,
    remedies=targets.LABELS,
    network_knobs=nets.MLP,
    defaults={"network.dropout": 0.3, "network.slope_g": 0.2},
)
