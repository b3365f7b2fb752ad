"""What is read off a training batch beside the losses: D's opinion of it, and how varied G's pictures are."""

import torch
from torch import Tensor

PAIRS, PIXELS = 64, 16
"""Pictures of a batch that are compared with each other, and pixels across: a larger batch or picture costs no more."""


def opinion(real: Tensor, fake: Tensor, *, critic: bool) -> dict[str, Tensor]:
    """D's accuracy and mean opinion from its scores (N,).

    A GAN's D says "real" above logit 0, and its opinion is the probability. A critic's scores have no
    zero point, so it is read at the middle between its two means, and its opinion is the score itself.
    """
    real, fake = real.float(), fake.float()
    border = (real.mean() + fake.mean()) / 2 if critic else 0.0
    on_real, on_fake = (real > border).float().mean(), (fake <= border).float().mean()
    if not critic:
        real, fake = real.sigmoid(), fake.sigmoid()
    return {
        "accuracy/real": on_real,
        "accuracy/fake": on_fake,
        "accuracy/all": (on_real + on_fake) / 2,
        "score/real": real.mean(),
        "score/fake": fake.mean(),
    }


@torch.no_grad()
def diversity(real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """How far generated pictures (N, C, H, W) lie apart, as a share of how far the real ones of the batch do.

    `pairs` is the mean distance (L2 over pixels) of two pictures, `nearest` that of each picture to its nearest
    neighbour in the batch. 1 is as varied as the data. Pictures all alike bring both to 0; a few motives over and
    over bring only `nearest` down. Both are NaN where the real pictures are all the same.
    """
    pairs, nearest = _apart(torch.stack([_few(fake), _few(real)]))
    return {"diversity/pairs": pairs[0] / pairs[1], "diversity/nearest": nearest[0] / nearest[1]}


def _few(pictures: Tensor) -> Tensor:
    """A part of pictures (N, C, H, W) as rows (n, p): few enough of them, and of large ones every k-th pixel."""
    k = -(-pictures.shape[-1] // PIXELS)
    return pictures[:PAIRS, :, ::k, ::k].float().flatten(1)


def _apart(x: Tensor) -> tuple[Tensor, Tensor]:
    """For each of B sets of rows (B, N, P): the mean distance of two different rows, and of each to its nearest."""
    n = x.shape[1]
    x = x - x.mean(1, keepdim=True)  # smaller numbers, so that |a|² + |b|² − 2ab loses few digits
    squares = x.square().sum(2)
    distances = (squares[:, :, None] + squares[:, None] - 2 * x @ x.mT).clamp_min(0).sqrt()
    itself = distances.diagonal(dim1=1, dim2=2)
    itself.zero_()
    total = distances.sum((1, 2)) / (n * (n - 1))
    itself.fill_(torch.inf)
    return total, distances.amin(2).mean(1)
