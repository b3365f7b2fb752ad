"""Colour at 100 × 100 with a critic and a gradient penalty."""

from gan_core.presets import Preset
from gan_core.presets.photo import PHOTO

PRESET = Preset(
    title="Colour pictures: WGAN-GP",
    summary="Colour pictures at 100 × 100 with a critic: slower, five critic updates for each of G's, but steady.",
    values={**PHOTO, "variant": "wgan_gp"},
)
