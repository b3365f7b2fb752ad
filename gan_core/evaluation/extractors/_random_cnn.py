"""Features of a network that never learned anything, for pictures no classifier knows.

Random convolutions still tell textures and shapes apart (Naeem et al., 2020, section 4), but know no objects: its
scores rank runs on one data set, and mean nothing beside those of another extractor.
"""

import hashlib

import torch
from torch import Tensor, nn

from gan_core.evaluation.extractors import Extractor, prepared
from gan_core.evaluation.extractors._network import blank

NAME = "random-cnn"
SEED = 20_200_222
"""Any number does; it must only stay the same."""


def load(channels: int, size: int) -> Extractor:
    """The network for pictures (N, channels, size, size); the same weights whenever and wherever it is built."""
    generator = torch.Generator().manual_seed(SEED)
    network = blank(channels, size, 1).eval().requires_grad_(False)
    content = hashlib.sha256()
    for layer in network.body:
        if isinstance(layer, nn.Conv2d):
            fan_in = layer.weight[0].numel()
            layer.weight.normal_(0, (2 / fan_in) ** 0.5, generator=generator)  # He et al., 2015: keeps the scale
            content.update(layer.weight.numpy().tobytes())
    body = network.body.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def run(images: Tensor) -> tuple[Tensor, None]:
        return body(prepared(images, channels, size)).mean(dim=(2, 3)), None

    note = "A network with fixed random weights: for want of a better one, it ranks runs on this data set only."
    return Extractor(NAME, content.hexdigest()[:16], note, run)
