"""Losses against values worked out by hand."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from gan_core import variants
from gan_core.nets import DiscriminatorOutput, NetSpec, conv
from gan_core.objectives import losses
from gan_core.objectives.variant import FAKE, REAL, Context
from gan_core.presets import recipe

LN2 = math.log(2)


def test_bce_by_hand():
    # −log σ(0) = log 2; −log(1 − σ(log 3)) = −log(1/4) = log 4
    assert losses.bce(torch.tensor([0.0]), 1.0).item() == pytest.approx(LN2)
    assert losses.bce(torch.tensor([math.log(3)]), 0.0).item() == pytest.approx(math.log(4))
    # target 0.9 at logit log 3: 0.9·log(4/3) + 0.1·log 4
    expected = 0.9 * math.log(4 / 3) + 0.1 * math.log(4)
    assert losses.bce(torch.tensor([math.log(3)]), 0.9).item() == pytest.approx(expected)


def test_a_plain_target_is_made_on_the_device():
    """A copy to a GPU would make the host wait for it in every step."""
    seen = []

    class Noted(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            seen.append(func.overloadpacket)
            return func(*args, **kwargs or {})

    with Noted():
        losses.bce(torch.zeros(3, device="meta"), 1.0)
    assert torch.ops.aten.full_like in seen


def test_non_saturating_game_by_hand():
    real, fake = torch.tensor([math.log(3), 0.0]), torch.tensor([0.0, math.log(3)])
    terms = losses.non_saturating_d(real, fake)
    assert terms["real"].item() == pytest.approx((math.log(4 / 3) + LN2) / 2)
    assert terms["fake"].item() == pytest.approx((LN2 + math.log(4)) / 2)
    assert terms["total"].item() == pytest.approx(terms["real"].item() + terms["fake"].item())
    assert losses.non_saturating_g(fake)["total"].item() == pytest.approx((LN2 + math.log(4 / 3)) / 2)


def test_critic_by_hand():
    real, fake = torch.tensor([3.0, 1.0]), torch.tensor([-1.0, 0.0])
    terms = losses.critic_d(real, fake, torch.tensor(0.5), 10.0)
    assert terms["wasserstein"].item() == pytest.approx(2.5)
    assert terms["total"].item() == pytest.approx(2.5)  # 10 · 0.5 − 2.5
    assert losses.critic_d(real, fake)["total"].item() == pytest.approx(-2.5)
    assert losses.critic_g(fake)["total"].item() == pytest.approx(0.5)


def test_least_squares_by_hand():
    real, fake = torch.tensor([3.0, 1.0]), torch.tensor([-1.0, 2.0])
    terms = losses.least_squares_d(real, fake)
    assert terms["real"].item() == pytest.approx(1.0)  # ½ · (4 + 0) / 2
    assert terms["fake"].item() == pytest.approx(1.25)  # ½ · (1 + 4) / 2
    assert terms["total"].item() == pytest.approx(2.25)
    assert losses.least_squares_d(real, fake, 0.5)["real"].item() == pytest.approx(1.625)  # ½ · (6.25 + 0.25) / 2
    assert losses.least_squares_g(fake)["total"].item() == pytest.approx(1.25)  # ½ · (4 + 1) / 2


def test_hinge_by_hand():
    terms = losses.hinge_d(torch.tensor([3.0, 0.5]), torch.tensor([-2.0, 1.0]))
    assert terms["real"].item() == pytest.approx(0.25)  # (0 + 0.5) / 2: above 1, D has said enough
    assert terms["fake"].item() == pytest.approx(1.0)  # (0 + 2) / 2
    assert terms["total"].item() == pytest.approx(1.25)


def test_relativistic_pairing_by_hand():
    real, fake = torch.tensor([math.log(3), 1.0]), torch.tensor([0.0, 1.0])
    # softplus(−log 3) = log(1 + 1/3) and softplus(0) = log 2; the other way round log(1 + 3) and log 2
    assert losses.relativistic_d(real, fake)["total"].item() == pytest.approx((math.log(4 / 3) + LN2) / 2)
    assert losses.relativistic_g(real, fake)["total"].item() == pytest.approx((math.log(4) + LN2) / 2)
    # it is the pairs that count: with the fakes in another order both losses change
    assert losses.relativistic_d(real, fake.flip(0))["total"].item() == pytest.approx(
        (math.log(1 + math.e / 3) + math.log(1 + math.exp(-1))) / 2
    )


def test_classification_takes_logits_not_probabilities():
    logits, labels = torch.tensor([[2.0, 0.0], [0.0, 0.0]]), torch.tensor([0, 1])
    expected = (math.log(1 + math.exp(-2)) + LN2) / 2
    assert losses.classification(logits, labels).item() == pytest.approx(expected, rel=1e-6)
    # softmax before cross-entropy, a known mistake, would give another number
    assert losses.classification(logits.softmax(1), labels).item() != pytest.approx(expected, rel=1e-2)


def test_classified_is_the_share_named_right():
    logits = torch.tensor([[2.0, 0.0], [0.0, 1.0], [3.0, 1.0], [0.0, 5.0]], requires_grad=True)
    share = losses.classified(logits, torch.tensor([0, 1, 1, 1]))
    assert share.item() == 0.75 and not share.requires_grad


def test_gradient_penalty_is_per_sample():
    # D(x) = x·w for the first sample's kind, a critic with gradient norms 3 and 0.5 → ((3−1)² + (0.5−1)²) / 2
    slopes = torch.tensor([3.0, 0.5])

    def score(x):
        return slopes * x[:, 0, 0, 0]

    real, fake = torch.ones(2, 1, 2, 2), torch.zeros(2, 1, 2, 2)
    penalty = losses.gradient_penalty(score, real, fake, torch.full((2, 1, 1, 1), 0.3))
    assert penalty.item() == pytest.approx((4 + 0.25) / 2)


def test_gradient_penalty_of_a_linear_critic_over_all_pixels():
    # gradient (2, 2, 2, 2) has norm 4, so the penalty is 9; a norm per channel or pixel would give 1
    penalty = losses.gradient_penalty(
        lambda x: 2 * x.sum((1, 2, 3)), torch.ones(3, 1, 2, 2), torch.zeros(3, 1, 2, 2), torch.rand(3, 1, 1, 1)
    )
    assert penalty.item() == pytest.approx(9.0)


def test_gradient_penalty_trains_the_critic():
    critic = nn.Linear(4, 1, bias=False)
    penalty = losses.gradient_penalty(
        lambda x: critic(x.flatten(1)).squeeze(1),
        torch.ones(2, 1, 2, 2),
        torch.zeros(2, 1, 2, 2),
        torch.rand(2, 1, 1, 1),
    )
    penalty.backward()
    norm = critic.weight.norm().item()
    expected = 2 * (norm - 1) * critic.weight.detach() / norm  # d/dw (‖w‖ − 1)²
    assert critic.weight.grad is not None
    assert torch.allclose(critic.weight.grad, expected, atol=1e-5)


class Fixed(nn.Module):
    """A discriminator with given outputs: real pictures are all 1, generated ones all 0."""

    def forward(self, x, y):
        is_real = x[:, 0, 0, 0] > 0.5
        score = torch.where(is_real, math.log(3), 0.0)
        classes = torch.stack([torch.where(is_real, 2.0, 0.0), torch.zeros(len(x))], dim=1)
        return DiscriminatorOutput(score, classes)


def context(variant, **given):
    return Context(recipe.build({"variant": variant, **given}), torch.Generator().manual_seed(0), 0)


PAIR = (torch.ones(2, 1, 4, 4), torch.zeros(2, 1, 4, 4), torch.tensor([0, 0]))


def test_acgan_by_hand():
    spec = variants.get("acgan")
    ctx = context("acgan", **{"objective.class_weight": 0.5})
    terms = spec.d_loss(Fixed(), *PAIR, ctx)
    classes = math.log(1 + math.exp(-2)) + LN2
    assert terms["classes"].item() == pytest.approx(classes, rel=1e-6)
    assert terms["total"].item() == pytest.approx(math.log(4 / 3) + LN2 + 0.5 * classes, rel=1e-6)
    g_terms = spec.g_loss(Fixed(), *PAIR, ctx)
    assert g_terms["total"].item() == pytest.approx(LN2 + 0.5 * LN2, rel=1e-6)


def test_acgan_learns_classes_from_real_pictures_alone_if_told_so():
    given = {"objective.class_weight": 0.5, "objective.class_on_fakes": False}
    terms = variants.get("acgan").d_loss(Fixed(), *PAIR, context("acgan", **given))
    assert terms["classes"].item() == pytest.approx(math.log(1 + math.exp(-2)), rel=1e-6)


def test_cgan_counts_real_pictures_with_a_wrong_class_as_fakes_if_told_so():
    shown = []

    class Watched(Fixed):
        def forward(self, x, y):
            shown.append(y.tolist())
            return super().forward(x, y)

    ctx = replace(context("cgan", **{"objective.mismatch": 0.5}), classes=3)
    terms = variants.get("cgan").d_loss(Watched(), *PAIR, ctx)
    assert terms["mismatch"].item() == pytest.approx(math.log(4), rel=1e-6)  # D says log 3 of any real picture
    assert terms["total"].item() == pytest.approx(math.log(4 / 3) + LN2 + 0.5 * math.log(4), rel=1e-6)
    assert set(shown[-1]) <= {1, 2}, "never the class it is"
    alone = variants.get("cgan").d_loss(Fixed(), *PAIR, replace(ctx, classes=1))
    assert "mismatch" not in alone, "one class has no other"


def test_other_classes_are_all_of_them_but_the_one():
    labels = torch.arange(3).repeat(200)
    others = replace(context("cgan"), classes=3).other_classes(labels)
    assert (others != labels).all() and set(others.tolist()) == {0, 1, 2}
    assert (others == (labels + 1) % 3).float().mean().item() == pytest.approx(0.5, abs=0.08)


@pytest.mark.parametrize("name", ["vanilla", "dcgan", "cgan"])
def test_label_smoothing_enters_the_loss(name):
    spec = variants.get(name)
    plain = spec.d_loss(Fixed(), *PAIR, context(name))
    smoothed = spec.d_loss(Fixed(), *PAIR, context(name, **{"regularization.label_smoothing": 0.1}))
    assert plain["real"].item() == pytest.approx(math.log(4 / 3), rel=1e-6)
    assert smoothed["real"].item() == pytest.approx(0.9 * math.log(4 / 3) + 0.1 * math.log(4), rel=1e-6)
    assert smoothed["fake"].item() == plain["fake"].item()


@pytest.mark.parametrize("name", sorted(variants.all_variants()))
def test_d_hands_back_the_scores_it_computed(name):
    class Linear(nn.Module):
        def forward(self, x, y):
            return DiscriminatorOutput(x.mean((1, 2, 3)) * 3, torch.zeros(len(x), 2))

    terms = variants.get(name).d_loss(Linear(), *PAIR, context(name))
    assert terms[REAL].tolist() == [3, 3]
    assert terms[FAKE].tolist() == [0, 0]
    assert terms["total"].ndim == 0


def test_cgan_conditions_both_networks():
    spec = NetSpec(28, 1, 10, recipe.build({"network.width": 4}).network)
    cgan = variants.get("cgan")
    generator, discriminator = cgan.generator(spec).eval(), cgan.discriminator(spec).eval()
    z, x = torch.randn(1, 100).repeat(2, 1), torch.randn(1, 1, 28, 28).repeat(2, 1, 1, 1)
    labels = torch.tensor([0, 7])
    pictures, scores = generator(z, labels), discriminator(x, labels).score
    assert not torch.allclose(pictures[0], pictures[1])
    assert not torch.allclose(scores[0], scores[1])


@pytest.mark.parametrize("name", ["wgan", "wgan_gp", "r3gan"])
def test_critics_have_no_batch_norm(name):
    spec = NetSpec(28, 1, 10, recipe.build({"variant": name, "network.width": 4}).network)
    critic = variants.get(name).discriminator(spec)
    assert not [module for module in critic.modules() if isinstance(module, nn.BatchNorm2d)]


def test_weight_clipping_bounds_every_weight():
    wgan = variants.get("wgan")
    critic = conv.Discriminator(NetSpec(28, 1, 10, recipe.build({"variant": "wgan", "network.width": 4}).network))
    assert max(p.abs().max().item() for p in critic.parameters()) > 0.01
    assert wgan.after_d is not None
    wgan.after_d(critic, context("wgan"))
    assert max(p.abs().max().item() for p in critic.parameters()) <= 0.01
