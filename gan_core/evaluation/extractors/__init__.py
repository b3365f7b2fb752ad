"""Feature extractors: bundled classifiers, Inception-v3, or a random network.

Offers `Extractor`, `Features`, `preprocess`, and `choice.choose`, which picks the best for a data set. Start with
`choice`; `python -m checkpoints.classifiers` trains the bundled ones.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True, eq=False)
class Features:
    """Of N pictures: `features` float32 (N, D), and class `logits` (N, K) if the extractor is a classifier."""

    features: Tensor
    logits: Tensor | None = None

    def __len__(self) -> int:
        return len(self.features)


@dataclass(frozen=True, eq=False)
class Extractor:
    """A frozen network called `name`; `digest` is a hash of its weights and precision.

    `network` maps pictures (N, C, H, H), 0 to 255, on the CPU to (features (N, D), logits (N, K) or None). `classes`
    names the K logits, `accuracy` is the share of test pictures it gets right; both only for classifiers of the data
    set at hand.
    """

    name: str
    digest: str
    network: Callable[[Tensor], tuple[Tensor, Tensor | None]]
    classes: tuple[str, ...] | None = None
    accuracy: float | None = None
    batch: int = 500

    @torch.inference_mode()
    def features(self, images: np.ndarray | Tensor) -> Features:
        """Features of pictures uint8 (N, C, H, H), batch by batch."""
        parts = [self.network(part) for part in torch.as_tensor(images).split(self.batch)]
        logits = [part[1].float() for part in parts if part[1] is not None]
        return Features(torch.cat([part[0].float() for part in parts]), torch.cat(logits) if logits else None)


def preprocess(images: Tensor, channels: int, size: int) -> Tensor:
    """Pictures (N, C, H, H), 0 to 255, as float (N, channels, size, size) in [-1, 1], channels last.

    Grey is repeated into colours, colours become luma (ITU-R BT.601), other sizes are resized with antialiasing.
    """
    pictures = images.float().div_(127.5).sub_(1)
    if pictures.shape[1] < channels:
        pictures = pictures.expand(-1, channels, -1, -1)
    elif pictures.shape[1] > channels:
        pictures = torch.einsum("nchw,c->nhw", pictures, torch.tensor([0.299, 0.587, 0.114]))[:, None]
    if pictures.shape[-1] != size:
        pictures = F.interpolate(pictures, (size, size), mode="bilinear", antialias=True, align_corners=False)
    return pictures.contiguous(memory_format=torch.channels_last)
