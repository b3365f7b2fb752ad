"""Every variant with norms, up-samplings, sizes and channels of all kinds, any two together: it trains and resumes."""

import copy
import math
from functools import cache

import pytest
from toys import ALL, pairwise, pictures, same, tiny

from gan_core.config import ConfigError
from gan_core.training.trainer import Trainer

SHORT = {"objective.d_steps": 1, "schedule.batch": 2}
SIZES, CHANNELS = (28, 64, 100), (1, 3)
REFUSED = {
    ("wgan", "spectral"): "wgan cannot use it, for spectral norm rescales the weights that clipping bounds",
    ("wgan_gp", "batch"): "wgan_gp cannot use it, for batch norm couples the pictures whose gradients",
    ("r3gan", "batch"): "r3gan cannot use it, for batch norm couples the pictures whose gradients",
}
CASES = pairwise(
    lambda row: (row.get("name"), row.get("network.norm_d")) not in REFUSED,
    **{
        "name": [name for name in ALL if name != "vanilla"],  # which has no convolutions to choose for
        "network.norm_g": ["batch", "instance", "none"],
        "network.norm_d": ["batch", "instance", "none", "spectral"],
        "network.upsample": ["transposed", "nearest", "bilinear", "subpixel"],
        "size": SIZES,
        "channels": CHANNELS,
    },
)
CASES += [{"name": "vanilla", "size": size, "channels": channels} for size in SIZES for channels in CHANNELS]


@cache
def data(size, channels):
    return pictures(size, channels, count=8)


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case.values())))
def test_it_builds_takes_two_finite_steps_and_resumes_bit_for_bit(case):
    case = dict(case)
    name, shape = case.pop("name"), (case.pop("size"), case.pop("channels"))
    straight = Trainer(tiny(name, **case, **SHORT), data(*shape))
    straight.advance()
    saved = copy.deepcopy(straight.state_dict())  # test_trainer.py sends it through a file and another process
    straight.advance()
    resumed = Trainer(straight.config, data(*shape))
    resumed.load_state_dict(saved)
    resumed.advance()
    first, second = straight.drain()
    (again,) = resumed.drain()
    assert all(math.isfinite(value) for row in (first, second) for value in row.values() if value is not None)
    assert (again["loss/d"], again["loss/g"]) == (second["loss/d"], second["loss/g"])
    assert same(resumed.state_dict(), straight.state_dict())


@pytest.mark.parametrize(("name", "norm"), REFUSED)
def test_a_norm_that_a_variant_cannot_use_is_refused_with_the_reason(name, norm):
    with pytest.raises(ConfigError) as caught:
        tiny(name, **{"network.norm_d": norm, **SHORT})
    assert REFUSED[name, norm] in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"), [("norm_d", "instance"), ("norm_d", "spectral"), ("norm_d", "none"), ("upsample", "nearest")]
)
def test_the_mlp_takes_no_choice_of_convolutions(field, value):
    with pytest.raises(ConfigError, match="vanilla does not use this field; leave it out"):
        tiny("vanilla", **{f"network.{field}": value, **SHORT})
