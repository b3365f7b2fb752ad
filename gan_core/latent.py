"""Latent vectors: the noise a generator draws from, and the fixed noise that makes pictures comparable."""

import torch
from torch import Tensor

MAX_Z = 1024
"""The widest latent vector; `fixed` draws rows of this width and cuts them."""


def draw(count: int, z_dim: int, generator: torch.Generator) -> Tensor:
    """Standard normal noise (count, z_dim) on the generator's device."""
    return torch.randn(count, z_dim, generator=generator, device=generator.device)


def fixed(count: int, z_dim: int, seed: int) -> Tensor:
    """Noise (count, z_dim) on the CPU that depends on nothing but `seed`.

    Row i is the same whatever `count` is, and networks with different `z_dim` share their first
    numbers: so samples of different runs can stand side by side.
    """
    if not 1 <= z_dim <= MAX_Z:
        raise ValueError(f"z_dim must be between 1 and {MAX_Z}; {z_dim} was given")
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, MAX_Z, generator=generator)[:, :z_dim].contiguous()
