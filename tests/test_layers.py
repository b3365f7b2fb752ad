"""What a generator's layers do: every stage of every kind of network, under its name and as a sheet of maps."""

import itertools
import re
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from toys import ALL, tiny

from gan_core import variants
from gan_core.explore import layers
from gan_core.models import bundled
from gan_core.nets import NetSpec, initialisation, latent, sampling


def generator(variant="dcgan", size=28, channels=1, **network):
    """A tiny generator of random weights, in evaluation mode."""
    config = tiny(variant, **{f"network.{name}": value for name, value in network.items()})
    made = variants.get(config.variant).generator(NetSpec(size, channels, 3, config.network))
    initialisation.initialise(made, torch.Generator().manual_seed(1), "he")
    return made.eval()


def z_of(seed=0):
    return latent.fixed(1, 8, seed)


def names(found):
    return [stage.name for stage in found]


def check(found, network, z, labels=None):
    """What holds for every network: the picture is the one it draws, and each name tells the size of its maps."""
    assert found[-1].picture is not None and not any(stage.picture is not None for stage in found[:-1])
    np.testing.assert_array_equal(found[-1].picture, sampling.generate(network, z, labels)[0])
    size = None
    for stage in found[1:]:
        assert stage.maps.dtype == np.float32 and np.isfinite(stage.maps).all() and stage.maps.std() > 0, stage.name
        told = re.search(r"(\d+) × (\d+), (\d+) channel|(\d+) numbers", stage.name)
        if told:
            groups = told.groups()
            size = (1, 1, int(groups[3])) if groups[3] else (int(groups[2]), int(groups[0]), int(groups[1]))
        assert stage.maps.shape == size, stage.name
        if stage.name.endswith("ReLU") and "Leaky" not in stage.name:
            assert stage.maps.min() == 0


def test_the_stages_of_a_plain_dcgan_are_those_of_its_forward_pass():
    network: Any = generator(stem="dense")
    z = z_of()
    found = layers.stages(network, z)
    assert names(found) == [
        "z: 8 numbers",
        "dense stem: 7 × 7, 8 channels",
        "batch norm + ReLU",
        "up-sampling, a transposed convolution: 14 × 14, 4 channels",
        "batch norm + ReLU",
        "last layer and tanh: the picture, 28 × 28, 1 channel",
    ]
    np.testing.assert_array_equal(found[0].maps, z.numpy()[None])
    assert found[0].row and found[0].maps.shape == (1, 1, 8) and found[1].maps.shape == (8, 7, 7)
    with torch.inference_mode():
        dense = network.stem[1](network.stem[0](z))
        settled = network.stem(z)
        after = network.stages[0](settled)
        picture = torch.tanh(network.to_picture(after))
    for stage, expected in zip([found[1], found[2], found[4], found[5]], [dense, settled, after, picture], strict=True):
        np.testing.assert_allclose(stage.maps, expected[0].numpy(), atol=1e-6)
    assert not np.allclose(found[3].maps, found[4].maps)
    check(found, network, z)


OPTIONS = list(
    itertools.product(
        ("transposed", "nearest", "bilinear", "subpixel"),
        ("batch", "instance", "none"),
        ("none", "generator"),
        ("conv", "dense"),
        (1, 2),
    )
)


