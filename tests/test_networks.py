"""The networks' options: shapes at odd sizes, spectral norm, residual blocks, initial weights, conditioning."""

import math

import pytest
import torch
from torch import nn
from toys import pairwise, pictures, same, tiny

from gan_core import config, variants
from gan_core.config import ConfigError, NetworkConfig
from gan_core.models import checkpoint
from gan_core.nets import NetSpec, conv
from gan_core.nets.blocks import Residual, down_block, up_block
from gan_core.nets.initialisation import initialise
from gan_core.nets.spectral import SpectralNorm, raw_weight, spectral_norm
from gan_core.presets import recipe
from gan_core.system.errors import WorkshopError
from gan_core.training.trainer import Trainer


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def spec(channels=1, size=28, **network):
    return NetSpec(size, channels, 5, NetworkConfig(width=4, z_dim=8, **network))


CHOICES = {
    "upsample": ["transposed", "nearest", "bilinear", "subpixel"],
    "residual": ["none", "generator", "both"],
    "stem": ["conv", "dense"],
    "norm_d": ["batch", "instance", "none", "spectral"],
    "size": [16, 33, 50, 100],
}


@pytest.mark.parametrize("case", pairwise(**CHOICES), ids=lambda case: "-".join(map(str, case.values())))
def test_any_two_options_fit_together_at_odd_sizes(case):
    size = case["size"]
    networks = spec(3, **case)
    labels = torch.tensor([0, 4])
    drawn = conv.Generator(networks, conditional=True)(torch.randn(2, 8), labels)
    assert drawn.shape == (2, 3, size, size)
    judged = conv.Discriminator(networks, project=True, classify=True)(drawn, labels)
    assert judged.score.shape == (2,) and judged.classes is not None and judged.classes.shape == (2, 5)
    judged.score.sum().backward()


@pytest.mark.parametrize(("kind", "layer"), [("batch", nn.BatchNorm2d), ("instance", nn.InstanceNorm2d)])
def test_the_norms_are_where_they_are_asked_for(kind, layer):
    def count(network):
        return sum(isinstance(module, layer) for module in network.modules())

    only_g, only_d = spec(norm_g=kind, norm_d="none"), spec(norm_g="none", norm_d=kind)
    assert count(conv.Generator(only_g)) > 0 and count(conv.Discriminator(only_g)) == 0
    assert count(conv.Generator(only_d)) == 0 and count(conv.Discriminator(only_d)) > 0


def test_residual_blocks_are_where_they_are_asked_for():
    def found(network):
        return any(isinstance(module, Residual) for module in network.modules())

    for kind, expected in {"none": (False, False), "generator": (True, False), "both": (True, True)}.items():
        networks = spec(residual=kind)
        assert (found(conv.Generator(networks)), found(conv.Discriminator(networks))) == expected


def test_fully_convolutional_means_no_dense_layer():
    def dense(network):
        return sum(isinstance(module, nn.Linear) for module in network.modules())

    assert dense(conv.Generator(spec())) == dense(conv.Discriminator(spec(), classify=True)) == 0
    assert dense(conv.Generator(spec(stem="dense"))) == 1
    assert dense(conv.Discriminator(spec(stem="dense"), classify=True)) == 2


def test_slopes_by_hand():
    def slopes(network):
        kinds = nn.ReLU | nn.LeakyReLU
        return {getattr(m, "negative_slope", 0.0) for m in network.modules() if isinstance(m, kinds)}

    assert slopes(conv.Generator(spec())) == {0.0} and slopes(conv.Discriminator(spec())) == {0.2}
    assert slopes(conv.Generator(spec(slope_g=0.1))) == {0.1} and slopes(conv.Discriminator(spec(slope_d=0))) == {0.0}


@pytest.mark.parametrize("size", [7, 13, 16])
def test_with_no_branch_a_residual_block_is_its_shortcut(size):
    """The last convolution at 0: what is left repeats each pixel, or takes the mean of each 2 × 2."""
    network, x = NetworkConfig(norm_g="none", norm_d="none"), torch.randn(2, 4, size, size)
    bigger, smaller = up_block(4, 4, network), down_block(4, 4, size, network)
    for block in (bigger, smaller):
        for parameter in block.branch[-1].parameters():
            nn.init.zeros_(parameter)
    assert torch.equal(bigger(x), x.repeat_interleave(2, 2).repeat_interleave(2, 3))
    half = smaller(x)
    assert half.shape == (2, 4, (size + 1) // 2, (size + 1) // 2)
    assert torch.allclose(half[:, :, 0, 0], x[:, :, :2, :2].mean((2, 3)), atol=1e-6)
    corner = x[:, :, -1:, -1:] if size % 2 else x[:, :, -2:, -2:]
    assert torch.allclose(half[:, :, -1, -1], corner.mean((2, 3)), atol=1e-6)


# Spectral norm


def test_spectral_norm_by_hand():
    """diag(3, 1) has the largest singular value 3, so the layer multiplies by (1, 1/3)."""
    layer = nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.diag(torch.tensor([3.0, 1.0])))
    spectral_norm(layer)
    for _ in range(30):
        layer(torch.ones(1, 2))
    assert layer(torch.ones(1, 2)).tolist() == [pytest.approx([1, 1 / 3])]


