"""Each remedy by what it does to the numbers that enter a loss or move a weight, worked out by hand."""

import io
import math

import numpy as np
import pytest
import torch
from test_trainer import advance, same, timeless
from torch import nn
from toys import pictures, tiny

from gan_core import variants
from gan_core.config import ConfigError, RegularizationConfig
from gan_core.data import Dataset
from gan_core.nets import DiscriminatorOutput
from gan_core.objectives import losses, targets
from gan_core.objectives.variant import Context
from gan_core.presets import recipe
from gan_core.training import _augment as augment
from gan_core.training import optimiser
from gan_core.training._ema import Ema
from gan_core.training._weights import Weights
from gan_core.training.regularization import Regularization
from gan_core.training.trainer import Trainer

LOG3 = math.log(3)  # σ(log 3) = 3/4, so −log σ = log 4/3 and −log(1 − σ) = log 4
N = 10_000
LABELS = ["vanilla", "dcgan", "cgan", "acgan"]
CRITICS = ["wgan", "wgan_gp"]


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def settings(**given):
    return RegularizationConfig(**given)


class Sure(nn.Module):
    """A discriminator that knows: log 3 for real pictures (all 1), −log 3 for generated ones (all 0)."""

    def forward(self, x, y):
        return DiscriminatorOutput((2 * x.mean((1, 2, 3)) - 1) * LOG3, torch.zeros(len(x), 2))


SURE = Sure()


def d_loss(variant, D: nn.Module = SURE, count=N, **regularization):
    """D's terms for `count` real and generated pictures under these remedies."""
    given = {f"regularization.{name}": value for name, value in regularization.items()}
    ctx = Context(recipe.build({"variant": variant, **given}), rng(), 0)
    pair = torch.ones(count, 1, 2, 2), torch.zeros(count, 1, 2, 2), torch.zeros(count, dtype=torch.int64)
    return {name: value.detach() for name, value in variants.get(variant).d_loss(D, *pair, ctx).items()}


# Targets of the log losses


@pytest.mark.parametrize("name", LABELS)
def test_one_sided_smoothing_changes_the_real_side_only(name):
    terms = d_loss(name, label_smoothing=0.1)
    assert terms["real"].item() == pytest.approx(0.9 * math.log(4 / 3) + 0.1 * math.log(4), rel=1e-5)
    assert terms["fake"].item() == pytest.approx(math.log(4 / 3), rel=1e-5)


@pytest.mark.parametrize("name", LABELS)
def test_two_sided_smoothing_changes_both_sides(name):
    terms = d_loss(name, label_smoothing=0.1, fake_smoothing=0.1)
    expected = 0.9 * math.log(4 / 3) + 0.1 * math.log(4)
    assert terms["real"].item() == pytest.approx(expected, rel=1e-5)
    assert terms["fake"].item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", LABELS)
def test_flips_tell_d_the_opposite_with_their_probability(name):
    terms = d_loss(name, label_flips=0.25)
    for side in ("real", "fake"):
        flipped = (terms[side].item() - math.log(4 / 3)) / LOG3  # each flip adds log 4 − log 4/3 = log 3
        assert flipped == pytest.approx(0.25, abs=0.02)  # four and a half standard deviations


def test_a_flip_swaps_the_two_targets():
    chosen = settings(label_flips=0.05, label_smoothing=0.1, fake_smoothing=0.2)
    real, fake = targets.real(N, chosen, rng()), targets.fake(N, chosen, rng(1))
    assert isinstance(real, torch.Tensor) and isinstance(fake, torch.Tensor)
    assert set(real.tolist()) == set(fake.tolist()) == {np.float32(0.9), np.float32(0.2)}
    assert (real < 0.5).sum().item() == pytest.approx(500, abs=100)
    assert (fake > 0.5).sum().item() == pytest.approx(500, abs=100)


def test_label_noise_spreads_the_targets_evenly():
    real = targets.real(N, settings(label_noise=0.2, label_smoothing=0.5), rng())
    assert isinstance(real, torch.Tensor)
    assert 0.3 <= real.min() < 0.301 and 0.699 < real.max() <= 0.7
    assert real.mean().item() == pytest.approx(0.5, abs=0.005)
    assert real.std().item() == pytest.approx(0.4 / math.sqrt(12), rel=0.02)


