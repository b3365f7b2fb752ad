"""AC-GAN (Odena et al., 2016): D also names the class of what it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_core.objectives import targets
from gan_core.objectives.lazy import conv, discriminate, losses
from gan_core.objectives.variant import Context, Terms, Variant
from gan_core.variants import _tuned as tuned

if TYPE_CHECKING:
    from torch import Tensor, nn


def d_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    on_real, on_fake = discriminate.real_and_fake(D, real, fake, y)
    assert on_real.classes is not None and on_fake.classes is not None  # this D classifies
    n = len(real)
    terms = losses.non_saturating_d(on_real.score, on_fake.score, ctx.real_target(n), ctx.fake_target(n))
    classes = losses.classification(on_real.classes, y)
    if ctx.config.objective.class_on_fakes:  # as in the paper: L_C is over real and generated pictures (section 3)
        classes = classes + losses.classification(on_fake.classes, y)
    terms |= {"total": terms["total"] + ctx.config.objective.class_weight * classes, "classes": classes}
    return terms | {"accuracy/class": losses.classified(on_real.classes, y)}


def g_loss(D: nn.Module, real: Tensor, fake: Tensor, y: Tensor, ctx: Context) -> Terms:
    on_fake = D(fake, y)
    adversarial = losses.bce(on_fake.score, 1.0)
    classes = losses.classification(on_fake.classes, y)
    total = adversarial + ctx.config.objective.class_weight * classes
    return {"total": total, "adversarial": adversarial, "classes": classes}


OWN = {"objective.class_on_fakes": False}  # its own pictures teach D little of the classes, and cost variety

VARIANT = Variant(
    title="AC-GAN",
    summary="G is told the class and D must name it: an auxiliary classifier keeps the classes apart.",
    paper="https://arxiv.org/abs/1610.09585",
    generator=lambda spec: conv.Generator(spec, conditional=True),
    discriminator=lambda spec: conv.Discriminator(spec, classify=True),
    d_loss=d_loss,
    g_loss=g_loss,
    conditional=True,
    objective_fields=("class_weight", "class_on_fakes"),
    regularization_fields=targets.LABELS,
    presets={"fast": tuned.FAST | OWN, "quality": tuned.QUALITY | OWN},
)
