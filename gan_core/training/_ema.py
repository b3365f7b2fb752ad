"""A running average of a network's weights, from which samples are drawn."""

import copy

import torch

from gan_core.training._weights import Weights


class Ema:
    """`average` follows `source` with `decay`, with `warmup` faster in the beginning.

    The effective decay at update n is then min(decay, (1 + n) / (10 + n)), so that a short run is not
    dominated by its random start. Floating-point buffers (batch-norm statistics) are averaged like the
    weights, since they belong to them; counters are copied.
    """

    def __init__(self, source: Weights, decay: float, *, warmup: bool = True) -> None:
        self.decay, self.warmup = decay, warmup
        self.updates = 0
        self.average = copy.deepcopy(source.network).eval().requires_grad_(False)
        self._values, self._source = Weights(self.average).values.detach(), source.values.detach()
        pairs = list(zip(self.average.buffers(), source.network.buffers(), strict=True))
        self._floats = [pair for pair in pairs if pair[0].is_floating_point()]
        self._counters = [pair for pair in pairs if not pair[0].is_floating_point()]

    @torch.no_grad()
    def update(self) -> None:
        """Move the average one step towards the source."""
        warm = (1 + self.updates) / (10 + self.updates) if self.warmup else 1.0
        weight = 1 - min(self.decay, warm)
        self.updates += 1
        self._values.lerp_(self._source, weight)
        for mine, other in self._floats:
            mine.lerp_(other, weight)
        for mine, other in self._counters:
            mine.copy_(other)

    def state_dict(self) -> dict:
        return {"updates": self.updates, "average": self.average.state_dict()}

    def load_state_dict(self, state: dict) -> None:
        self.updates = state["updates"]
        self.average.load_state_dict(state["average"])
