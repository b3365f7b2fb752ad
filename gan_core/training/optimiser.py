"""The optimisers, and the decay of the learning rates."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.rmsprop import rmsprop

from gan_core.config import OptimiserConfig
from gan_core.training._weights import Weights

SMALL = 1e-8
"""What keeps both rules from dividing by 0, as in torch."""

MEMORY = 0.99
"""The share of RMSprop's mean of squares that stays in each step, as in torch."""


class Optimiser:
    """Moves `weights` by `settings.kind`, with the learning rate `lr`; arithmetic and state are those of torch.

    torch's classes import its compiler when they are first made: some 900 modules, which in each training process
    takes two seconds before the first step. Its functions do not, and with one tensor only the state is left to do.
    """

    def __init__(self, weights: Weights, settings: OptimiserConfig, lr: float) -> None:
        self.weights: Tensor = weights.values
        self.lr, self._settings = lr, settings
        self._names = {"adam": ("exp_avg", "exp_avg_sq"), "rmsprop": ("square_avg",)}[settings.kind]
        self._step = torch.zeros((), device=self.weights.device)
        self._means = [torch.zeros_like(self.weights) for _ in self._names]

    @torch.no_grad()
    def step(self) -> None:
        """One update along `weights.grad`."""
        assert self.weights.grad is not None
        weights, gradients, steps = [self.weights], [self.weights.grad], [self._step]
        chosen, means = self._settings, [[mean] for mean in self._means]
        if chosen.kind == "adam":
            adam(
                weights, gradients, means[0], means[1], [], steps, fused=True, amsgrad=False, maximize=False,
                lr=self.lr, beta1=chosen.beta1, beta2=chosen.beta2, eps=SMALL, weight_decay=0.0,
            )  # fmt: skip
        else:
            rmsprop(
                weights, gradients, means[0], [], [], steps, foreach=True, centered=False,
                lr=self.lr, alpha=MEMORY, eps=SMALL, weight_decay=0.0, momentum=0.0,
            )  # fmt: skip

    def state_dict(self) -> dict[str, Any]:
        """As of torch's optimiser for one tensor."""
        means = dict(zip(self._names, self._means, strict=True))
        return {"state": {0: {"step": self._step, **means}}, "param_groups": [{"params": [0]}]}

    @torch.no_grad()
    def load(self, entry: Mapping[str, Tensor]) -> None:
        """Take over a tensor's entry of a `state_dict`; an empty one is that from before the first step."""
        for name, own in zip(("step", *self._names), (self._step, *self._means), strict=True):
            own.copy_(entry[name] if entry else torch.zeros_like(own))


def decay(kind: str, progress: float) -> float:
    """The factor on the learning rates when this share of the run is done: 1 at 0, and 0 at 1 unless `none`."""
    factors = {"none": 1.0, "linear": 1 - progress, "cosine": (1 + math.cos(math.pi * progress)) / 2}
    return factors[kind]
