"""How the weights move: the optimisers, one update, and the decay of the learning rates."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from gan_core.config import OptimiserConfig
from gan_core.weights import Weights


def build(weights: Weights, settings: OptimiserConfig, lr: float) -> torch.optim.Optimizer:
    """The optimiser of `settings.kind` for `weights`."""
    betas = (settings.beta1, settings.beta2)
    kinds = {
        "adam": partial(torch.optim.Adam, betas=betas, fused=True),
        "rmsprop": partial(torch.optim.RMSprop, foreach=True),
    }
    return kinds[settings.kind]([weights.values], lr=lr)


def descend(
    optimiser: torch.optim.Optimizer,
    weights: Weights,
    loss: Tensor,
    longest: float = 0.0,
    average: Callable[[Sequence[Tensor]], None] = lambda gradients: None,
) -> Tensor:
    """One update of `weights.values`; returns the norm of the gradient over all weights, a scalar tensor.

    A gradient longer than `longest` is shortened to it first, unless that is 0; the norm is from before.
    `average` puts the mean over all processes that train together in the gradients' place.
    """
    loss.backward()
    gradient = weights.gather()
    average([gradient])
    norm = torch.linalg.vector_norm(gradient)
    if longest:
        torch.nn.utils.clip_grads_with_norm_([weights.values], longest, norm)
    optimiser.step()
    return norm


def restore(optimiser: torch.optim.Optimizer, weights: Weights, state: dict) -> None:
    """The inverse of `optimiser.state_dict()`, also of one from when each parameter had an entry of its own."""
    entries, groups = state["state"], state["param_groups"]
    if len(groups[0]["params"]) > 1:
        first = entries.get(0, {})  # before the first step there is no entry at all
        kept = [name for name, value in first.items() if value.ndim]
        packed = {name: weights.packed([entries[i][name] for i in weights.order]) for name in kept}
        entries = {0: first | packed} if first else {}
        state = {"state": entries, "param_groups": [groups[0] | {"params": [0]}]}
    optimiser.load_state_dict(state)


def decay(kind: str, progress: float) -> float:
    """The factor on the learning rates when this share of the run is done: 1 at 0, and 0 at 1 unless `none`."""
    factors = {"none": 1.0, "linear": 1 - progress, "cosine": (1 + math.cos(math.pi * progress)) / 2}
    return factors[kind]
