"""The weights as one tensor, and the twin in low precision: the same numbers, however they are held."""

import copy

import pytest
import torch
from torch import nn
from toys import ALL, pictures, tiny

from gan_core.config import OptimiserConfig
from gan_core.nets.spectral import spectral_norm
from gan_core.training import _state, optimiser
from gan_core.training._weights import Weights
from gan_core.training.trainer import Trainer

BF16 = torch.bfloat16


def small() -> nn.Sequential:
    """A convolution with channels last, batch norm, and a dense layer."""
    torch.manual_seed(0)
    made = nn.Sequential(nn.BatchNorm2d(2), nn.Conv2d(2, 3, 2), nn.Flatten(), nn.Linear(12, 1))
    return made.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def low(weights: Weights, x: torch.Tensor) -> torch.Tensor:
    with torch.autocast("cpu", dtype=BF16):
        return weights.run(x)


def test_the_parameters_are_views_and_keep_their_values_and_layout():
    network, before = small(), small()
    weights = Weights(network)
    for mine, other in zip(network.parameters(), before.parameters(), strict=True):
        assert torch.equal(mine, other) and mine.stride() == other.stride()
    with torch.no_grad():
        weights.values.zero_()
    assert all(not parameter.any() for parameter in network.parameters())
    network.load_state_dict(before.state_dict())
    assert weights.values.detach().norm() == pytest.approx(
        torch.cat([p.flatten() for p in before.parameters()]).norm().item()
    )


def test_in_float32_there_is_no_twin():
    network = small()
    assert Weights(network).run is network


def test_a_twin_has_heavy_layers_of_its_own_and_shares_the_others():
    network = small()
    weights = Weights(network, BF16)
    norm, conv, _, dense = weights.run.children()
    assert norm is network[0]
    assert isinstance(conv, nn.Conv2d) and isinstance(dense, nn.Linear)
    assert conv.weight.dtype == dense.bias.dtype == BF16
    assert conv.weight.is_contiguous(memory_format=torch.channels_last)
    assert [*weights.run.state_dict()] == [*network.state_dict()]
    assert network[1].weight.dtype == torch.float32


def test_the_twin_follows_when_it_is_told_to():
    network = small()
    weights = Weights(network, BF16)
    with torch.no_grad():
        network.get_parameter("3.weight").fill_(2.0)
    dense = weights.run.get_parameter("3.weight")
    assert not torch.all(dense == 2)
    weights.sync_low_precision()
    assert torch.all(dense == 2)


def test_gradients_are_those_of_autocast():
    plain, network = small(), small()
    weights, x = Weights(network, BF16), torch.randn(4, 2, 3, 3)
    with torch.autocast("cpu", dtype=BF16):
        plain(x).square().sum().backward()
    low(weights, x).square().sum().backward()
    gradient = weights.flatten_grads()
    found = [p.grad for p in plain.parameters() if p.grad is not None]
    expected = weights.packed([found[i] for i in weights.order])
    assert torch.equal(gradient, expected) and gradient.any()
    assert all(parameter.grad is None for parameter in (*network.parameters(), *weights.run.parameters()))


def test_gradients_of_several_passes_add_up():
    weights, x = Weights(small(), BF16), torch.randn(4, 2, 3, 3)
    weights.run.eval()
    low(weights, x).sum().backward()
    first = weights.flatten_grads().clone()
    low(weights, x).sum().backward()
    low(weights, x).sum().backward()
    assert torch.equal(weights.flatten_grads(), 2 * first)


def test_what_no_pass_reaches_has_no_gradient():
    network = small()
    weights = Weights(network, BF16)
    low(weights, torch.randn(4, 2, 3, 3)).sum().backward()
    assert weights.flatten_grads().all()
    weights.run.get_parameter("3.bias").sum().backward()  # alone
    assert weights.flatten_grads().count_nonzero() == 1


def test_frozen_weights_let_gradients_pass_and_take_none():
    weights = Weights(small(), BF16)
    x = torch.randn(4, 2, 3, 3, requires_grad=True)
    with pytest.raises(ZeroDivisionError), weights.frozen():
        low(weights, x).sum().backward()
        raise ZeroDivisionError
    assert x.grad is not None and x.grad.any()
    assert not weights.flatten_grads().any()
    low(weights, x).sum().backward()
    assert weights.flatten_grads().any()


