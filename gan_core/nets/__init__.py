"""The networks that variants choose from."""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from gan_core.config import NetworkConfig


@dataclass(frozen=True)
class NetSpec:
    """What a network must fit: pictures of `size` × `size` pixels, `channels`, `classes` (their number)."""

    size: int
    channels: int
    classes: int
    network: NetworkConfig


class Judgement(NamedTuple):
    """What a discriminator says of N pictures: `score` (N,), and class logits (N, K) if it classifies."""

    score: Tensor
    classes: Tensor | None = None
