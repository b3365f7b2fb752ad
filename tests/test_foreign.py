"""Generators from elsewhere: known by their tensors and drawn from as their own code would, or refused in words."""

import itertools
import re
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from elsewhere import Example, Rows, renamed, saved
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from toys import opened

from gan_core import data
from gan_core.evaluation import evaluate, tournament
from gan_core.explore import directions, inversion, layers, saliency, snippet
from gan_core.explore.latent_sampler import LatentSampler
from gan_core.explore.points import LatentPoint
from gan_core.models import checkpoint, export, foreign, store
from gan_core.models.store import Origin
from gan_core.nets import latent
from gan_core.system.errors import WorkshopError


def z_of(count, z_dim):
    return latent.fixed(count, z_dim, 3)


def drawn_alike(found, plain, z_dim):
    """Whether the model draws what the plain module does, to the last bit, one at a time and together."""
    z = z_of(5, z_dim)
    with torch.no_grad():
        return torch.equal(found.generator(z), plain(z)) and torch.equal(found.generator(z[:1]), plain(z[:1]))


def sentence(path, **options):
    with pytest.raises(WorkshopError) as told:
        foreign.read(path, **options)
    assert "\n" not in str(told.value)
    return str(told.value)


# The example's layout


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize(
    ("size", "channels", "called"),
    [(28, 1, "main"), (28, 3, "model"), (32, 1, "model"), (32, 3, "main"), (64, 1, "main"), (64, 3, "model")],
)
def test_the_examples_generator(tmp_path, size, channels, called, prefix, legacy):
    plain = Example(nz=20, ngf=4, nc=channels, size=size, called=called)
    path = saved(tmp_path / "netG.pth", renamed(plain, prefix), legacy=legacy)
    assert foreign.is_foreign(path)
    found = foreign.read(path)
    model = found.model
    assert drawn_alike(model, plain, 20)
    assert found.layout == "dcgan" and model.config.variant == "dcgan" and model.config.network.z_dim == 20
    assert f"z of 20 numbers, width 4, {channels} channel" in found.sentence
    assert f"{size} × {size} pixels" in found.sentence and "assumed" in found.sentence
    assert ("padding 2" in found.sentence) == (size == 28)
    assert f"{sum(p.numel() for p in plain.parameters()):,} parameters" in found.sentence


@pytest.mark.parametrize("suffix", [".pt", ".bin", ".safetensors"])
@pytest.mark.parametrize("size", [28, 128])
def test_the_converted_file_is_like_ours(tmp_path, suffix, size):
    plain = Example(nz=12, ngf=4, nc=3, size=size, bias=True)
    found = foreign.convert(saved(tmp_path / f"G{suffix}", plain.state_dict()), target := tmp_path / "ours.safetensors")
    assert not foreign.is_foreign(target)
    model = checkpoint.load(target)
    assert drawn_alike(model, plain, 12) and drawn_alike(found.model, plain, 12)
    config, told = checkpoint.read_metadata(target)
    assert (told.size, told.channels, told.classes, told.step) == (size, 3, (), 0)
    assert (config, told) == (found.model.config, found.metadata) and config.data.dataset == data.UNKNOWN
    assert checkpoint.networks_in(target) == {"generator"} and model.discriminator is None and not model.ema
    assert checkpoint.count_parameters(target) == (sum(p.numel() for p in plain.parameters()), 0)
    assert model.title == "DCGAN as in PyTorch's example" and not model.conditional


def test_the_layout_of_huggan_dcgan_mnist(tmp_path):
    plain = Example(nz=100, ngf=64, nc=1, size=64, called="model")
    state = plain.state_dict()
    weights = {name for name in state if name.endswith(".weight")}
    assert weights == {f"model.{number}.weight" for number in (0, 1, 3, 4, 6, 7, 9, 10, 12)}
    path = saved(tmp_path / "pytorch_model.bin", state)
    assert 14.2e6 < path.stat().st_size < 14.5e6
    found = foreign.read(path)
    assert drawn_alike(found.model, plain, 100)
    assert found.sentence == (
        "DCGAN as in PyTorch's example: z of 100 numbers, width 64, 1 channel, 64 × 64 pixels, 3,574,656 parameters; "
        "assumed, because weights do not show it: ReLU between the layers, tanh at the end, z from N(0, 1)."
    ).replace("3,574,656", f"{sum(p.numel() for p in plain.parameters()):,}")


