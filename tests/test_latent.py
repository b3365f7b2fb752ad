"""Fixed noise: the same everywhere, so that runs can stand side by side."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_core import latent


@given(st.integers(1, 300), st.integers(1, 1024), st.integers(0, 2**31 - 1))
def test_a_sample_does_not_depend_on_how_many_there_are_nor_on_z_dim(count, z_dim, seed):
    many = latent.fixed(count + 3, 1024, seed)
    assert torch.equal(latent.fixed(count, z_dim, seed), many[:count, :z_dim])


def test_it_is_standard_normal():
    z = latent.fixed(500, 64, seed=0)
    assert z.mean().abs() < 0.02
    assert (z.std() - 1).abs() < 0.02


@pytest.mark.parametrize("z_dim", [0, 1025])
def test_z_dim_out_of_range_is_refused(z_dim):
    with pytest.raises(ValueError, match="z_dim"):
        latent.fixed(1, z_dim, 0)
