"""Every variant with every norm, up-sampling, size and number of channels: it trains and resumes, or says why not."""

import copy
import math
from functools import cache

import pytest
from toys import ALL, pictures, same, tiny

from gan_core.config import ConfigError
from gan_core.training.trainer import Trainer

NORMS = {
    "batch": {"network.norm_g": "batch", "network.norm_d": "batch"},
    "instance": {"network.norm_g": "instance", "network.norm_d": "instance"},
    "none": {"network.norm_g": "none", "network.norm_d": "none"},
    "spectral": {"network.norm_d": "spectral"},
}
UPSAMPLINGS = ["transposed", "nearest", "bilinear", "subpixel"]
DATA = [(size, channels) for size in (28, 64, 100) for channels in (1, 3)]
REFUSED = {
    ("wgan", "spectral"): "wgan cannot use it, for spectral norm rescales the weights that clipping bounds",
    ("wgan_gp", "batch"): "wgan_gp cannot use it, for batch norm couples the pictures whose gradients",
    ("r3gan", "batch"): "r3gan cannot use it, for batch norm couples the pictures whose gradients",
}


def why_not(name, norm, upsample):
    """The sentence that refuses a combination; None for one that must work."""
    if name == "vanilla" and (norm, upsample) != ("batch", "transposed"):
        return "vanilla does not use this field; leave it out"
    return REFUSED.get((name, norm))


@cache
def data(size, channels):
    return pictures(size, channels, count=8)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("upsample", UPSAMPLINGS)
@pytest.mark.parametrize(("size", "channels"), DATA)
def test_it_builds_takes_two_finite_steps_and_resumes_bit_for_bit(name, norm, upsample, size, channels):
    check(name, {**NORMS[norm], "network.upsample": upsample}, size, channels, why_not(name, norm, upsample))


@pytest.mark.parametrize("name", [name for name in ALL if name != "vanilla"])  # it has no convolutions to normalise
@pytest.mark.parametrize("of_g", ["batch", "instance", "none"])
@pytest.mark.parametrize("of_d", ["batch", "instance", "none", "spectral"])
def test_the_norms_of_g_and_d_are_chosen_apart(name, of_g, of_d):
    check(name, {"network.norm_g": of_g, "network.norm_d": of_d}, 28, 1, REFUSED.get((name, of_d)))


def check(name, chosen, size, channels, sentence):
    given = {**chosen, "objective.d_steps": 1, "schedule.batch": 2}
    if sentence:
        with pytest.raises(ConfigError) as caught:
            tiny(name, **given)
        assert sentence in str(caught.value)
        return
    straight = Trainer(tiny(name, **given), data(size, channels))
    straight.advance()
    saved = copy.deepcopy(straight.state_dict())  # test_trainer.py sends it through a file and another process
    straight.advance()
    resumed = Trainer(straight.config, data(size, channels))
    resumed.load_state_dict(saved)
    resumed.advance()
    first, second = straight.drain()
    (again,) = resumed.drain()
    assert all(math.isfinite(value) for row in (first, second) for value in row.values() if value is not None)
    assert (again["loss/d"], again["loss/g"]) == (second["loss/d"], second["loss/g"])
    assert same(resumed.state_dict(), straight.state_dict())
