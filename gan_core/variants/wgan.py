"""WGAN (Arjovsky et al., 2017): a critic measures a distance; clipped weights keep it honest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_core.objectives import targets
from gan_core.objectives.lazy import conv, discriminate, losses, torch
from gan_core.objectives.variant import Context, Terms, Variant
from gan_core.variants import _tuned as tuned

if TYPE_CHECKING:
    from torch import Tensor, nn


def d_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    n = len(real)
    on_real, on_fake = discriminate.real_and_fake(D, real, fake, y)
    return losses.critic_d(
        on_real.score, on_fake.score, real_magnitude=ctx.magnitude(n), fake_magnitude=ctx.magnitude(n)
    )


def g_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    return losses.critic_g(D(fake, y).score)


def clip_weights(D: nn.Module, ctx: Context) -> None:
    """Algorithm 1, line 7: w ← clip(w, −c, c)."""
    bound = ctx.config.objective.clip
    with torch.no_grad():
        for weight in D.parameters():
            weight.clamp_(-bound, bound)


OWN = {
    "network.norm_d": "batch",  # as in the paper's experiments: clipped weights shrink what passes through
    "objective.d_steps": 1,
    "objective.clip": 0.1,
    "optimiser.kind": "rmsprop",
    "optimiser.lr_g": 2e-3,
    "optimiser.lr_d": 2e-3,
    "regularization.r1": 0.0,
    "schedule.sample_every": 50,
}

VARIANT = Variant(
    title="WGAN (weight clipping)",
    summary="A critic estimates how far the pictures are from real; clipping its weights keeps it smooth.",
    paper="https://arxiv.org/abs/1701.07875",
    generator=lambda spec: conv.Generator(spec),
    discriminator=lambda spec: conv.Discriminator(spec),
    d_loss=d_loss,
    g_loss=g_loss,
    after_d=clip_weights,
    critic=True,
    objective_fields=("clip",),
    regularization_fields=targets.CRITIC,
    forbids={"network.norm_d": {"spectral": "spectral norm rescales the weights that clipping bounds"}},
    defaults={
        "network.norm_d": "none",
        "objective.d_steps": 5,
        "optimiser.kind": "rmsprop",
        "optimiser.lr_g": 5e-5,
        "optimiser.lr_d": 5e-5,
        "schedule.sample_every": 20,
    },
    presets={"fast": tuned.FAST | OWN, "quality": tuned.QUALITY | OWN},
)
