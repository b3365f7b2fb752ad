"""Random changes of pictures, for the data or, as DiffAugment does, for all that D sees.

Everything maps pictures (N, C, H, W) in [-1, 1] with 1 or 3 channels to as many of the same size, draws for
each picture on its own, from `rng` only, and can be differentiated twice with respect to the pictures: once
for G (Zhao et al., 2020, section 3.2), and once more for a gradient penalty.
"""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from gan_core.system import sharding

CROP = 1 / 8
"""A crop moves by at most this share of the size, DiffAugment's translation."""

DEGREES = 10.0
"""A picture is turned by at most this much: clothes and faces stay upright."""

BRIGHTNESS = CONTRAST = 0.5
SATURATION = 1.0
"""DiffAugment's: brightness is added from ±0.5, contrast and saturation are factors from 1 ± 0.5 and 1 ± 1."""


def basic(pictures: Tensor, rng: torch.Generator) -> Tensor:
    """Half of the pictures mirrored."""
    return torch.where(_uniform(pictures, rng) < 0, pictures.flip(3), pictures)


def advanced(pictures: Tensor, rng: torch.Generator) -> Tensor:
    """Mirrored, cropped, turned a little and recoloured; the last may leave [-1, 1]."""
    pictures = basic(pictures, rng)
    reach = [round(CROP * size) for size in pictures.shape[2:]]
    down, right = ((_uniform(pictures, rng) * (size + 0.5)).round() for size in reach)
    pictures = move(pictures, down, right, _uniform(pictures, rng) * math.radians(DEGREES))
    return colour(pictures, rng)


def move(pictures: Tensor, down: Tensor, right: Tensor, angle: Tensor) -> Tensor:
    """The crop of each picture that lies `down` and `right` by so many pixels, turned by `angle` in radians.

    The three are (N, 1, 1, 1). Between pixels it interpolates linearly; beyond the border the outermost
    pixels go on. `grid_sample` could do it, but it has no second derivative.
    """
    count, channels, height, width = pictures.shape
    y = torch.arange(height, device=pictures.device).view(1, 1, -1, 1) - (height - 1) / 2
    x = torch.arange(width, device=pictures.device).view(1, 1, 1, -1) - (width - 1) / 2
    cos, sin = angle.cos(), angle.sin()
    y, x = cos * y + sin * x, cos * x - sin * y  # (N, 1, H, W)
    y = (y + down + (height - 1) / 2).clamp(0, height - 1)
    x = (x + right + (width - 1) / 2).clamp(0, width - 1)
    top, left = y.floor(), x.floor()
    flat = pictures.flatten(2)

    def at(rows: Tensor, columns: Tensor) -> Tensor:
        index = (rows.clamp(max=height - 1) * width + columns.clamp(max=width - 1)).long()
        return flat.gather(2, index.flatten(2).expand(-1, channels, -1)).view(count, channels, height, width)

    upper = at(top, left) * (left + 1 - x) + at(top, left + 1) * (x - left)
    lower = at(top + 1, left) * (left + 1 - x) + at(top + 1, left + 1) * (x - left)
    return upper * (top + 1 - y) + lower * (y - top)


def colour(pictures: Tensor, rng: torch.Generator) -> Tensor:
    """Brightness and contrast of each picture, and the saturation where there are three channels."""
    pictures = pictures + BRIGHTNESS * _uniform(pictures, rng)
    if pictures.shape[1] == 3:
        grey = pictures.mean(1, keepdim=True)
        pictures = grey + (pictures - grey) * (1 + SATURATION * _uniform(pictures, rng))
    mean = pictures.mean((1, 2, 3), keepdim=True)
    return mean + (pictures - mean) * (1 + CONTRAST * _uniform(pictures, rng))


def _uniform(pictures: Tensor, rng: torch.Generator) -> Tensor:
    """A number from [-1, 1) for each picture, (N, 1, 1, 1)."""
    return 2 * sharding.uniform(len(pictures), 1, 1, 1, rng=rng, device=pictures.device) - 1


KINDS: Mapping[str, Callable[[Tensor, torch.Generator], Tensor] | None] = {
    "none": None,
    "basic": basic,
    "advanced": advanced,
}
"""By the name in `regularization.augment`."""
