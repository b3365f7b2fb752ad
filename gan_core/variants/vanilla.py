"""The first GAN (Goodfellow et al., 2014): fully connected networks, non-saturating loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_core import nets
from gan_core.objectives import targets
from gan_core.objectives.lazy import discriminate, losses, mlp
from gan_core.objectives.variant import Context, Terms, Variant

if TYPE_CHECKING:
    from torch import Tensor, nn


def d_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    on_real, on_fake, n = *discriminate.real_and_fake(D, real, fake, y), len(real)
    return losses.non_saturating_d(on_real.score, on_fake.score, ctx.real_target(n), ctx.fake_target(n))


def g_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    return losses.non_saturating_g(D(fake, y).score)


OWN = {
    "network.width": 32,
    "network.norm_g": "batch",
    "network.dropout": 0.0,
    "network.init": "he",
    "optimiser.lr_g": 2e-3,
    "optimiser.lr_d": 2e-3,
    "optimiser.beta1": 0.0,
    "optimiser.beta2": 0.99,
    "optimiser.lr_decay": "linear",
    "regularization.r1": 0.5,
    "regularization.reg_every": 8,
    "regularization.ema": 0.998,
}

VARIANT = Variant(
    title="Vanilla GAN",
    summary="The original: two fully connected networks, one forging pictures, one telling them from real.",
    paper="https://arxiv.org/abs/1406.2661",
    generator=lambda spec: mlp.Generator(spec),
    discriminator=lambda spec: mlp.Discriminator(spec),
    d_loss=d_loss,
    g_loss=g_loss,
    regularization_fields=targets.LABELS,
    network_fields=nets.MLP,
    forbids={"network.norm_g": {"instance": "its features are rows, with no picture to be normalised within"}},
    defaults={"network.norm_g": "none", "network.dropout": 0.3, "network.slope_g": 0.2},
    presets={"fast": OWN, "quality": OWN | {"regularization.ema": 0.999}},
)
