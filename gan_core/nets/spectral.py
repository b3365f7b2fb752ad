"""Spectral normalisation (Miyato et al., 2018), with its start drawn from the run's own generator."""

from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrize

Layer = TypeVar("Layer", bound=nn.Module)
WARM_UP = 15
"""Power iterations at the start, so that the first steps already see about the right norm."""


class Spectral(nn.Module):
    """weight / σ(weight), σ its largest singular value as a matrix (out, everything else) (section 2.1).

    Each forward pass in training takes one step of the power iteration (algorithm 1), always in float32:
    bf16 cannot hold it. `u` (out,) and `v` (else,) are buffers, so a checkpoint holds them. Building one
    draws no random numbers; `start` does, from the generator it is given.
    """

    u: Tensor
    v: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        rows, columns = weight.flatten(1).shape
        self.register_buffer("u", torch.full((rows,), rows**-0.5))
        self.register_buffer("v", torch.full((columns,), columns**-0.5))

    def forward(self, weight: Tensor) -> Tensor:
        with torch.autocast(weight.device.type, enabled=False):
            matrix = weight.float().flatten(1)
            if self.training:
                self._iterate(matrix, 1)
            # the next pass changes the buffers, and backward needs these
            u, v = self.u.clone(), self.v.clone()
            return weight / torch.dot(u, matrix @ v).clamp_min(1e-12)

    @torch.no_grad()
    def start(self, weight: Tensor, generator: torch.Generator) -> None:
        """Begin from a random `u`; `generator` and the layer must be on the CPU."""
        self.u.normal_(generator=generator)
        self._iterate(weight.flatten(1), WARM_UP)

    @torch.no_grad()
    def _iterate(self, matrix: Tensor, steps: int) -> None:
        for _ in range(steps):
            self.v.copy_(F.normalize(matrix.mT @ self.u, dim=0))
            self.u.copy_(F.normalize(matrix @ self.v, dim=0))


def spectral(layer: Layer) -> Layer:
    """`layer` with its `weight` under spectral normalisation."""
    weight = layer.weight
    assert isinstance(weight, Tensor)
    parametrize.register_parametrization(layer, "weight", Spectral(weight), unsafe=True)
    return layer


def raw_weight(layer: nn.Module) -> Tensor:
    """The weight that is trained: the one beneath the normalisation, if there is one."""
    name = "parametrizations.weight.original" if parametrize.is_parametrized(layer, "weight") else "weight"
    return layer.get_parameter(name)


def restart(layer: nn.Module, generator: torch.Generator) -> None:
    """Let the normalisation of `layer`, if there is one, begin anew from its weight as it is now."""
    for module in layer.modules():
        if isinstance(module, parametrize.ParametrizationList):
            for part in module:
                if isinstance(part, Spectral):
                    part.start(module.original, generator)
