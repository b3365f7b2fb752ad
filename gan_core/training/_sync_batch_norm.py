"""Batch norm over a batch that several processes share."""

from typing import Any

import torch
from torch import Tensor, nn

from gan_core.training.parallel import Team


def sync_batch_norms(network: nn.Module, team: Team) -> None:
    """Let the batch norms of `network` take their statistics over the whole batch; the keys of its state stay."""
    if team.size > 1:
        for parent in network.modules():
            for name, child in list(parent.named_children()):
                if isinstance(child, nn.BatchNorm1d | nn.BatchNorm2d):
                    setattr(parent, name, SyncBatchNorm(child, team))


class SyncBatchNorm(nn.BatchNorm2d):
    """Batch norm of features (N, C) or (N, C, H, W) over the whole batch, of which each process has a shard.

    torch's SyncBatchNorm is for GPUs alone, and cannot be differentiated twice, as R1 and R2 ask for.
    """

    def __init__(self, like: nn.BatchNorm1d | nn.BatchNorm2d, team: Team) -> None:
        super().__init__(like.num_features, like.eps, like.momentum)
        self.load_state_dict(like.state_dict())
        self.team = team

    def forward(self, input: Tensor) -> Tensor:
        if not self.training:
            return super().forward(input)
        features = input.float()
        variance, mean = torch.var_mean(features, (0, *range(2, input.dim())), correction=0)
        statistics = _all_gather(torch.stack([mean, variance]), self.team)  # (processes, 2, C)
        means, variances = statistics.unbind(1)
        mean, variance = means.mean(0), variances.mean(0) + means.var(0, correction=0)
        self._update_running(mean.detach(), variance.detach(), self.team.size * input.numel() // input.shape[1])
        rows = self.weight, self.bias, mean, (variance + self.eps).rsqrt()
        weight, bias, mean, scale = (row.view(-1, *[1] * (input.dim() - 2)) for row in rows)
        return ((features - mean) * (scale * weight) + bias).to(input.dtype)

    def _check_input_dim(self, input: Tensor) -> None:
        """Any number of dimensions will do."""

    def _update_running(self, mean: Tensor, variance: Tensor, count: int) -> None:
        assert self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None
        self.running_mean.lerp_(mean, self.momentum or 0.0)
        self.running_var.lerp_(variance * count / (count - 1), self.momentum or 0.0)
        self.num_batches_tracked += 1


class _AllReduce(torch.autograd.Function):
    """The sum over all processes. Each loss depends on it, so its gradient is the sum of all their gradients."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, team: Team) -> Tensor:
        ctx.team = team
        total = x.clone(memory_format=torch.contiguous_format)
        team.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _AllReduce.apply(gradient, ctx.team), None


def _all_gather(local: Tensor, team: Team) -> Tensor:
    """The tensors of all processes, (processes, …); can be differentiated any number of times."""
    zeros = torch.zeros_like(local)
    return _AllReduce.apply(torch.stack([local if rank == team.rank else zeros for rank in range(team.size)]), team)
