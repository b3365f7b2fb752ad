"""Instance norm, residual blocks in G and D, basic augmentation."""

from gan_core.presets import Preset
from gan_core.presets._instance import INSTANCE

PRESET = Preset(
    title="Instance norm: residual G and D, basic augmentation",
    summary="1,005 pictures of clothes, instance norm, residual blocks in G and D, and basic augmentation.",
    values={**INSTANCE, "network.residual": "both", "regularization.augment": "basic"},
)
