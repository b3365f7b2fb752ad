"""Colour at 100 × 100 with enlargement before each convolution, against the checkerboard."""

from gan_core.presets import Preset
from gan_core.presets.photo import PHOTO

PRESET = Preset(
    title="Colour pictures: DCGAN without a checkerboard",
    summary="The same, but G enlarges before each convolution, and real and generated pictures are mirrored at random.",
    values={
        **PHOTO,
        "variant": "dcgan",
        "network.upsample": "nearest",
        "stabilisers.augment": "basic",
        "stabilisers.augment_where": "both",
    },
)
