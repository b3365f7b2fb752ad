"""DCGAN (Radford et al., 2015): convolutions and batch norm make the game stable."""

from torch import Tensor, nn

from gan_core import losses, targets
from gan_core.nets import conv, judge
from gan_core.variant import Context, Terms, Variant


def d_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    on_real, on_fake, n = *judge(D, real, fake, y), len(real)
    return losses.non_saturating_d(on_real.score, on_fake.score, ctx.real_target(n), ctx.fake_target(n))


def g_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    return losses.non_saturating_g(D(fake, y).score)


VARIANT = Variant(
    title="DCGAN",
    summary="Convolutional networks with batch norm: the first GAN that trained reliably.",
    paper="https://arxiv.org/abs/1511.06434",
    generator=conv.Generator,
    discriminator=conv.Discriminator,
    d_loss=d_loss,
    g_loss=g_loss,
    remedies=targets.LABELS,
)
