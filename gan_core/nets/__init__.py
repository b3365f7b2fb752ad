"""The networks that variants choose from."""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from gan_core.config import NetworkConfig
from gan_core.errors import WorkshopError

SMALLEST_PICTURE = 16
"""Pixels; smaller pictures leave the networks too few stages."""


@dataclass(frozen=True)
class NetSpec:
    """What a network must fit: pictures of `size` × `size` pixels, `channels`, `classes` (their number).

    Raises WorkshopError for a size no network can be built for.
    """

    size: int
    channels: int
    classes: int
    network: NetworkConfig

    def __post_init__(self) -> None:
        if self.size < SMALLEST_PICTURE:
            raise WorkshopError(
                f"No network can be built for pictures of {self.size} × {self.size} pixels; "
                f"set data.size to {SMALLEST_PICTURE}, the nearest size that works."
            )


class Judgement(NamedTuple):
    """What a discriminator says of N pictures: `score` (N,), and class logits (N, K) if it classifies."""

    score: Tensor
    classes: Tensor | None = None