def test_label_noise_never_leaves_zero_to_one():
    real, fake = (side(N, settings(label_noise=0.2), rng()) for side in (targets.real, targets.fake))
    assert isinstance(real, torch.Tensor) and isinstance(fake, torch.Tensor)
    assert 0.8 <= real.min() < 0.801 and real.max() == 1
    assert fake.min() == 0 and 0.199 < fake.max() <= 0.2
    assert (real == 1).float().mean().item() == pytest.approx(0.5, abs=0.025)


@pytest.mark.parametrize("name", LABELS)
def test_label_noise_enters_the_loss(name):
    terms = d_loss(name, label_noise=0.2)  # mean target 1 − 0.2/4 and 0.2/4
    expected = 0.95 * math.log(4 / 3) + 0.05 * math.log(4)
    assert terms["real"].item() == pytest.approx(expected, abs=0.005)
    assert terms["fake"].item() == pytest.approx(expected, abs=0.005)


# Magnitudes of the critics


def test_magnitudes_are_uniform_around_one():
    drawn = targets.magnitude(N, settings(critic_magnitude=0.1), rng())
    assert isinstance(drawn, torch.Tensor)
    assert 0.9 <= drawn.min() < 0.9005 and 1.0995 < drawn.max() <= 1.1
    assert drawn.mean().item() == pytest.approx(1, abs=0.003)
    assert drawn.std().item() == pytest.approx(0.2 / math.sqrt(12), rel=0.02)


def test_each_score_of_a_critic_counts_with_its_magnitude():
    real, fake = torch.tensor([2.0, 4.0]), torch.tensor([1.0, -1.0])
    weights = {"real_magnitude": torch.tensor([1.1, 0.9]), "fake_magnitude": torch.tensor([0.9, 1.1])}
    terms = losses.critic_d(real, fake, torch.tensor(0.5), 10.0, **weights)
    assert terms["total"].item() == pytest.approx(5 - (2.2 + 3.6) / 2 + (0.9 - 1.1) / 2)
    assert terms["wasserstein"].item() == pytest.approx(3)


class Level(nn.Module):
    """A critic that gives real pictures (all 1) the score 1 − `zero` and generated ones (all 0) −`zero`."""

    def __init__(self, zero):
        super().__init__()
        self.zero = zero

    def forward(self, x, y):
        return DiscriminatorOutput(x.mean((1, 2, 3)) - self.zero)


@pytest.mark.parametrize("name", CRITICS)
@pytest.mark.parametrize("zero", [0, 1])
def test_magnitudes_enter_the_critics_loss_on_either_side(name, zero):
    plain, remedied = (d_loss(name, D=Level(zero), count=2, critic_magnitude=m) for m in (0, 0.5))
    assert remedied["wasserstein"] == plain["wasserstein"] == 1
    moved = abs(remedied["total"] - plain["total"]).item()
    assert 0 < moved <= 0.5  # half of the one score that is not 0


def test_a_flipped_label_of_a_critic_is_a_score_with_a_minus():
    drawn = targets.magnitude(N, settings(label_flips=0.05), rng())
    assert isinstance(drawn, torch.Tensor) and set(drawn.tolist()) == {-1.0, 1.0}
    assert (drawn < 0).float().mean().item() == pytest.approx(0.05, abs=0.005)
    both = targets.magnitude(N, settings(label_flips=0.05, critic_magnitude=0.1), rng())
    assert isinstance(both, torch.Tensor)
    assert both.abs().min() >= 0.9 and both.abs().max() <= 1.1
    assert (both < 0).float().mean().item() == pytest.approx(0.05, abs=0.005)


# What is off, and what a variant does not read


