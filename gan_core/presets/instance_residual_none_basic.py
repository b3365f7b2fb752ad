"""Instance norm, no residual blocks, basic augmentation."""

from gan_core.presets import Preset
from gan_core.presets._instance import INSTANCE

PRESET = Preset(
    title="Instance norm: plain, basic augmentation",
    summary="1,005 pictures of clothes, instance norm, no residual blocks, and basic augmentation.",
    values={**INSTANCE, "network.residual": "none", "regularization.augment": "basic"},
)
