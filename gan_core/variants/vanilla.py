"""The first GAN (Goodfellow et al., 2014): fully connected networks, non-saturating loss."""

from torch import Tensor, nn

from gan_core import losses, targets
from gan_core.nets import judge, mlp
from gan_core.variant import Context, Terms, Variant


def d_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    on_real, on_fake, n = *judge(D, real, fake, y), len(real)
    return losses.non_saturating_d(on_real.score, on_fake.score, ctx.real_target(n), ctx.fake_target(n))


def g_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    return losses.non_saturating_g(D(fake, y).score)


VARIANT = Variant(
    title="Vanilla GAN",
    summary="The original: two fully connected networks, one forging pictures, one telling them from real.",
    paper="https://arxiv.org/abs/1406.2661",
    generator=mlp.Generator,
    discriminator=mlp.Discriminator,
    d_loss=d_loss,
    g_loss=g_loss,
    remedies=targets.LABELS,
    network_knobs=mlp.FIELDS,
    defaults={"network.dropout": 0.3, "network.slope_g": 0.2},
)
