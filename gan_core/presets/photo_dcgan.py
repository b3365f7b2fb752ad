"""Colour at 100 × 100 with a plain DCGAN."""

from gan_core.presets import Preset
from gan_core.presets.photo import PHOTO

PRESET = Preset(
    title="Colour pictures: DCGAN",
    summary="Colour pictures at 100 × 100 with transposed convolutions: look for their checkerboard.",
    values={**PHOTO, "variant": "dcgan"},
)