def test_the_gradient_of_spectral_norm_is_that_of_dividing_by_u_w_v():
    layer, pictures = nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last), torch.randn(2, 3, 5, 5)
    plain = layer.weight.detach().clone().requires_grad_()
    power = next(m for m in spectral_norm(layer).modules() if isinstance(m, SpectralNorm))
    layer(pictures).square().sum().backward()
    divided = plain / torch.dot(power.u, plain.flatten(1) @ power.v)
    nn.functional.conv2d(pictures, divided, layer.bias).square().sum().backward()
    torch.testing.assert_close(raw_weight(layer).grad, plain.grad, rtol=1e-4, atol=1e-4)


def test_a_weight_of_zeros_stays_zero_under_spectral_norm():
    layer = nn.Linear(3, 2)
    nn.init.zeros_(layer.weight)
    assert spectral_norm(layer).weight.tolist() == [[0, 0, 0], [0, 0, 0]]


def test_every_layer_of_a_spectral_discriminator_stretches_by_one_at_most():
    networks = spec(norm_d="spectral", residual="both")
    D = conv.Discriminator(networks, project=True, classify=True)
    initialise(D, generator())
    weighty = [m for m in D.modules() if isinstance(m, nn.Conv2d | nn.Linear | nn.Embedding)]
    assert len(weighty) == sum(isinstance(m, SpectralNorm) for m in D.modules()) > 5
    for _ in range(50):
        D(torch.randn(2, 1, 28, 28), torch.tensor([0, 1]))
    D.eval()
    for layer in weighty:
        largest = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2)
        assert largest.item() == pytest.approx(1, abs=0.02)


def test_spectral_norm_starts_from_the_runs_own_generator():
    """Same seed, same buffers, whatever the global generator did; the start already sees about the right norm."""
    networks, states = spec(norm_d="spectral"), []
    for noise in (1, 100):
        torch.rand(noise)
        D = conv.Discriminator(networks)
        before = torch.get_rng_state()
        initialise(D, generator(3))
        assert torch.equal(before, torch.get_rng_state())
        states.append(D.state_dict())
    assert same(*states)
    assert any(name.endswith(".u") for name in states[0])
    first = next(m for m in D.modules() if isinstance(m, nn.Conv2d))
    assert torch.linalg.matrix_norm(first.weight.detach().flatten(1), 2).item() == pytest.approx(1, abs=0.05)


def test_looking_at_a_picture_moves_no_power_iteration():
    D = conv.Discriminator(spec(norm_d="spectral")).eval()
    before = {name: tensor.clone() for name, tensor in D.state_dict().items()}
    D(torch.randn(2, 1, 28, 28))
    assert same(before, D.state_dict())


def test_spectral_norm_holds_under_bf16():
    D = conv.Discriminator(spec(norm_d="spectral", residual="both"), project=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        score = D(torch.randn(2, 1, 28, 28), torch.tensor([0, 1])).score
    score.float().sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in D.parameters() if p.grad is not None)
    assert {t.dtype for t in D.state_dict().values()} == {torch.float32}


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("sngan", {"network.conditional": True, "network.residual": "both"}),
        ("r3gan", {"network.norm_d": "spectral", "network.norm_g": "instance", "network.stem": "dense"}),
        ("acgan", {"network.norm_d": "spectral", "network.upsample": "subpixel"}),
    ],
)
def test_a_checkpoint_gives_back_the_same_networks(tmp_path, name, options):
    data = pictures()
    trainer = Trainer(tiny(name, **options), data)
    trainer.advance()
    checkpoint.save(tmp_path / "a.safetensors", trainer, data)
    model = checkpoint.load(tmp_path / "a.safetensors", raw=True)
    assert model.discriminator is not None and same(model.discriminator.state_dict(), trainer.D.state_dict())
    assert same(model.generator.state_dict(), trainer.G.state_dict())


# Initial weights


def test_initial_weights():
    networks = NetSpec(28, 1, 5, NetworkConfig(norm_g="none", norm_d="none", residual="both"))
    G = conv.Generator(networks)
    initialise(G, generator())
    convolution = next(m for m in G.modules() if isinstance(m, nn.Conv2d) and m.kernel_size == (3, 3))
    assert convolution.weight.std().item() == pytest.approx(0.02, rel=0.02)
    initialise(G, generator(), "he")
    stem = next(m for m in G.modules() if isinstance(m, nn.ConvTranspose2d))
    assert stem.weight.std().item() == pytest.approx(math.sqrt(2 / 100), rel=0.02)  # z has 100 numbers, each heard once
    up = next(m for m in G.stages.modules() if isinstance(m, nn.ConvTranspose2d))
    assert up.weight.std().item() == pytest.approx(math.sqrt(2 / (128 * 16 / 4)), rel=0.02)
    assert convolution.weight.std().item() == pytest.approx(0.1 * math.sqrt(2 / (64 * 9)), rel=0.02)


