"""Instance norm, residual blocks in G, basic augmentation."""

from gan_core.presets import Preset
from gan_core.presets._instance import INSTANCE

PRESET = Preset(
    title="Instance norm: residual G, basic augmentation",
    summary="1,005 pictures of clothes, instance norm, residual blocks in G, and basic augmentation.",
    values={**INSTANCE, "network.residual": "generator", "regularization.augment": "basic"},
)
