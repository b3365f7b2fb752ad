"""Colour at 100 × 100 with residual blocks and instance norm in both networks."""

from gan_core.presets import Preset
from gan_core.presets.photo import PHOTO

PRESET = Preset(
    title="Colour pictures: residual blocks",
    summary="Colour pictures at 100 × 100 with residual blocks and instance norm in both networks.",
    values={
        **PHOTO,
        "variant": "dcgan",
        "network.upsample": "nearest",
        "network.residual": "both",
        "network.norm_g": "instance",
        "network.norm_d": "instance",
    },
)
