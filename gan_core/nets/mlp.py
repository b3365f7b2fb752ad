"""Fully connected networks, as in the first GAN (Goodfellow et al., 2014)."""

import itertools

import torch
from torch import Tensor, nn

from gan_core.nets import DiscriminatorOutput, NetSpec
from gan_core.nets.blocks import activation, dropout


class Generator(nn.Module):
    """z (N, z_dim) to pictures (N, C, H, W) in [-1, 1] through three hidden layers of 4, 8 and 16 × width.

    `norm_g` is `batch` or `none`: a row of features has no picture of its own to be normalised within.
    """

    def __init__(self, spec: NetSpec) -> None:
        super().__init__()
        self.shape = (spec.channels, spec.size, spec.size)
        dims = [spec.network.z_dim, *(spec.network.width * m for m in (4, 8, 16))]
        batch_norm = {"batch": True, "none": False}[spec.network.norm_g]
        layers: list[nn.Module] = []
        for a, b in itertools.pairwise(dims):
            norm = [nn.BatchNorm1d(b)] if batch_norm else []
            layers += [nn.Linear(a, b, bias=not batch_norm), *norm, activation(spec.network.slope_g)]
        self.body = nn.Sequential(*layers, nn.Linear(dims[-1], spec.channels * spec.size**2))

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return torch.tanh(self.body(z)).view(-1, *self.shape)


class Discriminator(nn.Module):
    """Pictures (N, C, H, W) to a DiscriminatorOutput through hidden layers of 16, 8 and 4 × width."""

    def __init__(self, spec: NetSpec) -> None:
        super().__init__()
        dims = [spec.channels * spec.size**2, *(spec.network.width * m for m in (16, 8, 4))]
        layers: list[nn.Module] = []
        for a, b in itertools.pairwise(dims):
            layers += [nn.Linear(a, b), activation(spec.network.slope_d), *dropout(spec.network.dropout)]
        self.body = nn.Sequential(*layers)
        self.score = nn.Linear(dims[-1], 1)

    def forward(self, x: Tensor, labels: Tensor | None = None) -> DiscriminatorOutput:
        return DiscriminatorOutput(self.score(self.body(x.flatten(1))).squeeze(1))