@pytest.mark.parametrize(
    ("wrap", "where"),
    [
        (lambda state: {"state_dict": state, "epoch": 3}, "state_dict"),
        (lambda state: {"netG": state, "netD": {"main.0.weight": torch.ones(4, 1, 4, 4)}, "loss": 0.5}, "netG"),
        (lambda state: {"G": {"model_state_dict": state}, "args": {"lr": 2e-4}}, "G, model_state_dict"),
        (lambda state: {"generator": {k: v * 0 for k, v in state.items()}, "ema": state}, "ema"),
        (
            lambda state: (
                {f"generator.{k}": v for k, v in state.items()} | {"discriminator.0.weight": torch.ones(2, 2)}
            ),
            "",
        ),
        (lambda state: {f"_orig_mod.module.{k}": v for k, v in state.items()}, ""),
        (lambda state: {f"module.{k}": v for k, v in state.items()} | {"n_averaged": torch.tensor(9)}, ""),
        (lambda state: {k: nn.Parameter(v) if v.is_floating_point() else v for k, v in state.items()}, ""),
    ],
)
@pytest.mark.parametrize("legacy", [False, True])
def test_where_checkpoints_keep_the_generator(tmp_path, wrap, where, legacy):
    plain = Example(nz=8, ngf=4, size=32)
    found = foreign.read(saved(tmp_path / "a.pth", wrap(plain.state_dict()), legacy=legacy))
    assert drawn_alike(found.model, plain, 8)
    assert (f", under {where}:" in found.sentence) if where else ("under" not in found.sentence)


@pytest.mark.parametrize("inside", [lambda state: state, lambda state: {"state_dict": state}])
def test_raw_takes_the_last_weights_beside_their_average(tmp_path, cli, inside):
    last, average = Example(nz=8, ngf=4, nc=1, size=28), Example(nz=8, ngf=4, nc=1, size=28)
    path = saved(tmp_path / "a.pth", inside({"G": last.state_dict(), "g_ema": average.state_dict()}))
    assert drawn_alike(foreign.load(path), average, 8) and drawn_alike(foreign.load(path, raw=True), last, 8)
    assert cli("sample", path, "--raw", "--count", 2, "--out", tmp_path / "a.npz")[0] == 0
    expected = foreign.load(path, raw=True).sample(2, 0)[0]
    np.testing.assert_array_equal(np.load(tmp_path / "a.npz")["images"], expected)
    alone = saved(tmp_path / "b.pth", inside({"ema": average.state_dict(), "step": 3}))
    assert "b.pth holds only the averaged weights" in cli("sample", alone, "--raw", "--out", tmp_path / "b.npz")[2]
    for state in ({"netG": last.state_dict()}, last.state_dict() | {"ema": average.state_dict()}):
        assert drawn_alike(foreign.load(saved(tmp_path / "c.pth", inside(state)), raw=True), last, 8)


def test_it_may_end_in_a_plain_convolution(tmp_path):
    plain = Example(nz=8, ngf=4, nc=3, size=32, plain_end=True)
    assert drawn_alike(foreign.read(saved(tmp_path / "a.pth", plain.state_dict())).model, plain, 8)


@pytest.mark.parametrize(
    "kernels",
    [
        [(7, 1, 0), (4, 2, 1), (4, 2, 1)],
        [(4, 1, 0), (3, 2, 1), (4, 2, 1), (4, 2, 1)],
        [(8, 1, 0), (2, 2, 0), (4, 2, 1)],
    ],
)
def test_other_ways_to_28_and_32_pixels(tmp_path, kernels):
    widths = [10, *[16, 8, 4, 2][: len(kernels) - 1], 1]
    stages: list[nn.Module] = [nn.Unflatten(1, (10, 1, 1))]
    for (a, b), kernel in zip(itertools.pairwise(widths), kernels, strict=True):
        stages += [nn.ConvTranspose2d(a, b, *kernel), nn.BatchNorm2d(b), nn.ReLU()][: 3 if b > 1 else 1]
    plain = nn.Sequential(*stages, nn.Tanh()).eval()
    found = foreign.read(saved(tmp_path / "a.pth", plain.state_dict()))
    assert found.metadata.size in (28, 32) and drawn_alike(found.model, plain, 10)


