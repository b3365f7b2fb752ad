"""What is logged of a batch beside the losses: D's accuracy and mean scores, and how varied G's pictures are."""

import torch
from torch import Tensor

MAX_PICTURES, MAX_SIZE = 64, 16
"""How many pictures of a batch are compared, and at how many pixels across, so that large ones cost no more."""


def score_statistics(real: Tensor, fake: Tensor, critic: bool) -> dict[str, Tensor]:
    """D's accuracy and mean scores on real and generated pictures, from its raw outputs (N,).

    A GAN's D says "real" above logit 0, and its score is the probability. A critic's outputs have no zero point, so
    the threshold is the middle between its two means, and its score is the output diagonal.
    """
    real, fake = real.float(), fake.float()
    threshold = (real.mean() + fake.mean()) / 2 if critic else 0.0
    on_real, on_fake = (real > threshold).float().mean(), (fake <= threshold).float().mean()
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
    pairs, nearest = _distances(torch.stack([_subsampled(fake), _subsampled(real)]))
    return {"diversity/pairs": pairs[0] / pairs[1], "diversity/nearest": nearest[0] / nearest[1]}


def _subsampled(pictures: Tensor) -> Tensor:
    """At most MAX_PICTURES of pictures (N, C, H, W) as rows (n, p), of large ones every k-th pixel."""
    k = -(-pictures.shape[-1] // MAX_SIZE)
    return pictures[:MAX_PICTURES, :, ::k, ::k].float().flatten(1)


def _distances(x: Tensor) -> tuple[Tensor, Tensor]:
    """For each of B sets of rows (B, N, P): the mean distance of two different rows, and of each to its nearest."""
    n = x.shape[1]
    x = x - x.mean(1, keepdim=True)  # smaller numbers, so that |a|² + |b|² − 2ab loses few digits
    squares = x.square().sum(2)
    distances = (squares[:, :, None] + squares[:, None] - 2 * x @ x.mT).clamp_min(0).sqrt()
    diagonal = distances.diagonal(dim1=1, dim2=2)
    diagonal.zero_()
    total = distances.sum((1, 2)) / (n * (n - 1))
    diagonal.fill_(torch.inf)
    return total, distances.amin(2).mean(1)
