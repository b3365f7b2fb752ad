"""MS-SSIM between generated pictures (Odena et al., 2016, section 4.2): diversity within a batch, by pixels."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from gan_core.evaluation.metrics import Inputs, Metric, Value, intervals
from gan_core.system.errors import WorkshopError

PAIRS = 500
WINDOW = 7
"""Pixels of the Gaussian window; the usual 11 does not fit into half of a small picture."""

SIGMA = 1.5

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Of the scales, finest first (Wang et al., 2003); a small picture uses the first ones, scaled to sum up to 1."""


def compute(inputs: Inputs) -> Value:
    """The mean over 500 random pairs, 0 to 1, from images uint8 (N, C, H, H).

    The pairs are of one class each for a conditional model. Raises WorkshopError for fewer than 2 pictures.
    """
    images, labels = inputs.generated.images, inputs.generated.labels
    assert images is not None
    first, second = _pairs(len(images), labels, inputs.seed)
    values = similarity(images[first], images[second]).double().numpy()
    low, high = intervals.bootstrap(values, inputs.seed)
    return Value(float(values.mean()), low, high, {"pairs": len(values)})


def similarity(one: Tensor, two: Tensor) -> Tensor:
    """MS-SSIM (N,), 0 to 1, of pictures uint8 (N, C, H, H), pair by pair (Wang et al., 2003, eq. 7).

    As many of the five scales as leave the window room: three at 28 pixels, four at 64.
    """
    x, y = one.float() / 255, two.float() / 255
    scales = 1
    while scales < len(WEIGHTS) and x.shape[-1] >> scales >= WINDOW:
        scales += 1
    weights = torch.tensor(WEIGHTS[:scales]) / sum(WEIGHTS[:scales])
    result = torch.ones(len(x))
    for scale in range(scales):
        luminance, structure = _ssim(x, y)
        term = luminance * structure if scale == scales - 1 else structure
        result = result * term.mean(dim=(1, 2, 3)).clamp(min=0) ** weights[scale]
        x, y = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2)
    return result


def _ssim(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Luminance and contrast-structure maps (N, C, h, w) of pictures in [0, 1] (Wang et al., 2004, eq. 6, 13)."""
    offsets = torch.arange(WINDOW) - WINDOW // 2
    line = torch.exp(-(offsets**2) / (2 * SIGMA**2))
    window = torch.outer(line, line) / line.sum() ** 2
    channels = x.shape[1]
    stacked = torch.cat([x, y, x * x, y * y, x * y])
    means = F.conv2d(stacked, window.expand(channels, 1, WINDOW, WINDOW), groups=channels)
    mu_x, mu_y, xx, yy, xy = means.chunk(5)
    c1, c2 = 0.01**2, 0.03**2
    luminance = (2 * mu_x * mu_y + c1) / (mu_x**2 + mu_y**2 + c1)
    structure = (2 * (xy - mu_x * mu_y) + c2) / (xx - mu_x**2 + yy - mu_y**2 + c2)
    return luminance, structure


def _pairs(count: int, labels: Tensor | None, seed: int) -> tuple[Tensor, Tensor]:
    """Indices (PAIRS,) and (PAIRS,) of two different pictures, both of one class where there are labels."""
    if count < 2:
        raise WorkshopError(f"MS-SSIM needs at least 2 pictures; {count} were given.")
    groups = [np.flatnonzero(labels.numpy() == label) for label in labels.unique()] if labels is not None else []
    groups = [group for group in groups if len(group) > 1] or [np.arange(count)]
    rng = np.random.default_rng(seed)
    pairs = np.stack([rng.choice(groups[index % len(groups)], 2, replace=False) for index in range(PAIRS)])
    first, second = torch.from_numpy(pairs.T.copy())
    return first, second


METRIC = Metric(
    title="MS-SSIM between pictures",
    better="none",
    read="How alike two generated pictures are by their pixels, of one class if the model is conditional: 1 is "
    "the same picture; compare with real ones.",
    interval="bootstrap over the pairs",
    paper="https://arxiv.org/abs/1610.09585",
    compute=compute,
    needs=("images",),
    order=81,
)
