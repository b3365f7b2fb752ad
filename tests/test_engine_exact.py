"""The fast engine against a plain loop that shares no line of it: the same numbers, step by step.

`benchmarks.plain` draws what the trainer draws and works it out as a textbook does. When the engine is given another
algorithm, not just other means, the plain loop says so in a switch (`ENGINE_REUSES_FAKES`).
"""

from functools import partial
from typing import Any

import pytest
import torch
from toys import ALL, pictures, tiny

from benchmarks import plain
from gan_core.nets import DiscriminatorOutput
from gan_core.system import device
from gan_core.training.trainer import Trainer

pytestmark = pytest.mark.slow

STEPS = 10  # a penalty every eight steps comes twice
EXACT = 1e-4
"""fp32: how far a loss may be off in these steps, for the order of sums is another one."""

SHARE = 1e-2
"""fp32: how far weights may be apart after them, as a share of the way that they have gone.

A relativistic loss does not depend on D's last bias: its gradient is rounding alone, which Adam makes a full step of.
"""

BF16 = (0.02, 0.05)
"""bf16 keeps 8 binary digits, a step of 0.4 %: a loss may be off by this share of itself, and by this much more."""

SMALL: dict[str, Any] = {"optimiser.lr_g": 2e-5, "optimiser.lr_d": 2e-5}
"""For presets with large steps and no momentum: there Adam's update is a full step in the sign of each gradient, also
of one that is nothing but rounding, so two engines part at the pace of the learning rate."""

ALL_REMEDIES = {
    "network.norm_d": "instance",
    "network.dropout": 0.2,
    "optimiser.lr_decay": "cosine",
    "regularization.label_smoothing": 0.1,
    "regularization.label_flips": 0.05,
    "regularization.input_noise": 0.1,
    "regularization.r1": 1.0,
    "regularization.r2": 0.5,
    "regularization.reg_every": 3,
    "regularization.grad_clip": 0.5,
    "regularization.augment": "advanced",
    "regularization.augment_where": "both",
}


def config_of(variant, precision="fp32", **given):
    schedule = {"steps": STEPS, "seconds": None, "epochs": None, "batch": 8, "precision": precision, "device": "cpu"}
    return tiny(variant, **{f"schedule.{name}": value for name, value in schedule.items()}, **given)


CASES = [*((variant, None) for variant in ALL), *((variant, "fast") for variant in ALL)]
"""Every variant with its usual settings and with its fastest; those of `quality` differ from these in the EMA alone."""


def both(config, steps=STEPS, **options):
    """The losses of D and G, (steps, 2), of the engine and of the plain loop, and the two themselves."""
    dataset = pictures(16)
    trainer = Trainer(config, dataset)
    loop = plain.alike(trainer, dataset, **options)
    for _ in range(steps):
        trainer.advance()
    ours = torch.tensor([[row["loss/d"], row["loss/g"]] for row in trainer.drain()])
    return ours, torch.tensor([list(loop.step().values()) for _ in range(steps)]), trainer, loop


def off(mine, other, start):
    """How far apart two networks ended, as a share of the way from `start`."""
    kept = [network.state_dict().values() for network in (mine, other, start)]
    flat = [torch.cat([v.flatten().double() for v in network if v.is_floating_point()]) for network in kept]
    return ((flat[0] - flat[1]).norm() / (flat[1] - flat[2]).norm()).item()


def furthest(ours, theirs):
    return (ours - theirs).abs().max().item()


@pytest.mark.parametrize(("variant", "preset"), CASES)
def test_the_engine_gives_the_losses_of_a_plain_loop(variant, preset):
    ours, theirs, trainer, loop = both(config_of(variant, preset=preset, **(SMALL if preset else {})))
    assert furthest(ours, theirs) < EXACT
    assert furthest(ours[0], ours[-1]) > 10 * furthest(ours[0], theirs[0]), "and they do move"
    began = plain.alike(Trainer(trainer.config, pictures(16)), pictures(16))
    assert off(trainer.G, loop.G, began.G) < SHARE and off(trainer.D, loop.D, began.D) < SHARE
    assert (trainer.ema is None) == (loop.average is None)
    if trainer.ema and loop.average and began.average:
        assert off(trainer.ema.average, loop.average, began.average) < SHARE