class Named(nn.Module):
    """As written by those who give every layer a name."""

    def __init__(self) -> None:
        super().__init__()
        self.up1, self.bn1 = nn.ConvTranspose2d(6, 16, 4, 1, 0), nn.BatchNorm2d(16)
        self.up2, self.bn2 = nn.ConvTranspose2d(16, 8, 4, 2, 1), nn.BatchNorm2d(8)
        self.last = nn.ConvTranspose2d(8, 1, 4, 2, 1)
        self.eval()

    def forward(self, z):
        x = torch.relu(self.bn1(self.up1(z.view(-1, 6, 1, 1))))
        return torch.tanh(self.last(torch.relu(self.bn2(self.up2(x)))))


def test_layers_with_names_of_their_own(tmp_path):
    plain = Named()
    found = foreign.read(saved(tmp_path / "a.pth", plain.state_dict()))
    assert found.metadata.size == 16 and drawn_alike(found.model, plain, 6)


def test_blocks_within_blocks(tmp_path):
    blocks = [nn.Sequential(nn.ConvTranspose2d(5, 8, 4), nn.BatchNorm2d(8), nn.LeakyReLU(0.2))]
    blocks += [nn.Sequential(nn.ConvTranspose2d(8, 4, 4, 2, 1), nn.BatchNorm2d(4), nn.LeakyReLU(0.2))]
    blocks += [nn.Sequential(nn.ConvTranspose2d(4, 3, 4, 2, 1), nn.Tanh())]
    plain = nn.Sequential(nn.Unflatten(1, (5, 1, 1)), nn.Sequential(*blocks)).eval()
    path = saved(tmp_path / "a.pth", renamed(plain, "gen."))
    found = foreign.read(path, slope=0.2)
    assert "LeakyReLU(0.2) between the layers" in found.sentence and drawn_alike(found.model, plain, 5)
    assert not drawn_alike(foreign.read(path).model, plain, 5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions(tmp_path, dtype):
    plain = Example(nz=8, ngf=4, size=32).to(dtype)
    path = saved(tmp_path / "a.pth", plain.state_dict())
    assert drawn_alike(foreign.read(path).model, plain.float(), 8)


def test_batch_norm_of_old_files_and_without_a_scale(tmp_path):
    plain = Example(nz=8, ngf=4, size=32)
    old = {name: t for name, t in plain.state_dict().items() if not name.endswith("num_batches_tracked")}
    assert drawn_alike(foreign.read(saved(tmp_path / "old.pth", old, legacy=True)).model, plain, 8)
    setattr(plain.main, "1", nn.BatchNorm2d(16, affine=False).eval())
    assert drawn_alike(foreign.read(saved(tmp_path / "fixed.pth", plain.state_dict())).model, plain, 8)


# Fully connected ones


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize(
    ("widths", "options", "assumed"),
    [
        ((10, 16, 784), {}, {}),
        ((10, 16, 32, 784), {"slope": 0.2}, {"slope": 0.2}),
        ((10, 16, 32, 3072), {"channels": 3, "norm": True}, {}),
        ((100, 16, 32, 64, 1024), {"norm": True, "slope": 0.2, "eps": 0.8}, {"slope": 0.2, "eps": 0.8}),
        ((64, 16, 16, 784), {"dropout": True, "slope": 0.1}, {"slope": 0.1}),
    ],
)
def test_fully_connected_generators(tmp_path, widths, options, assumed, legacy):
    plain = Rows(*widths, **options)
    found = foreign.read(saved(tmp_path / "G.pth", plain.state_dict(), legacy=legacy), **assumed)
    channels = options.get("channels", 1)
    assert found.layout == "mlp" and found.model.config.variant == "vanilla"
    assert (found.metadata.channels, found.metadata.size) == (channels, round((widths[-1] / channels) ** 0.5))
    assert drawn_alike(found.model, plain, widths[0])
    assert ("LeakyReLU" in found.sentence) == ("slope" in assumed)


def test_an_activation_may_come_before_the_norm(tmp_path):
    body = [nn.Linear(6, 8), nn.ReLU(), nn.BatchNorm1d(8), nn.Linear(8, 256), nn.Tanh(), nn.Unflatten(1, (1, 16, 16))]
    plain = nn.Sequential(*body).eval()
    assert drawn_alike(foreign.read(saved(tmp_path / "a.pth", plain.state_dict())).model, plain, 6)


@pytest.mark.parametrize(
    ("options", "what"),
    [({"slope": 1.0}, "slope: 1.0 was given"), ({"slope": -0.1}, "slope"), ({"eps": 0.0}, "eps: 0.0 was given"),
     ({"slope": float("nan")}, "slope: nan"), ({"licence": "x" * 1001}, "licence: 1,001 letters"),
     ({"licence": "MIT\nerror"}, "licence: 'MIT\\nerror' was given; allowed: one line of text")],
)  # fmt: skip
def test_options_out_of_range(tmp_path, options, what):
    assert what in sentence(saved(tmp_path / "a.pth", Rows(4, 8, 784).state_dict()), **options)


# What is refused, and how


def conv_state(*shapes):
    return {f"main.{2 * number}.weight": torch.ones(shape) for number, shape in enumerate(shapes)}


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (conv_state((8, 1, 4, 4), (16, 8, 4, 4), (1, 16, 4, 4)), "3 tensors (main.0.weight (8, 1, 4, 4), main.2"),
        (conv_state((9, 8, 4, 4), (8, 4, 4, 4), (4, 2, 4, 4)), "(2, 16, 16), which is no square picture"),
        (conv_state((9, 8, 4, 4), (8, 1, 9, 9)), "the stride and padding of main.2 (8, 1, 9, 9) cannot be"),
        (conv_state((9, 8, 4, 4), (8, 1, 4, 5)), "has a kernel that is not square"),
        (conv_state((9, 8, 4, 4), (8, 1, 4, 4)), "8 pixels across; allowed are 16 to 256"),
        (conv_state((2000, 8, 4, 4), (8, 4, 4, 4), (4, 1, 4, 4)), "z_dim: 2000 was given"),
        ({"a.0.weight": torch.ones(5, 4), "a.2.weight": torch.ones(785, 5)}, "785 numbers, which are no square"),
        ({"a.0.weight": torch.ones(5, 4), "a.2.weight": torch.ones(784, 6)}, "is given (5,) but needs a row of 6"),
        ({"a.0.weight": torch.ones(5, 4), "a.1.weight": torch.ones(784, 5)}, "no activation precedes a.1"),
        ({"a.0.weight": torch.ones(5, 4), "a.9.weight": torch.ones(784, 5)}, "8 layers without weights lie between"),
        ({"a.0.weight": torch.ones(5, 4), "a.0.bias": torch.ones(3), "a.2.weight": torch.ones(784, 5)}, "a bias of"),
        ({"emb.weight": torch.ones(10, 4), "a.0.weight": torch.ones(8, 8, 4, 4)}, "needs transposed convolutions"),
        ({"a.0.weight_orig": torch.ones(5, 4), "a.0.weight_u": torch.ones(5)}, "a.0 with weight_orig (5, 4)"),
        ({"a.0.weight": torch.ones(5, 4).long(), "a.2.weight": torch.ones(784, 5)}, "a.0.weight holds integers"),
        ({"a.0.weight": torch.ones(5, 4, dtype=torch.complex64)}, "not plain numbers: a.0.weight"),
        ({"a.0.weight": torch.full((5, 4), torch.nan)}, "NaN or infinite numbers in a.0.weight"),
        ({"a.0.weight": torch.full((5, 4), 1e300, dtype=torch.float64)}, "NaN or infinite numbers"),
        ({"weight": torch.ones(3)}, "1 tensors (weight (3,))"),
        ({}, "no state dict"),
        ({"epoch": 3, "optimizer": {"state": {}}}, "a dict with epoch, optimizer"),
        ([torch.ones(2)], "it contains list"),
        (torch.ones(2), "it contains Tensor"),
        ({"a.0.weight": torch.ones(1).expand(10**6, 10**5)}, "bytes, more than the file itself"),
        ({f"a.{n}.weight": torch.ones(1, 1) for n in range(2001)}, "2,001 tensors; allowed: 2,000"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("legacy", [False, True])
def test_what_is_no_generator_is_said_with_what_was_found(tmp_path, state, said, legacy):
    told = sentence(saved(tmp_path / "strange.pth", state, legacy=legacy))
    assert said in told and "strange.pth" in told, told


def test_all_that_is_known_is_named(tmp_path):
    told = sentence(saved(tmp_path / "a.safetensors", {"conv.weight": torch.ones(4, 3, 3, 3)}))
    assert "DCGAN as in PyTorch's example and MLP of dense layers" in told


def test_sizes_are_bounded_before_anything_is_read(tmp_path, monkeypatch):
    path = tmp_path / "large.pth"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(3_000_000)
    monkeypatch.setenv("GAN_PULL_MB", "2")
    assert sentence(path) == "large.pth has 3 MB; allowed: 2 MB (GAN_PULL_MB sets it)."
    monkeypatch.setenv("GAN_PULL_MB", "many")
    assert sentence(path) == "GAN_PULL_MB: 'many' was given; allowed: a whole number from 1 to 100,000."
    assert "No such file" in sentence(tmp_path / "nowhere.pth")


DTYPES = (torch.float32, torch.float16, torch.float64, torch.int64, torch.bool, torch.complex64, torch.uint8)
LEAVES = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked", "weight_orig")


@st.composite
def states(draw):
    """State dicts near those of generators and far from them."""
    state = {}
    sides = st.integers(0, 6) | st.sampled_from([4, 16, 256, 784])
    for _ in range(draw(st.integers(0, 6))):
        name = draw(st.sampled_from(["main.0", "main.1", "main.2", "main.10", "a", "", "0", "module.main.3", "ä.\n"]))
        shape = tuple(draw(st.lists(sides, max_size=4)))
        if np.prod(shape, dtype=float) < 50_000:
            leaf = draw(st.sampled_from(LEAVES))
            state[f"{name}.{leaf}" if name else leaf] = torch.ones(shape).to(draw(st.sampled_from(DTYPES)))
    return state


@given(states(), st.sampled_from([("a.pth", False), ("a.bin", True), ("a.safetensors", False)]))
def test_no_state_dict_leads_to_anything_but_a_sentence(state, kind):
    with tempfile.TemporaryDirectory() as folder:
        path = saved(Path(folder) / kind[0], state, legacy=kind[1])
        try:
            model = foreign.read(path).model
        except WorkshopError as error:
            assert "\n" not in str(error)
        else:
            assert model.sample(2, 0)[0].shape[0] == 2


@given(st.integers(0, 10**9), st.binary(min_size=1, max_size=8), st.booleans())
def test_no_damage_leads_to_anything_but_a_sentence(place, wrong, legacy):
    with tempfile.TemporaryDirectory() as folder:
        path = saved(Path(folder) / "a.pth", Rows(4, 4, 256).state_dict(), legacy=legacy)
        content = bytearray(path.read_bytes())
        head = place % (len(content) if place % 2 else 1500)  # half of them where the lists are
        content[head : head + len(wrong)] = wrong
        path.write_bytes(content)
        try:
            foreign.read(path)
        except WorkshopError as error:
            assert "\n" not in str(error)


# All that is done with a model


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A small generator of the example's, converted."""
    folder = tmp_path_factory.mktemp("foreign")
    path = saved(folder / "netG_epoch_24.pth", Example(nz=8, ngf=4, nc=1, size=28).state_dict())
    foreign.convert(path, folder / "ours.safetensors", licence="CC0")
    return folder / "ours.safetensors"


def test_it_is_explored_like_any_other(file):
    model = checkpoint.load(file)
    points = [LatentPoint(0, 1, None), LatentPoint(0, 2, None)]
    pictures = LatentSampler(model, truncation=1.0).pictures(points)
    assert pictures.shape == (2, 28, 28, 1) and pictures.std() > 10 and model.licence == "CC0"
    assert model.draw_sample_grid().shape[2] == 1
    for kind in directions.KINDS:
        assert directions.find(model, kind, 4).steps.shape == (4, 8)
    search = inversion.invert(model, pictures[0])
    assert next(search).best.picture.shape == (28, 28, 1)
    with pytest.raises(WorkshopError, match="comes without its discriminator"):
        saliency.discriminator_of(model)
    with pytest.raises(WorkshopError, match="label"):
        model.sample(2, 0, "Sneaker")


def test_its_layers_have_names(file):
    model, z = checkpoint.load(file), z_of(1, 8)
    found = layers.stages(model.generator, z)
    assert [stage.name for stage in found] == [
        "z: 8 numbers",
        "stem, a transposed convolution: 4 × 4, 32 channels",
        "batch norm + ReLU",
        "a transposed convolution: 8 × 8, 16 channels",
        "batch norm + ReLU",
        "a transposed convolution: 16 × 16, 8 channels",
        "batch norm + ReLU",
        "a transposed convolution: 32 × 32, 4 channels",
        "batch norm + ReLU",
        "last layer and tanh: the picture, 28 × 28, 1 channel",
    ]
    assert found[-1].picture is not None and (found[-1].picture == LatentSampler(model).draw(z.numpy())[0]).all()
    assert all(stage.maps.std() > 0 for stage in found)


def test_the_layers_of_a_fully_connected_one(tmp_path):
    model = foreign.read(saved(tmp_path / "a.pth", Rows(6, 8, 12, 256, norm=True).state_dict()), slope=0.2).model
    names = [stage.name for stage in layers.stages(model.generator, z_of(1, 6))]
    assert names == [
        "z: 6 numbers",
        "dense layer: 8 numbers",
        "LeakyReLU",
        "dense layer: 12 numbers",
        "batch norm + LeakyReLU",
        "last layer and tanh: the picture, 16 × 16, 1 channel",
    ]


def test_nobody_compares_it_with_pictures_that_are_not_known(file):
    with pytest.raises(WorkshopError, match="from which pictures it learned is not known"):
        evaluate.evaluate_file(file, count=50)
    with pytest.raises(WorkshopError, match="from which pictures it learned is not known"):
        data.load(checkpoint.load(file).config.data.dataset)
    with pytest.raises(WorkshopError, match="from which pictures it learned is not known"):
        list(tournament.play([tournament.Player("a", file), tournament.Player("b", file)]))
    with pytest.raises(WorkshopError, match="holds no discriminator"):
        checkpoint.load_discriminator(file)


@pytest.mark.slow
def test_it_is_exported(file):
    model = checkpoint.load(file)
    session = onnxruntime.InferenceSession(export.export(model, "onnx"))
    z = z_of(3, 8)
    (found,) = session.run(None, {"z": z.numpy()})
    with torch.no_grad():
        np.testing.assert_allclose(np.asarray(found), model.generator(z).numpy(), atol=export.TOLERANCE)
    assert session.get_modelmeta().custom_metadata_map["dataset"] == "unknown"


def test_a_script_draws_it_again(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = snippet.with_gan_core(file, snippet.SeededZ(3, 1))
    exec(compile(code, "snippet", "exec"), {})
    from gan_core.data import sample_grid as pictures

    drawn = pictures.read((tmp_path / snippet.PICTURE).read_bytes())
    np.testing.assert_array_equal(drawn, checkpoint.load(file).sample(2, 3)[0][1])


# Kept, and on the command line


def test_it_is_kept_as_one_of_ours(home, tmp_path):
    plain = Example(nz=8, ngf=4, nc=3, size=32)
    path = saved(tmp_path / "netG.pth", plain.state_dict())
    kept = store.add(path, "faces", Origin(kind="imported", file="netG.pth", licence="CC0"))
    assert (kept.title, kept.variant, kept.dataset) == ("DCGAN as in PyTorch's example", "dcgan", "unknown")
    assert (kept.size, kept.channels, kept.z_dim, kept.classes, kept.licence) == (32, 3, 8, (), "CC0")
    assert kept.found == foreign.read(path).sentence and store.get("faces") == kept
    assert drawn_alike(checkpoint.load(store.weights("faces")), plain, 8)
    with pytest.raises(WorkshopError, match="slope: only for a file from elsewhere"):
        store.add(store.weights("faces"), "again", Origin(kind="imported", file="a.safetensors"), slope=0.2)
    strange = saved(tmp_path / "strange.pth", {"a.weight": torch.ones(3)})
    with pytest.raises(WorkshopError, match=r"strange\.pth holds 1 tensors"):
        store.add(strange, "strange", Origin(kind="imported", file="strange.pth"))
    assert store.names() == ["faces"]


def test_import_says_what_was_found_and_where_it_is(home, cli, tmp_path):
    path = saved(tmp_path / "my G (1).pth", Rows(6, 8, 784, slope=0.2).state_dict())
    status, out, err = cli("import", path, "--slope", "0.2", "--licence", "CC0")
    found, kept = out.splitlines()
    assert (status, err) == (0, "") and found == foreign.read(path, slope=0.2).sentence
    name, place = re.fullmatch(r"Kept as (\S+): (.+)", kept).groups()  # pyright: ignore[reportOptionalMemberAccess]
    assert name == "my-G-1" and checkpoint.load(Path(place)).licence == "CC0"
    assert cli("import", path)[1].splitlines()[1].startswith("Kept as my-G-1-2: ")
    assert cli("import", place, "--name", "mine")[1].startswith(
        "A model of this program's own: MLP of dense layers, 28"
    )
    assert store.names() == ["mine", "my-G-1", "my-G-1-2"]
    status, out, err = cli("import", tmp_path / "no.pth")
    assert (status, out) == (2, "") and "no.pth" in err
    assert cli("import", path, "--slope", "2")[2] == (
        "error: slope: 2.0 was given; allowed: 0 (ReLU) to below 1, as 0.2 (LeakyReLU).\n"
    )
    assert "eps: 0.0 was given; allowed: above 0 to 1" in cli("import", path, "--eps", "0")[2]
    assert cli("import", path, "--slope", "0")[0] == 0  # the usual, said


def test_commands_take_a_foreign_file_directly(home, cli, tmp_path):
    plain = Example(nz=8, ngf=4, nc=1, size=28)
    path = saved(tmp_path / "netG.pth", plain.state_dict(), legacy=True)
    assert cli("sample", path, "--count", 4, "--out", tmp_path / "a.npz")[0] == 0
    expected = foreign.read(path).model.sample(4, 0)[0]
    np.testing.assert_array_equal(np.load(tmp_path / "a.npz")["images"], expected)
    assert cli("walk", path, "--frames", 4, "--out", tmp_path / "a.gif")[0] == 0
    status, _, err = cli("evaluate", path, "--count", 50)
    assert status == 2 and "not known here" in err
    assert "is one file" in cli("sample", path, "--at", "best", "--out", tmp_path / "b.npz")[2]


@pytest.mark.slow
@pytest.mark.parametrize("view", ["samples", "steer", "explain", "invert", "carry"])
def test_the_latent_page_shows_it(home, tmp_path, view):
    path = saved(tmp_path / "netG.pth", Example(nz=8, ngf=4, nc=1, size=28).state_dict())
    store.add(path, "mine", Origin(kind="imported", file="netG.pth"))
    app = opened("pages/latent.py", model="mine", view=view, pins="0.1~0.2")
    assert not app.exception and not app.error


@pytest.mark.slow
def test_the_compare_page_shows_it(home, tmp_path):
    path = saved(tmp_path / "netG.pth", Example(nz=8, ngf=4, nc=1, size=28).state_dict())
    store.add(path, "mine", Origin(kind="imported", file="netG.pth"))
    app = opened("pages/compare.py", models="mine,digits-dcgan", ref="mine", sample="3")
    assert not app.exception and not app.error
