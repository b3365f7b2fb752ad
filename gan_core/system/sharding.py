"""Random numbers for a batch that several processes share: each draws them all and keeps those of its own pictures.

So whatever is random in a run (noise, targets, augmentation, dropout) is the same however many processes train
it, and a generator is in the same state in all of them. In one process a draw is torch's own.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Share:
    """The part of process `rank` of `size` in every batch: its pictures number rank · n to (rank + 1) · n − 1.

    `n` is how many that are, the same for all.
    """

    rank: int
    size: int
    n: int

    def of(self, whole: Tensor) -> Tensor:
        """The rows (k · n, …) of this process out of those of all, (k · size · n, …): k batches on end.

        k is more than 1 where pictures of several kinds, as real and generated ones, go through a network together.
        """
        parts = whole.view(-1, self.size, self.n, *whole.shape[1:])
        return parts[:, self.rank].reshape(-1, *whole.shape[1:])


class Rng(torch.Generator):
    """A generator that knows which `share` of its draws this process keeps; None: all of them."""

    share: Share | None = None


def uniform(*shape: int, rng: torch.Generator | None, device: torch.device | None = None) -> Tensor:
    """Numbers from [0, 1), one row (the first of `shape`) for each picture of this process."""
    return _draw(torch.rand, shape, rng, device)


def normal(*shape: int, rng: torch.Generator | None, device: torch.device | None = None) -> Tensor:
    """Numbers from N(0, 1), likewise."""
    return _draw(torch.randn, shape, rng, device)


def own(whole: Tensor, rng: torch.Generator | None) -> Tensor:
    """The rows of this process out of something drawn from `rng` for the whole batch."""
    share = getattr(rng, "share", None)
    return share.of(whole) if share else whole


def _draw(draw, shape: tuple[int, ...], rng: torch.Generator | None, device: torch.device | None) -> Tensor:
    if rng is not None and device is None:
        device = rng.device
    share = getattr(rng, "share", None)
    if share is None:
        return draw(shape, generator=rng, device=device)
    return share.of(draw((shape[0] * share.size, *shape[1:]), generator=rng, device=device))
