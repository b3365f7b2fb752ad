"""Instance norm, no residual blocks, advanced augmentation."""

from gan_core.presets import Preset
from gan_core.presets._instance import INSTANCE

PRESET = Preset(
    title="Instance norm: plain, advanced augmentation",
    summary="1,005 pictures of clothes, instance norm, no residual blocks, and advanced augmentation.",
    values={**INSTANCE, "network.residual": "none", "regularization.augment": "advanced"},
)