@pytest.mark.parametrize("variant", ["dcgan", "vanilla", "sngan"])
def test_the_remedies_are_those_of_the_plain_loop_too(variant):
    given = {name: value for name, value in ALL_REMEDIES.items() if allowed(variant, name)}
    ours, theirs, *_ = both(config_of(variant, **given))
    assert furthest(ours, theirs) < EXACT
    without, *_ = both(config_of(variant))
    assert furthest(ours, without) > 100 * EXACT, "they do something"


def allowed(variant, field):
    only = {"vanilla": "network.norm_d", "sngan": "regularization.label"}
    return not field.startswith(only.get(variant, "none"))


@pytest.mark.parametrize("variant", ALL)
def test_bf16_stays_near_the_plain_loop_in_fp32(variant):
    if not device.has_native_bf16(torch.device("cpu")):
        pytest.skip("this processor has no bf16 of its own (AMX or AVX512-BF16)")
    ours, theirs, *_ = both(config_of(variant, precision="bf16"))
    share, off = BF16
    assert ((ours - theirs).abs() <= off + share * theirs.abs()).all(), furthest(ours, theirs)


def test_the_comparison_notices_another_algorithm():
    """A plain loop that takes its generated pictures from elsewhere than the engine does is far off at once."""
    ours, theirs, *_ = both(config_of("wgan_gp"), 5, reuse_fakes=not plain.ENGINE_REUSES_FAKES)
    assert furthest(ours[1:], theirs[1:]) > 10 * EXACT


def test_the_plain_loop_is_plain():
    _, _, trainer, loop = both(config_of("dcgan"), 2)
    weights = [weight for weight in loop.G.parameters() if weight.dim() == 4]
    assert weights and all(weight.dtype == torch.float32 and weight.is_contiguous() for weight in weights)
    assert {**loop.g_optimiser.defaults, "fused": None, "foreach": None} == loop.g_optimiser.defaults
    assert loop.done == trainer.step == 2


def test_a_discriminator_apart_gets_one_half_after_the_other():
    seen = []

    def judge(pictures, labels, classes):
        seen.append(len(pictures))
        return DiscriminatorOutput(pictures.flatten(1).sum(1), labels[:, None] if classes else None)

    x, y = torch.arange(8.0).view(8, 1, 1, 1), torch.arange(8)
    for classes in (True, False):
        seen.clear()
        apart = plain.Apart(torch.nn.Identity(), batch=4)
        apart.D = as_module(partial(judge, classes=classes))
        found = apart(x, y)
        assert seen == [4, 4] and torch.equal(found.score, x.flatten())
        assert (found.classes is None) is not classes
        assert len(apart(x[:3], y[:3]).score) == 3


def as_module(function):
    module = torch.nn.Module()
    module.forward = function
    return module


def test_the_textbook_loop_reads_its_pictures_from_a_loader():
    loop = plain.textbook(config_of("cgan"), pictures())
    real, labels = next(loop.streams.batches)
    assert real.shape == (8, 1, 28, 28) and real.min() >= -1 and real.max() <= 1 and labels.dtype == torch.int64
    before = [weight.clone() for weight in loop.G.parameters()]
    found = loop.step()
    assert set(found) == {"loss/d", "loss/g"} and all(isinstance(value, float) for value in found.values())
    assert any(not torch.equal(a, b) for a, b in zip(before, loop.G.parameters(), strict=True))
    assert loop.reuse_fakes and not plain.textbook(config_of("wgan_gp"), pictures()).reuse_fakes
