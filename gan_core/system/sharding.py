"""Random numbers for a batch that several processes share: each draws the whole batch and keeps its own rows.

So whatever is random in a run (noise, targets, augmentation, dropout) is the same however many processes train
it, and a generator is in the same state in all of them. In one process a draw is torch's own.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class BatchShard:
    """The rows of process `rank` of `size` in every batch: rank · count to (rank + 1) · count − 1.

    `count` is the number of rows, the same in all processes.
    """

    rank: int
    size: int
    count: int

    def local_rows(self, whole: Tensor) -> Tensor:
        """The rows (k · count, …) of this process out of those of all, (k · size · count, …): k batches on end.

        k is more than 1 where pictures of several kinds, as real and generated ones, go through a network together.
        """
        parts = whole.view(-1, self.size, self.count, *whole.shape[1:])
        return parts[:, self.rank].reshape(-1, *whole.shape[1:])


class Rng(torch.Generator):
    """A generator whose draws are cut down to `shard`; None: they are kept whole."""

    shard: BatchShard | None = None


def uniform(*shape: int, rng: torch.Generator | None, device: torch.device | None = None) -> Tensor:
    """Numbers from [0, 1), of shape `shape`, whose first number counts the rows of this process."""
    return _draw(torch.rand, shape, rng, device)


def normal(*shape: int, rng: torch.Generator | None, device: torch.device | None = None) -> Tensor:
    """Numbers from N(0, 1), likewise."""
    return _draw(torch.randn, shape, rng, device)


def local_rows(whole: Tensor, rng: torch.Generator | None) -> Tensor:
    """The rows of this process out of what `rng` drew for the whole batch."""
    shard = getattr(rng, "shard", None)
    return shard.local_rows(whole) if shard else whole


def _draw(draw, shape: tuple[int, ...], rng: torch.Generator | None, device: torch.device | None) -> Tensor:
    if rng is not None and device is None:
        device = rng.device
    shard = getattr(rng, "shard", None)
    if shard is None:
        return draw(shape, generator=rng, device=device)
    return shard.local_rows(draw((shape[0] * shard.size, *shape[1:]), generator=rng, device=device))
