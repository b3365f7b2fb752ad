"""Latent vectors: the noise a generator draws from, and the fixed noise that makes pictures comparable."""

import torch
from torch import Tensor

from gan_core.system import sharding

MAX_Z = 1024
"""The widest latent vector; `fixed` draws rows of this width and cuts them."""

DISTRIBUTIONS = ("normal", "uniform")


def draw(count: int, z_dim: int, generator: torch.Generator, distribution: str = "normal") -> Tensor:
    """Noise (count, z_dim) on the generator's device: `normal` is N(0, 1), `uniform` is U(−1, 1).

    Raises ValueError for another distribution.
    """
    if distribution not in DISTRIBUTIONS:
        raise ValueError(f"distribution must be one of {', '.join(DISTRIBUTIONS)}; {distribution!r} was given")
    if distribution == "uniform":
        return sharding.uniform(count, z_dim, rng=generator) * 2 - 1
    return sharding.normal(count, z_dim, rng=generator)


def fixed(count: int, z_dim: int, seed: int, distribution: str = "normal") -> Tensor:
    """Noise (count, z_dim) on the CPU that depends on nothing but `seed` and `distribution`.

    Row i is the same whatever `count` is, and networks with different `z_dim` share their first
    numbers: so samples of different runs can stand side by side. Raises ValueError for a `z_dim` out of
    range or an unknown distribution.
    """
    if not 1 <= z_dim <= MAX_Z:
        raise ValueError(f"z_dim must be between 1 and {MAX_Z}; {z_dim} was given")
    generator = torch.Generator().manual_seed(seed)
    return draw(count, MAX_Z, generator, distribution)[:, :z_dim].contiguous()
