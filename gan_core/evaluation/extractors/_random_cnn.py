"""Features of an untrained network, for pictures that no classifier knows.

Random convolutions still distinguish textures and shapes (Naeem et al., 2020), but know no objects: their scores rank
runs on one data set, and do not compare with those of another extractor.
"""

import hashlib

import torch
from torch import Tensor, nn

from gan_core.evaluation.extractors import Extractor, preprocess
from gan_core.evaluation.extractors.network import uninitialised

NAME = "random-cnn"
SEED = 20_200_222
"""Arbitrary, but fixed: scores with other weights could not be compared."""


def load(channels: int, size: int) -> Extractor:
    """The network for pictures (N, channels, size, size); its weights are the same on every machine."""
    generator = torch.Generator().manual_seed(SEED)
    network = uninitialised(channels, size, 1).eval().requires_grad_(False)
    digest = hashlib.sha256()
    for layer in network.body:
        if isinstance(layer, nn.Conv2d):
            fan_in = layer.weight[0].numel()
            layer.weight.normal_(0, (2 / fan_in) ** 0.5, generator=generator)  # He et al., 2015: keeps the scale
            digest.update(layer.weight.numpy().tobytes())
    body = network.body.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def run(images: Tensor) -> tuple[Tensor, None]:
        return body(preprocess(images, channels, size)).mean(dim=(2, 3)), None

    return Extractor(NAME, digest.hexdigest()[:16], run)