def test_a_layer_under_spectral_norm_stays_whole():
    layer = spectral_norm(nn.Linear(3, 2))
    network = nn.Sequential(layer, nn.Linear(2, 2))
    run = Weights(network, BF16).run
    assert run.get_submodule("0") is layer
    assert run.get_submodule("1").weight.dtype == BF16


@pytest.mark.parametrize("kind", ["adam", "rmsprop"])
def test_one_tensor_moves_as_many_do_also_from_their_old_state(kind):
    """The old state had an entry for each parameter, in the order of the network."""
    settings = OptimiserConfig(kind=kind, beta1=0.5, beta2=0.9)
    network, x = small(), torch.randn(4, 2, 3, 3)
    old = _many(kind, network)
    for _ in range(3):
        old.zero_grad()
        network(x).square().sum().backward()
        old.step()
    weights = Weights(copy.deepcopy(network))
    new = optimiser.Optimiser(weights, settings, 0.01)
    _state.restore_optimiser(new, weights, copy.deepcopy(old.state_dict()))
    for _ in range(3):
        old.zero_grad()
        network(x).square().sum().backward()
        old.step()
        weights.run(x).square().sum().backward()
        weights.flatten_grads()
        new.step()
    for mine, other in zip(weights.network.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(mine, other)
    again = optimiser.Optimiser(weights, settings, 0.01)
    _state.restore_optimiser(again, weights, new.state_dict())
    assert again.state_dict()["state"][0].keys() == new.state_dict()["state"][0].keys()


@pytest.mark.parametrize("kind", ["adam", "rmsprop"])
def test_an_old_state_from_before_the_first_step_is_one_too(kind):
    settings = OptimiserConfig(kind=kind)
    weights = Weights(small())
    new = optimiser.Optimiser(weights, settings, 0.01)
    _state.restore_optimiser(new, weights, _many(kind, small()).state_dict())
    before = weights.values.detach().clone()
    weights.run(torch.randn(4, 2, 3, 3)).square().sum().backward()
    weights.flatten_grads()
    new.step()
    assert not torch.equal(weights.values.detach(), before)


@pytest.mark.parametrize("kind", ["adam", "rmsprop"])
def test_the_arithmetic_is_that_of_torchs_own_class(kind):
    """To the last bit, also when the learning rate changes on the way."""
    mine = Weights(small())
    other = nn.Parameter(mine.values.detach().clone())
    settings = OptimiserConfig(kind=kind, beta1=0.5, beta2=0.9)
    ours = optimiser.Optimiser(mine, settings, 0.01)
    if kind == "adam":
        theirs = torch.optim.Adam([other], 0.01, (0.5, 0.9), fused=True)
    else:
        theirs = torch.optim.RMSprop([other], 0.01, foreach=True)
    for rate in (0.01, 0.003, 0.1):
        gradient = torch.randn_like(other)
        mine.values.grad, other.grad = gradient, gradient.clone()
        ours.lr = theirs.param_groups[0]["lr"] = rate
        ours.step()
        theirs.step()
        assert torch.equal(mine.values, other)
    entry, expected = ours.state_dict()["state"][0], theirs.state_dict()["state"][0]
    assert entry.keys() == expected.keys() and all(torch.equal(entry[name], expected[name]) for name in expected)


def _many(kind: str, network: nn.Module) -> torch.optim.Optimizer:
    if kind == "adam":
        return torch.optim.Adam(network.parameters(), 0.01, (0.5, 0.9))
    return torch.optim.RMSprop(network.parameters(), 0.01)


@pytest.mark.parametrize("variant", ALL)
def test_after_a_step_the_twins_are_the_weights_rounded(variant):
    """Whatever changes weights in a step, clipping among it, reaches the twin."""
    trainer = Trainer(tiny(variant, **{"schedule.precision": "bf16"}), pictures())
    for _ in range(2):
        trainer.advance()
    for weights in (trainer.g_weights, trainer.d_weights):
        run = weights.run.state_dict()
        for name, value in weights.network.state_dict().items():
            assert torch.equal(run[name], value.to(run[name].dtype)), name
