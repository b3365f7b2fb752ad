"""How the weights move: the optimisers, one update, and the decay of the learning rates."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from gan_core.config import OptimiserConfig


def build(network: nn.Module, settings: OptimiserConfig, lr: float) -> torch.optim.Optimizer:
    """The optimiser of `settings.kind` for `network`."""
    betas = (settings.beta1, settings.beta2)
    kinds = {
        "adam": partial(torch.optim.Adam, betas=betas, fused=True),
        "rmsprop": partial(torch.optim.RMSprop, foreach=True),
    }
    return kinds[settings.kind](network.parameters(), lr=lr)


def descend(
    optimiser: torch.optim.Optimizer,
    loss: Tensor,
    longest: float = 0.0,
    average: Callable[[Sequence[Tensor]], None] = lambda gradients: None,
) -> Tensor:
    """One update; returns the norm of the gradient over all weights, a scalar tensor.

    A gradient longer than `longest` is shortened to it first, unless that is 0; the norm is from before.
    `average` puts the mean over all processes that train together in the gradients' place.
    """
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    moved = [p for group in optimiser.param_groups for p in group["params"] if p.grad is not None]
    gradients = [p.grad for p in moved if p.grad is not None]
    average(gradients)
    norm = torch.nn.utils.get_total_norm(gradients)
    if longest:
        torch.nn.utils.clip_grads_with_norm_(moved, longest, norm)
    optimiser.step()
    return norm


def decay(kind: str, progress: float) -> float:
    """The factor on the learning rates when this share of the run is done: 1 at 0, and 0 at 1 unless `none`."""
    factors = {"none": 1.0, "linear": 1 - progress, "cosine": (1 + math.cos(math.pi * progress)) / 2}
    return factors[kind]
