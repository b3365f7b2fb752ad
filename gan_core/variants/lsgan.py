"""LSGAN (Mao et al., 2017): least squares in place of the log loss."""

from torch import Tensor, nn

from gan_core import losses, targets
from gan_core.nets import conv, judge
from gan_core.variant import Context, Terms, Variant


def d_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    on_real, on_fake, n = *judge(D, real, fake, y), len(real)
    return losses.least_squares_d(on_real.score, on_fake.score, ctx.real_target(n), ctx.fake_target(n))


def g_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    return losses.least_squares_g(D(fake, y).score)


VARIANT = Variant(
    title="LSGAN",
    summary="Least squares pull samples towards the real ones even where D already tells them apart.",
    paper="https://arxiv.org/abs/1611.04076",
    generator=conv.Generator,
    discriminator=conv.Discriminator,
    d_loss=d_loss,
    g_loss=g_loss,
    critic=True,
    remedies=targets.LABELS,
)
