"""Instance norm, residual blocks in G and D, advanced augmentation."""

from gan_core.presets import Preset
from gan_core.presets._instance import INSTANCE

PRESET = Preset(
    title="Instance norm: residual G and D, advanced augmentation",
    summary="1,005 pictures of clothes, instance norm, residual blocks in G and D, and advanced augmentation.",
    values={**INSTANCE, "network.residual": "both", "regularization.augment": "advanced"},
)
