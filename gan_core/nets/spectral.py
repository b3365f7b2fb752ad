"""Spectral normalisation (Miyato et al., 2018), with its start drawn from the run's own generator."""

from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.utils import parametrize

Layer = TypeVar("Layer", bound=nn.Module)
WARM_UP = 15
"""Power iterations at the start, so that the first steps already see about the right norm."""

SMALLEST = 1e-12
"""No length is taken for less, so that a weight of zeros is divided by something."""


class SpectralNorm(nn.Module):
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
            u, v, norm = self._iterate(weight) if self.training else (self.u, self.v, self._norm(weight))
            return _Divided.apply(weight, u, v, norm)

    @torch.no_grad()
    def start(self, weight: Tensor, generator: torch.Generator) -> None:
        """Begin from a random `u`; `generator` and the layer must be on the CPU."""
        self.u.normal_(generator=generator)
        for _ in range(WARM_UP):
            self._iterate(weight)

    @torch.no_grad()
    def _iterate(self, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """One step: the new `u` and `v`, which the next one does not change, and uᵀ W v, which is the length of W v."""
        matrix = weight.float().flatten(1)
        v, _ = _unit(matrix.mT @ self.u)
        u, norm = _unit(matrix @ v)
        self.u.copy_(u)
        self.v.copy_(v)
        return u, v, norm

    @torch.no_grad()
    def _norm(self, weight: Tensor) -> Tensor:
        return torch.dot(self.u, weight.float().flatten(1) @ self.v).clamp_min(SMALLEST)


def _unit(x: Tensor) -> tuple[Tensor, Tensor]:
    """A vector as one of length 1, and the length it had; both are defined at 0 as well."""
    length = torch.linalg.vector_norm(x).clamp_min(SMALLEST)
    return x / length, length


class _Divided(torch.autograd.Function):
    """weight / (uᵀ W v), with `u` and `v` held fixed in its derivative, as in the paper (section 2.3).

    As one operation with a backward pass of its own: of small layers each operator costs about as much as the layer.
    """

    @staticmethod
    def forward(ctx: Any, weight: Tensor, u: Tensor, v: Tensor, norm: Tensor) -> Tensor:
        divided = weight / norm
        ctx.save_for_backward(divided, u, v, norm)
        return divided

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        divided, u, v, norm = ctx.saved_tensors
        along = torch.dot(gradient.flatten(), divided.flatten())
        turned = torch.outer(u, v).mul_(along).view(divided.shape)
        return gradient.sub(turned).div_(norm), None, None, None


def spectral_norm(layer: Layer) -> Layer:
    """`layer` with its `weight` under spectral normalisation."""
    weight = layer.weight
    assert isinstance(weight, Tensor)
    parametrize.register_parametrization(layer, "weight", SpectralNorm(weight), unsafe=True)
    return layer


def raw_weight(layer: nn.Module) -> Tensor:
    """The weight that is trained: the one beneath the normalisation, if there is one."""
    name = "parametrizations.weight.original" if parametrize.is_parametrized(layer, "weight") else "weight"
    return layer.get_parameter(name)


def restart_power_iteration(layer: nn.Module, generator: torch.Generator) -> None:
    """Let the normalisation of `layer`, if there is one, begin anew from its weight as it is now."""
    for module in layer.modules():
        if isinstance(module, parametrize.ParametrizationList):
            for part in module:
                if isinstance(part, SpectralNorm):
                    part.start(module.original, generator)
