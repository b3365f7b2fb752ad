"""Fixed noise: the same everywhere, so that runs can stand side by side."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_core.nets import latent

kinds = st.sampled_from(["normal", "uniform"])


@given(st.integers(1, 300), st.integers(1, 1024), st.integers(0, 2**31 - 1), kinds)
def test_a_sample_does_not_depend_on_how_many_there_are_nor_on_z_dim(count, z_dim, seed, kind):
    many = latent.fixed(count + 3, 1024, seed, kind)
    assert torch.equal(latent.fixed(count, z_dim, seed, kind), many[:count, :z_dim])


def test_it_is_standard_normal():
    z = latent.fixed(500, 64, seed=0)
    assert z.mean().abs() < 0.02
    assert (z.std() - 1).abs() < 0.02


def test_uniform_is_from_minus_one_to_one():
    z = latent.fixed(500, 64, seed=0, distribution="uniform")
    assert -1 <= z.min() < -0.99 and 0.99 < z.max() <= 1
    assert z.mean().abs() < 0.02
    assert (z.std() - 3**-0.5).abs() < 0.01
    drawn = latent.draw(500, 64, torch.Generator().manual_seed(0), "uniform")
    assert drawn.abs().max() <= 1


def test_another_distribution_is_refused():
    with pytest.raises(ValueError, match="normal, uniform; 'cauchy' was given"):
        latent.fixed(1, 8, 0, "cauchy")


@pytest.mark.parametrize("z_dim", [0, 1025])
def test_z_dim_out_of_range_is_refused(z_dim):
    with pytest.raises(ValueError, match="z_dim"):
        latent.fixed(1, z_dim, 0)