@pytest.mark.parametrize(("upsample", "norm_g", "residual", "stem", "patch"), OPTIONS)
def test_every_option_of_the_convolutional_networks(upsample, norm_g, residual, stem, patch):
    given = {"upsample": upsample, "norm_g": norm_g, "residual": residual, "stem": stem, "patch": patch}
    network, z = generator(size=30, channels=3, slope_g=0.2 if stem == "conv" else 0.0, **given), z_of()  # 15 is odd
    found = layers.stages(network, z)
    check(found, network, z)
    text = "\n".join(names(found))
    how = {"transposed": "a transposed", "nearest": "nearest", "bilinear": "bilinear", "subpixel": "a sub-pixel"}
    assert (f"up-sampling, {how[upsample]}" in text) is (residual == "none")
    norm = {"batch": "batch norm + ", "instance": "instance norm + ", "none": "\n"}[norm_g]
    assert f"{norm}{'LeakyReLU' if stem == 'conv' else 'ReLU'}" in text
    assert ("dense stem" in text) is (stem == "dense") and ("stem, a transposed" in text) is (stem == "conv")
    if residual == "generator":
        by_name = {stage.name.partition(":")[0]: stage.maps for stage in found}
        add, shortcut = by_name["block 1, what its convolutions add"], by_name["block 1, shortcut"]
        np.testing.assert_allclose(by_name["block 1, the sum of both"], add + shortcut, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("variant", ALL)
def test_every_variant_and_what_it_takes_of_the_class(variant):
    conditional = variants.get(variant).conditional is True
    network, z = generator(variant), z_of(3)
    labels = torch.tensor([2]) if conditional else None
    found = layers.stages(network, z, labels)
    check(found, network, z, labels)
    assert found[0].name == ("z: 8 numbers and 3 of the class" if conditional else "z: 8 numbers")
    assert found[0].maps.shape == (1, 1, 11 if conditional else 8)
    if conditional:
        other = layers.stages(network, z, torch.tensor([1]))
        assert not np.array_equal(other[0].maps[..., 8:], found[0].maps[..., 8:])
        np.testing.assert_array_equal(other[0].maps[..., :8], found[0].maps[..., :8])


@pytest.mark.parametrize("norm_g", ["batch", "none"])
def test_the_rows_of_a_dense_network(norm_g):
    network, z = generator("vanilla", norm_g=norm_g), z_of()
    found = layers.stages(network, z)
    check(found, network, z)
    settled = "batch norm + LeakyReLU" if norm_g == "batch" else "LeakyReLU"
    dense = [name for width in (16, 32, 64) for name in (f"dense layer: {width} numbers", settled)]
    assert names(found) == ["z: 8 numbers", *dense, "last layer and tanh: the picture, 28 × 28, 1 channel"]
    assert all(stage.row for stage in found[:-1])


def test_the_network_is_left_as_it_was():
    network = generator().train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    found = layers.stages(network, z_of())
    assert network.training and all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    assert not any(module._forward_hooks for module in network.modules())
    np.testing.assert_array_equal(found[-1].picture, layers.stages(network.eval(), z_of())[-1].picture)


def test_only_one_z_of_a_network_of_ours():
    with pytest.raises(ValueError, match=r"\(2, 8\)"):
        layers.stages(generator(), latent.fixed(2, 8, 0))
    with pytest.raises(TypeError, match="Linear is no generator"):
        layers.stages(torch.nn.Linear(8, 4), z_of())


@pytest.mark.parametrize("name", ["fashion-acgan", "fashion-vanilla", "emoji-r3gan"])
def test_the_bundled_models(name):
    model = bundled.load(name)
    z = latent.fixed(1, model.config.network.z_dim, 5)
    labels = torch.tensor([len(model.classes) - 1]) if model.conditional else None
    found = layers.stages(model.generator, z, labels)
    check(found, model.generator, z, labels)
    sheets = [layers.sheet(stage.maps[layers.strongest(stage.maps, 16)]) for stage in found]
    assert all(sheet.dtype == np.uint8 and sheet.shape[2] == 1 and sheet.std() > 0 for sheet in sheets)


# Maps as pictures


def test_the_strongest_channels_by_hand():
    maps = np.zeros((4, 1, 2), np.float32)
    maps[0], maps[1], maps[3] = [[1, 1]], [[-3, 1]], [[2, 2]]  # means of |activation|: 1, 2, 0, 2
    assert layers.strongest(maps, 3).tolist() == [1, 3, 0]
    assert layers.strongest(maps, 9).tolist() == [1, 3, 0, 2]
    with pytest.raises(ValueError, match="count"):
        layers.strongest(maps, 0)


def test_a_sheet_by_hand():
    maps = np.array([[[0, 1], [2, 4]], [[0, 0], [0, 10]], [[0, 0], [0, 0]]], np.float32)
    own = layers.sheet(maps, columns=2)
    assert own.shape == (6, 6, 1)
    assert own[:2, :2, 0].tolist() == [[0, 64], [128, 255]]  # a quarter and a half of 255, rounded
    assert own[:2, 4:, 0].tolist() == [[0, 0], [0, 255]] and not own[4:, :2].any()
    alike = layers.sheet(maps, columns=2, shared_scale=True)
    assert alike[:2, :2, 0].tolist() == [[0, 26], [51, 102]] and alike[1, 5, 0] == 255


def test_grey_is_zero_where_a_map_goes_below_it():
    maps = np.array([[[-2, 0, 1]], [[0, 0, 0]]], np.float32)
    assert layers.sheet(maps, columns=1)[0, :, 0].tolist() == [0, 128, 191]
    assert layers.sheet(maps, columns=1)[-1, :, 0].tolist() == [128, 128, 128]


def test_a_row_becomes_a_strip():
    row = np.arange(64, dtype=np.float32)[None, None]
    strip = layers.sheet(row)
    assert strip.shape == (4, 64, 1) and (strip == strip[:1]).all() and strip[0, -1] == 255
    assert layers.sheet(row[..., :3]).shape == (1, 3, 1)


@given(arrays.arrays(np.float32, st.tuples(*[st.integers(1, 5)] * 3), elements=st.floats(-1e6, 1e6, width=32)))
def test_any_maps_make_a_sheet_whose_zero_keeps_its_shade(maps):
    zero = 128 if maps.min() < 0 else 0
    for alike in (False, True):
        sheet = layers.sheet(maps, columns=len(maps), shared_scale=alike)
        height, width = maps.shape[1:]
        if maps.shape[:2] != (1, 1):
            assert sheet.shape == (height, len(maps) * (width + 2) - 2, 1)
            for number, one in enumerate(maps):
                shades = sheet[:, number * (width + 2) : number * (width + 2) + width, 0]
                assert (shades[one == 0] == zero).all()
                assert (shades[one > 0] >= zero).all() and (shades[one < 0] <= zero).all()
