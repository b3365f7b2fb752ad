"""The exercise with an AC-GAN, soft and sometimes flipped labels, and noise on what D sees."""

from gan_core.presets import Preset
from gan_core.presets._homework import HOMEWORK, SOFT_LABELS, STABILISED

PRESET = Preset(
    title="Clothing homework: AC-GAN, stabilised",
    summary="The AC-GAN row with targets of 0.9 and 0.1, one label in 1,000 flipped, and noise on D’s input: does D’s "
    "loss swing less?",
    values={**HOMEWORK, **STABILISED, **SOFT_LABELS, "variant": "acgan"},
)