def test_what_is_off_draws_no_random_number_and_changes_nothing():
    generator = rng()
    before = generator.get_state()
    off = settings()
    assert targets.real(3, off, generator) == 1 and targets.fake(3, off, generator) == 0
    assert targets.magnitude(3, off, generator) == 1
    regularization, D, x = Regularization(off, generator), nn.Identity(), torch.ones(2, 1, 4, 4)
    assert regularization.augment_real(x) is x and regularization.perturb(D, 0.0) is D
    assert regularization.penalties(D, x, x, torch.zeros(2), 0) == {}
    assert torch.equal(generator.get_state(), before)


@pytest.mark.parametrize("variant", [*LABELS, *CRITICS])
def test_a_remedy_the_loss_does_not_read_is_refused(variant):
    everything, read = {*targets.LABELS, *targets.CRITIC}, variants.get(variant).regularization_fields
    for name in sorted(everything - {*read}):
        with pytest.raises(ConfigError, match=rf"regularization.{name}: 0.1 was given; {variant} does not use this"):
            recipe.build({"variant": variant, f"regularization.{name}": 0.1})


# Around D: noise, augmentation, penalties


def half(size=28, count=24) -> Dataset:
    """Pictures whose left half is black and whose right half is white."""
    images = np.zeros((count, 1, size, size), np.uint8)
    images[..., size // 2 :] = 255
    return Dataset("half", images, np.zeros(count, np.int64), ("half",), "Half", "none", "train")


def watched(dataset, variant="dcgan", **given):
    """A trainer, and the lists of all that D is shown and G draws."""
    trainer, shown, drawn = Trainer(tiny(variant, **given), dataset), [], []
    trainer.D.register_forward_pre_hook(lambda _, inputs: shown.append(inputs[0].detach().clone()))
    trainer.G.register_forward_hook(lambda _, inputs, output: drawn.append(output.detach().clone()))
    return trainer, shown, drawn


@pytest.mark.parametrize(("share", "expected"), [(1.0, [0.2, 0.15, 0.1, 0]), (0.5, [0.2, 0.1, 0, 0]), (0, [0.2] * 4)])
def test_input_noise_fades_along_a_line(share, expected):
    regularization = Regularization(settings(input_noise=0.2, input_noise_decay=share), rng())
    assert [regularization.noise_std(progress) for progress in (0, 0.25, 0.5, 1)] == pytest.approx(expected)


def test_input_noise_is_on_all_that_d_sees_and_fades():
    given = {"schedule.steps": 4, "schedule.batch": 24, "regularization.input_noise": 0.4}
    trainer, shown, drawn = watched(half(), **given)
    for expected in (0.4, 0.3, 0.2, 0.1):
        real = trainer.batches.images.float() * 2 / 255 - 1
        advance(trainer, 1)
        (on_real, on_fake, in_g), (fake,) = shown, drawn
        for noise in (on_real - real, on_fake - fake, in_g - fake):
            assert noise.std().item() == pytest.approx(expected, rel=0.03)  # of 18,816 numbers
            assert noise.mean().item() == pytest.approx(0, abs=0.02)
        shown.clear()
        drawn.clear()


def mirrored(pictures, of):
    """Which of `pictures` are exactly `of` and which exactly its mirror image; each is one of the two."""
    kept = [torch.equal(a, b) for a, b in zip(pictures, of, strict=True)]
    turned = [torch.equal(a, b.flip(2)) for a, b in zip(pictures, of, strict=True)]
    assert all(a or b for a, b in zip(kept, turned, strict=True))
    return sum(turned)


def test_basic_augmentation_mirrors_half_of_the_pictures_exactly():
    x = torch.rand(N // 10, 1, 3, 4, generator=rng())
    assert 420 < mirrored(augment.basic(x, rng()), x) < 580


@pytest.mark.parametrize("where", ["data", "both"])
def test_augmentation_reaches_the_real_pictures_alone_or_all_that_d_sees(where):
    given = {"schedule.batch": 24, "regularization.augment": "basic", "regularization.augment_where": where}
    trainer, shown, drawn = watched(half(), **given)
    advance(trainer, 1)
    (on_real, on_fake, in_g), (fake,) = shown, drawn
    real = trainer.batches.images.float() * 2 / 255 - 1
    assert 0 < mirrored(on_real, real) < 24
    both = where == "both"
    assert (0 < mirrored(on_fake, fake) < 24) == both
    assert (0 < mirrored(in_g, fake) < 24) == both
    assert both or (torch.equal(on_fake, fake) and torch.equal(in_g, fake))


@pytest.mark.parametrize("channels", [1, 3])
def test_advanced_augmentation_changes_each_picture_in_its_own_way(channels):
    x = (2 * torch.rand(1, channels, 16, 16, generator=rng()) - 1).expand(8, -1, -1, -1)
    changed = augment.advanced(x, rng())
    assert changed.shape == x.shape and changed.isfinite().all()
    for i in range(8):
        assert not torch.equal(changed[i], x[i])
        assert not any(torch.equal(changed[i], changed[j]) for j in range(i))


def test_what_d_sees_is_augmented_once():
    x = torch.rand(2, 1, 4, 4)
    regularization = Regularization(settings(augment="advanced", augment_where="both"), rng())
    assert regularization.augment_real(x) is x  # the view does it
    assert Regularization(settings(augment="advanced"), rng()).perturb(nn.Identity(), 0.0).__class__ is nn.Identity


def test_augmented_data_stay_within_what_g_can_draw():
    x = 2 * torch.rand(16, 3, 16, 16, generator=rng()) - 1
    assert Regularization(settings(augment="advanced"), rng()).augment_real(x).abs().max() == 1
    assert augment.advanced(x, rng()).abs().max() > 1


def numbers(*values):
    return torch.tensor(values, dtype=torch.float32).view(-1, 1, 1, 1)


def test_a_crop_moves_by_whole_pixels_and_repeats_the_border():
    x = torch.arange(9.0).view(1, 1, 3, 3).repeat(2, 1, 1, 1)
    moved = augment.move(x, numbers(1, 0), numbers(0, -1), numbers(0, 0))
    assert moved[0, 0].tolist() == [[3, 4, 5], [6, 7, 8], [6, 7, 8]]
    assert moved[1, 0].tolist() == [[0, 0, 1], [3, 3, 4], [6, 6, 7]]


def test_a_crop_reaches_an_eighth_of_the_size():
    seen = set()
    ramp = torch.arange(16.0).view(1, 1, 1, 16).expand(500, 1, 16, 16)

    def watch(pictures, down, right, angle):
        seen.update(zip(down.flatten().tolist(), right.flatten().tolist(), strict=True))
        assert angle.abs().max() <= math.radians(10)
        return pictures

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(augment, "move", watch)
        augment.advanced(ramp, rng())
    assert seen == {(down, right) for down in (-2, -1, 0, 1, 2) for right in (-2, -1, 0, 1, 2)}


def test_a_turn_by_a_quarter_is_rot90():
    x = torch.rand(1, 3, 5, 5, generator=rng())
    turned = augment.move(x, numbers(0), numbers(0), numbers(math.pi / 2))
    assert torch.allclose(turned, x.rot90(1, (2, 3)), atol=1e-5)


def test_colour_is_brightness_and_contrast():
    x = torch.tensor([-1.0, 1.0]).view(1, 1, 1, 2).expand(N, 1, 1, 2)
    changed = augment.colour(x, rng())
    brightness, contrast = changed.mean((1, 2, 3)), (changed[..., 1] - changed[..., 0]).flatten() / 2
    assert -0.5 <= brightness.min() < -0.49 and 0.49 < brightness.max() <= 0.5
    assert 0.5 <= contrast.min() < 0.51 and 1.49 < contrast.max() <= 1.5


def test_saturation_leaves_grey_as_it_is():
    grey = torch.rand(8, 1, 4, 4, generator=rng()).expand(-1, 3, -1, -1)
    changed = augment.colour(grey, rng())
    assert torch.allclose(changed, changed[:, :1].expand(-1, 3, -1, -1), atol=1e-6)
    coloured = torch.rand(8, 3, 4, 4, generator=rng())
    spread = (augment.colour(coloured, rng()).std(1) / coloured.std(1)).flatten(1)
    assert (spread.std(1) < 1e-4).all()  # one factor for a whole picture
    assert spread.mean(1).std() > 0.1  # another for the next


@pytest.mark.parametrize("kind", ["basic", "advanced"])
@pytest.mark.parametrize("channels", [1, 3])
def test_gradients_flow_through_augmentation_once_and_twice(kind, channels):
    x = torch.rand(2, channels, 4, 4, generator=rng(), dtype=torch.float64).requires_grad_()
    change = augment.KINDS[kind]
    assert change is not None
    # the random numbers are float32, so the differences are as well; through a square, for a second derivative
    assert torch.autograd.gradcheck(lambda x: change(x, rng()).square(), x)
    assert torch.autograd.gradgradcheck(lambda x: change(x, rng()).square(), x)


def test_g_learns_through_augmentation_and_noise():
    given = {
        "regularization.augment": "advanced",
        "regularization.augment_where": "both",
        "regularization.input_noise": 0.1,
    }
    trainer = Trainer(tiny("dcgan", **given), pictures())
    advance(trainer, 1)
    assert (trainer.drain()[0]["grad/g"] or 0) > 0


class Linear(nn.Module):
    """D(x) = w · x over all pixels."""

    def __init__(self, *weights):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(weights))

    def forward(self, x, y):
        return DiscriminatorOutput(x.flatten(1) @ self.w)


def test_r1_of_a_linear_critic():
    critic, x = Linear(1.0, 2.0, 0.0, 2.0), torch.rand(5, 1, 2, 2)
    terms = Regularization(settings(r1=3.0), rng()).penalties(critic, x, x, torch.zeros(5), 0)
    assert terms.keys() == {"r1", "total"}
    assert terms["r1"].item() == pytest.approx(3 / 2 * 9)  # weight / 2 · ‖w‖²
    terms["total"].backward()
    assert critic.w.grad is not None
    assert critic.w.grad.tolist() == pytest.approx([3, 6, 0, 6])  # weight · w


class Square(nn.Module):
    """D(x) = ‖x‖² / 2, whose gradient is x itself."""

    def forward(self, x, y):
        return DiscriminatorOutput(x.flatten(1).square().sum(1) / 2)


def test_r1_is_taken_at_real_and_r2_at_generated_pictures():
    real, fake = torch.full((3, 1, 2, 2), 2.0), torch.full((3, 1, 2, 2), 0.5)
    terms = Regularization(settings(r1=1.0, r2=4.0), rng()).penalties(Square(), real, fake, torch.zeros(3), 0)
    assert terms["r1"].item() == pytest.approx(0.5 * 4 * 2**2)
    assert terms["r2"].item() == pytest.approx(2.0 * 4 * 0.5**2)
    assert terms["total"].item() == pytest.approx(8 + 2)


def test_lazy_penalties_come_every_so_often_and_count_as_much_in_the_mean():
    regularization, x = Regularization(settings(r1=2.0, reg_every=4), rng()), torch.ones(3, 1, 2, 2)
    taken = [regularization.penalties(Square(), x, x, torch.zeros(3), update) for update in range(8)]
    assert [bool(terms) for terms in taken] == [True, False, False, False] * 2
    assert taken[0]["r1"].item() == pytest.approx(4)
    assert taken[0]["total"].item() == pytest.approx(16)


@pytest.mark.parametrize("variant", ["dcgan", "wgan_gp"])
def test_the_penalties_are_added_to_ds_loss_and_logged(variant):
    rows: list[dict] = []
    for given in ({}, {"regularization.r1": 5.0, "regularization.r2": 2.0}):
        trainer = Trainer(tiny(variant, **{"objective.d_steps": 1, "schedule.precision": "fp32", **given}), pictures())
        advance(trainer, 1)
        rows += map(dict, trainer.drain())
    plain, penalised = rows
    assert penalised["d/r1"] > 0 and penalised["d/r2"] > 0
    assert penalised["loss/d"] == pytest.approx(plain["loss/d"] + penalised["d/r1"] + penalised["d/r2"], rel=1e-4)


def test_lazy_penalties_are_logged_where_they_were_taken():
    given = {"objective.d_steps": 3, "regularization.r1": 1.0, "regularization.reg_every": 4, "schedule.steps": 4}
    trainer = Trainer(tiny("dcgan", **given), pictures())
    advance(trainer, 4)  # D's updates 0–2, 3–5, 6–8, 9–11
    assert ["d/r1" in row for row in trainer.drain()] == [True, True, True, False]


# What moves the weights


@pytest.mark.parametrize(("bound", "clipped"), [(0.01, True), (1e4, False), (0.0, False)])
def test_a_long_gradient_is_clipped_to_its_bound_and_a_short_one_is_kept(bound, clipped):
    trainer = Trainer(tiny("dcgan", **{"regularization.grad_clip": bound}), pictures())
    advance(trainer, 1)
    (row,) = trainer.drain()
    for weights, name in ((trainer.g_weights, "grad/g"), (trainer.d_weights, "grad/d")):
        assert weights.values.grad is not None
        before = row[name] or 0.0
        assert before > 0.01
        assert weights.values.grad.norm().item() == pytest.approx(bound if clipped else before, rel=1e-3)


def test_decay_by_hand():
    shares = (0, 0.25, 0.5, 0.75, 1)
    assert [optimiser.decay("linear", share) for share in shares] == pytest.approx([1, 0.75, 0.5, 0.25, 0])
    root = math.sqrt(0.5)
    cosine = [1, (1 + root) / 2, 0.5, (1 - root) / 2, 0]
    assert [optimiser.decay("cosine", share) for share in shares] == pytest.approx(cosine)
    assert [optimiser.decay("none", share) for share in shares] == [1] * 5


def test_learning_rates_decay_from_whatever_they_are_set_to():
    given = {"optimiser.lr_decay": "linear", "optimiser.lr_g": 4e-3, "optimiser.lr_d": 8e-3, "schedule.steps": 4}
    trainer = Trainer(tiny("dcgan", **given), pictures())
    advance(trainer, 2)
    assert trainer.lr == (4e-3, 8e-3)  # the rates before decay are what a page shows and changes
    assert trainer.d_optimiser.lr == pytest.approx(6e-3)
    state = trainer.state_dict()
    trainer = Trainer(tiny("dcgan", **given), pictures())
    trainer.load_state_dict(state)
    trainer.lr = (1e-3, trainer.lr[1])
    advance(trainer, 2)
    rows = trainer.drain()
    assert [row["lr/g"] for row in rows] == pytest.approx([0.5e-3, 0.25e-3])
    assert [row["lr/d"] for row in rows] == pytest.approx([4e-3, 2e-3])


def test_rows_tell_the_rate_of_their_own_step():
    given = {"optimiser.lr_decay": "linear", "optimiser.lr_g": 4e-3, "schedule.steps": 4}
    trainer = Trainer(tiny("dcgan", **given), pictures())
    advance(trainer, 4)
    assert [row["lr/g"] for row in trainer.drain()] == pytest.approx([4e-3, 3e-3, 2e-3, 1e-3])


def test_the_time_limit_counts_as_the_end_of_a_decay():
    trainer = Trainer(tiny("dcgan", **{"schedule.steps": 100, "schedule.seconds": 10.0}), pictures())
    trainer.step, trainer.seconds = 50, 2.0
    assert trainer.progress == 0.5
    trainer.seconds = 8.0
    assert trainer.progress == 0.8
    trainer.seconds = 11.0
    assert trainer.progress == 1


@pytest.mark.parametrize(("warmup", "expected"), [(True, 1 / 10), (False, 0.9)])
def test_ema_with_and_without_warm_up(warmup, expected):
    source = nn.Linear(1, 1, bias=False)
    nn.init.ones_(source.weight)
    ema = Ema(Weights(source), 0.9, warmup=warmup)
    nn.init.zeros_(source.weight)
    ema.update()
    assert next(ema.average.parameters()).item() == pytest.approx(expected)  # what is left of the 1
    trainer = Trainer(tiny("dcgan", **{"regularization.ema_warmup": warmup}), pictures())
    assert trainer.ema and trainer.ema.warmup is warmup


def test_two_time_scales():
    given = {"optimiser.lr_g": 1e-4, "optimiser.lr_d": 4e-4, "schedule.precision": "fp32"}
    trainer = Trainer(tiny("dcgan", **given), pictures())
    before = [p.detach().clone() for p in (*trainer.G.parameters(), *trainer.D.parameters())]
    advance(trainer, 1)
    after = [p.detach() for p in (*trainer.G.parameters(), *trainer.D.parameters())]
    moves = [(a - b).abs().max().item() for a, b in zip(after, before, strict=True)]
    count = len(list(trainer.G.parameters()))
    assert max(moves[:count]) == pytest.approx(1e-4, rel=0.01)  # Adam's first step is the learning rate itself
    assert max(moves[count:]) == pytest.approx(4e-4, rel=0.01)


def test_d_steps_are_updates_of_d_on_new_pictures():
    trainer, shown, drawn = watched(pictures(), "dcgan", **{"objective.d_steps": 3})
    advance(trainer, 1)
    assert len(shown) == 3 * 2 + 1 and len(drawn) == 3
    assert not torch.equal(shown[0], shown[2])
    assert trainer.d_optimiser.state_dict()["state"][0]["step"] == 3
    assert trainer.g_optimiser.state_dict()["state"][0]["step"] == 1


def test_the_weight_of_the_gradient_penalty_enters_the_loss():
    for weight in (0.0, 3.0):
        trainer = Trainer(tiny("wgan_gp", **{"objective.gp_weight": weight}), pictures())
        advance(trainer, 1)
        row: dict = dict(trainer.drain()[0])
        assert row["loss/d"] == pytest.approx(weight * row["d/penalty"] - row["d/wasserstein"], rel=1e-5)


def test_the_clipping_bound_holds_after_each_step():
    trainer = Trainer(tiny("wgan", **{"objective.clip": 0.003}), pictures())
    advance(trainer, 1)
    assert max(p.abs().max().item() for p in trainer.D.parameters()) == pytest.approx(0.003)


# All at once

EVERYWHERE = {
    "input_noise": 0.1,
    "input_noise_decay": 0.5,
    "r1": 1.0,
    "r2": 0.5,
    "reg_every": 2,
    "grad_clip": 1.0,
    "ema_warmup": False,
    "augment": "advanced",
    "augment_where": "both",
}


@pytest.mark.slow
@pytest.mark.parametrize(("variant", "where"), [("dcgan", "data"), ("acgan", "both"), ("wgan_gp", "both")])
def test_resume_with_all_remedies_equals_never_stopping_bit_for_bit(variant, where):
    own = {name: 0.1 for name in variants.get(variant).regularization_fields}
    given = {f"regularization.{name}": value for name, value in (EVERYWHERE | own | {"augment_where": where}).items()}
    chosen = tiny(variant, **given, **{"optimiser.lr_decay": "cosine", "schedule.steps": 6})
    straight = Trainer(chosen, pictures(size=16))
    advance(straight, 3)
    straight.lr = (1e-3, 2e-3)
    advance(straight, 3)
    first = Trainer(chosen, pictures(size=16))
    advance(first, 3)
    first.lr = (1e-3, 2e-3)
    file = io.BytesIO()
    torch.save(first.state_dict(), file)
    file.seek(0)
    second = Trainer(chosen, pictures(size=16))
    second.load_state_dict(torch.load(file, weights_only=True))
    advance(second, 3)
    assert same(second.state_dict(), straight.state_dict())
    rows = straight.drain()
    assert timeless(second.drain()) == timeless(rows[3:])
    assert all(np.isfinite(value) for row in rows for value in row.values() if value is not None)


@pytest.mark.parametrize("variant", ["vanilla", "cgan", "wgan"])
def test_all_remedies_work_together(variant):
    own = {name: 0.1 for name in variants.get(variant).regularization_fields}
    given = {f"regularization.{name}": value for name, value in (EVERYWHERE | own).items()}
    trainer = Trainer(tiny(variant, **given), pictures(size=16, channels=3))
    advance(trainer, 2)
    assert all(np.isfinite(value) for row in trainer.drain() for value in row.values() if value is not None)
