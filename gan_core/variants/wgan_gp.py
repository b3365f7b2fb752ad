"""WGAN-GP (Gulrajani et al., 2017): the WGAN critic with a gradient penalty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_core.objectives import targets
from gan_core.objectives.lazy import conv, discriminate, losses
from gan_core.objectives.variant import Context, Terms, Variant
from gan_core.variants import _tuned as tuned

if TYPE_CHECKING:
    from torch import Tensor, nn


def d_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    mix = ctx.uniform(len(real), 1, 1, 1)
    penalty = losses.gradient_penalty(lambda x: D(x, y).score, real, fake, mix)
    n, weight = len(real), ctx.config.objective.gp_weight
    on_real, on_fake = discriminate.real_and_fake(D, real, fake, y)
    return losses.critic_d(on_real.score, on_fake.score, penalty, weight, ctx.magnitude(n), ctx.magnitude(n))


def g_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    return losses.critic_g(D(fake, y).score)


OWN = {
    "objective.d_steps": 1,  # the penalty keeps a critic that learns this quickly ahead of G all the same
    "optimiser.lr_g": 3e-3,
    "optimiser.lr_d": 3e-3,
    "optimiser.beta2": 0.9,
    "regularization.r1": 0.0,
    "schedule.sample_every": 50,
}

VARIANT = Variant(
    title="WGAN-GP",
    summary="The WGAN critic, kept smooth by a penalty on its gradients instead of clipping.",
    paper="https://arxiv.org/abs/1704.00028",
    generator=lambda spec: conv.Generator(spec),
    discriminator=lambda spec: conv.Discriminator(spec),
    d_loss=d_loss,
    g_loss=g_loss,
    critic=True,
    objective_fields=("gp_weight",),
    regularization_fields=targets.CRITIC,
    forbids={"network.norm_d": {"batch": "batch norm couples the pictures whose gradients are penalised one by one"}},
    defaults={
        "network.norm_d": "none",
        "objective.d_steps": 5,
        "optimiser.lr_g": 1e-4,
        "optimiser.lr_d": 1e-4,
        "optimiser.beta1": 0.0,
        "optimiser.beta2": 0.9,
        "schedule.sample_every": 20,
    },
    presets={"fast": tuned.FAST | OWN, "quality": tuned.QUALITY | OWN},
)
