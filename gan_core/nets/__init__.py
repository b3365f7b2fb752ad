"""The networks that variants choose from, latent vectors, and drawing pictures from a generator.

Offers `NetSpec` and `DiscriminatorOutput` (here), `conv` and `mlp` (the networks), `latent`, `sampling`, and
`description` with `chain` (a generator as a plain list of layers). Start with `conv`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gan_core.config import NetworkConfig
from gan_core.system.errors import WorkshopError

if TYPE_CHECKING:
    from torch import Tensor

CONV = (
    *("z_dim", "z_distribution", "width", "stem_width", "patch", "upsample", "norm_g", "norm_d"),
    *("residual", "stem", "hidden", "slope_g", "slope_d", "dropout", "init"),
)
"""What the networks in `conv` read of `NetworkConfig`."""

MLP = ("z_dim", "z_distribution", "width", "norm_g", "slope_g", "slope_d", "dropout", "init")
"""What those in `mlp` read."""

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


class DiscriminatorOutput(NamedTuple):
    """For N pictures: `score` (N,), a logit or a critic's score, and class logits `classes` (N, K) if D classifies."""

    score: Tensor
    classes: Tensor | None = None
