"""A running average of a network's weights, from which samples are drawn."""

import copy

import torch
from torch import nn


class Ema:
    """`average` follows `source` with `decay`, with `warmup` faster in the beginning.

    The effective decay at update n is then min(decay, (1 + n) / (10 + n)), so that a short run is not
    dominated by its random start. Floating-point buffers (batch-norm statistics) are averaged like the
    weights, since they belong to them; counters are copied.
    """

    def __init__(self, source: nn.Module, decay: float, *, warmup: bool = True) -> None:
        self.decay, self.warmup = decay, warmup
        self.updates = 0
        self.average = copy.deepcopy(source).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, source: nn.Module) -> None:
        """Move the average one step towards `source`."""
        warm = (1 + self.updates) / (10 + self.updates) if self.warmup else 1.0
        weight = 1 - min(self.decay, warm)
        self.updates += 1
        ours, theirs = list(self.average.state_dict().values()), list(source.state_dict().values())
        floats = [i for i, tensor in enumerate(ours) if tensor.is_floating_point()]
        torch._foreach_lerp_([ours[i] for i in floats], [theirs[i] for i in floats], weight)  # pyright: ignore[reportPrivateImportUsage]
        for mine, other in zip(ours, theirs, strict=True):
            if not mine.is_floating_point():
                mine.copy_(other)

    def state_dict(self) -> dict:
        return {"updates": self.updates, "average": self.average.state_dict()}

    def load_state_dict(self, state: dict) -> None:
        self.updates = state["updates"]
        self.average.load_state_dict(state["average"])
