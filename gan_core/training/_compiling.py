"""torch.compile around a network, for a GPU and long runs; plain where it cannot go, or where it fails."""

from functools import partial
from typing import Any

import torch
from torch import nn


class CompiledNetwork(nn.Module):
    """`network`, compiled at its first call; it shares the weights, which stay those of `network`.

    Compiled code can be differentiated once, so gradient penalties run plain: there the pictures need a gradient
    and so do the weights. Where compiling fails, `error` says why in a sentence and all that follows runs plain.
    `options` are those of `torch.compile`.
    """

    def __init__(self, network: nn.Module, **options: Any) -> None:
        # these take a second to import, which no other run must wait for
        from torch._dynamo.exc import TorchDynamoException
        from torch._functorch import config

        super().__init__()
        self.network, self.error = network, ""
        self._failures = TorchDynamoException  # every failure to compile is one
        self._compiled = torch.compile(network.forward, dynamic=False, **options)
        # else the backward pass is compiled in loss.backward(), where nothing here could catch what fails
        self._with_backward = partial(config.patch, force_non_lazy_backward_lowering=True)

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> Any:
        if self.error or self._differentiated_twice(x):
            return self.network(x, labels)
        try:
            with self._with_backward():
                return self._compiled(x, labels)
        except self._failures as error:
            self.error = f"torch.compile failed ({_reason(error)}), so the networks run as they are."
            return self.network(x, labels)

    def _differentiated_twice(self, x: torch.Tensor) -> bool:
        weights = next(self.network.parameters())
        return torch.is_grad_enabled() and x.requires_grad and weights.requires_grad


def _reason(error: Exception) -> str:
    """The first paragraph of what torch says; advice for its developers comes after that."""
    return " ".join(str(error).strip().partition("\n\n")[0].split())