@pytest.mark.parametrize("size", [28, 128])
def test_he_lets_a_signal_through_without_any_norm(size):
    deep = {"norm_g": "none", "norm_d": "none", "residual": "both", "slope_g": 0.2, "upsample": "bilinear"}
    networks = NetSpec(size, 1, 5, NetworkConfig(width=8, **deep))
    G, D = conv.Generator(networks), conv.Discriminator(networks)
    initialise(G, generator(), "he")
    initialise(D, generator(), "he")
    with torch.no_grad():
        drawn = G(torch.randn(16, 100, generator=generator()))
        judged = D(torch.rand(16, 1, size, size, generator=generator()) * 2 - 1).score
    assert 0.1 < drawn.std() < 0.9
    assert 0.01 < judged.abs().mean() < 10


# What variants make of the options


def test_sngan_is_conditional_where_it_is_asked():
    sngan, asked = variants.get("sngan"), {"network.conditional": True}
    assert sngan.is_conditional(tiny("sngan", **asked)) and not sngan.is_conditional(tiny("sngan"))
    assert variants.get("cgan").is_conditional(tiny("cgan")) and not variants.get("dcgan").is_conditional(tiny("dcgan"))
    with pytest.raises(ConfigError, match=r"network\.conditional: True was given; dcgan does not use this field"):
        tiny("dcgan", **asked)
    trainer = Trainer(tiny("sngan", **asked), pictures())
    x, labels = torch.randn(1, 1, 28, 28).repeat(2, 1, 1, 1), torch.tensor([0, 2])
    before = trainer.D(x, labels).score
    assert before[0] != before[1]


def test_a_model_knows_whether_it_was_told_the_class(tmp_path):
    data = pictures()
    for asked in (True, False):
        trainer = Trainer(tiny("sngan", **{"network.conditional": asked}), data)
        checkpoint.save(tmp_path / "a.safetensors", trainer, data)
        assert checkpoint.load(tmp_path / "a.safetensors").conditional is asked


def test_projection_by_hand():
    """The score is the head's plus ⟨class vector, features summed over the picture⟩."""
    D = conv.Discriminator(spec(norm_d="none"), project=True).eval()
    x, labels = torch.randn(2, 1, 28, 28), torch.tensor([1, 3])
    h = D.features(x)
    assert D.vector is not None
    vectors = D.get_parameter("vector.weight")
    expected = D.score(h).squeeze(1) + torch.stack([vectors[1] @ h[0].sum((1, 2)), vectors[3] @ h[1].sum((1, 2))])
    assert torch.allclose(D(x, labels).score, expected, atol=1e-6)


def test_the_mlp_uses_no_convolutional_options():
    hidden = {name.removeprefix("network.") for name in recipe.unused("vanilla") if name.startswith("network.")}
    assert hidden == {
        *("upsample", "norm_d", "residual", "stem", "stem_width", "patch", "hidden", "conditional"),
    }
    with pytest.raises(ConfigError, match=r"network\.residual: 'both' was given; vanilla does not use this field"):
        tiny("vanilla", **{"network.residual": "both"})


def test_what_a_variant_forbids_is_one_sentence_with_the_reason():
    with pytest.raises(ConfigError) as caught:
        tiny("wgan_gp", **{"network.norm_d": "batch"})
    assert str(caught.value) == (
        "network.norm_d: 'batch' was given; wgan_gp cannot use it, "
        "for batch norm couples the pictures whose gradients are penalised one by one."
    )


def test_a_variant_names_only_fields_that_are_there():
    fields = set(config.fields())
    for name, variant in variants.all_variants().items():
        assert set(variant.forbids) <= fields, name
        for field, reasons in variant.forbids.items():
            assert config.flatten(recipe.build({"variant": name}))[field] not in reasons


@pytest.mark.parametrize("size", [1, 8, 15])
def test_a_size_that_is_too_small_names_the_nearest_that_works(size):
    with pytest.raises(WorkshopError, match=rf"pictures of {size} × {size} pixels; set data.size to 16, the nearest"):
        Trainer(tiny("dcgan"), pictures(size))


def test_uniform_noise_reaches_the_generator():
    trainer = Trainer(tiny("dcgan", **{"network.z_distribution": "uniform"}), pictures())
    seen = []
    trainer.G.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    trainer.advance()
    trainer.ema = None
    trainer.samples()
    for z in seen:
        assert z.abs().max() <= 1 and z.abs().mean() == pytest.approx(0.5, abs=0.2)
