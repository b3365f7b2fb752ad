"""Directions are found again where they were put, and always the same."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from gan_core import variants
from gan_core.explore import direction_names, directions
from gan_core.models import bundled
from gan_core.models.checkpoint import Model
from gan_core.nets import NetSpec, latent
from gan_core.presets import recipe
from gan_core.system.errors import WorkshopError


def toy(variant="dcgan", classes=("a", "b", "c"), **settings):
    """An untrained model of toy size."""
    config = recipe.build({"variant": variant, "network.width": 4, "network.z_dim": 6, **settings})
    kind = variants.get(variant)
    torch.manual_seed(0)
    network = kind.generator(NetSpec(28, 1, len(classes), config.network)).eval().requires_grad_(False)
    return Model(config, network, None, classes, kind.is_conditional(config), 0, False)


class Planted(nn.Module):
    """ReLU(W z + b) with known W: z1 matters most, then z0; the rest hardly."""

    def __init__(self):
        super().__init__()
        gains = torch.diag(torch.tensor([2.0, 5.0, 0.1, 0.1, 0.1, 0.1]))
        self.first = nn.Linear(6, 6)
        self.first.weight.data = gains
        self.first.bias.data = torch.full((6,), 30.0)  # so that the activation is linear here
        self.act = nn.ReLU()

    def forward(self, z, labels=None):
        return self.act(self.first(z))[:, :1, None, None].expand(-1, 1, 28, 28)


@pytest.mark.parametrize("kind", ["pca", "sefa"])
def test_planted_directions_are_found(kind):
    model = dataclasses.replace(toy(), generator=Planted())
    found = directions.find(model, kind, 2)
    assert found.steps.abs().argmax(1).tolist() == [1, 0] and (found.steps.amax(1) > 0).all()
    assert torch.allclose(found.steps.norm(dim=1), torch.ones(2), atol=0.05), "a step is one σ of normal z"
    assert found.shares[0].item() == pytest.approx(25 / 29.04, abs=0.03)


@pytest.mark.parametrize("kind", directions.KINDS)
@pytest.mark.parametrize(
    "variant, settings",
    [
        ("dcgan", {}),
        ("vanilla", {}),
        ("cgan", {}),
        ("dcgan", {"network.residual": "generator"}),
        ("dcgan", {"network.z_distribution": "uniform"}),
    ],
)
def test_every_network_has_directions(kind, variant, settings):
    model = toy(variant, **settings)
    found, again = directions.find(model, kind), directions.find(model, kind)
    assert found.steps.shape == (6, 6) and torch.equal(found.steps, again.steps)
    assert found.shares.diff().max() <= 1e-6 and found.shares.sum() <= 1 + 1e-5
    distribution = model.config.network.z_distribution
    z = latent.fixed(4, 6, 1, distribution)
    assert torch.equal(found.move(z, {}), z)
    assert torch.allclose(found.move(z, {0: 2.0, 3: -1.0}), z + 2 * found.steps[0] - found.steps[3])
    with pytest.raises(WorkshopError, match="allowed: 0 to 5"):
        found.move(z, {6: 1.0})


def test_the_first_layer_is_z_s_own_part_of_it():
    """A class code beside z must not count as a direction."""
    model = toy("cgan")
    found = directions.find(model, "sefa")
    weights = next(m for m in model.generator.modules() if isinstance(m, nn.ConvTranspose2d)).weight[:6].flatten(1)
    gains = torch.linalg.svdvals(weights.double().T)
    assert torch.allclose(found.shares.double(), gains**2 / (gains**2).sum(), atol=1e-6)


@pytest.mark.slow
def test_a_bundled_model_changes_most_along_its_first_directions():
    model = bundled.load("fashion-r3gan")
    found = directions.find(model, "pca")
    z = latent.fixed(16, model.config.network.z_dim, 5)
    labels = torch.arange(16) % 10 if model.conditional else None
    here = model.generator(z, labels)
    changed = [(model.generator(z + 2 * step, labels) - here).square().mean().item() for step in found.steps[[0, 11]]]
    assert changed[0] > changed[1]


def test_what_has_no_such_layer_is_said():
    class Strange(nn.Module):
        def forward(self, z, labels=None):
            return z

    model = dataclasses.replace(toy(), generator=Strange())
    for kind, said in (("pca", "no activation"), ("sefa", "no dense")):
        with pytest.raises(WorkshopError, match=said):
            directions.find(model, kind)


def test_names_are_kept(home, tmp_path):
    weights = tmp_path / "w"
    weights.write_bytes(b"some weights")
    key = direction_names.weights_key(weights)
    assert direction_names.load(key) == {}
    direction_names.set_name(key, "pca-0", "  sleeve \n length ")
    direction_names.set_name(key, "sefa-3", "größer")
    assert direction_names.load(key) == {"pca-0": "sleeve length", "sefa-3": "größer"}
    direction_names.set_name(key, "pca-0", "")
    assert direction_names.load(key) == {"sefa-3": "größer"} and direction_names.load("f" * 64) == {}
    with pytest.raises(WorkshopError, match="41 letters were given; allowed: 40"):
        direction_names.set_name(key, "pca-1", "x" * 41)
    direction_names.path(key).write_text("[]")
    with pytest.raises(WorkshopError, match="is damaged"):
        direction_names.load(key)
    assert np.array_equal(weights.read_bytes(), b"some weights")
