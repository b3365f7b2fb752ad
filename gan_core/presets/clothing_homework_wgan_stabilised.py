"""The exercise with a WGAN whose targets vary in size, the counterpart of soft labels for a critic."""

from gan_core.presets import Preset
from gan_core.presets._homework import HOMEWORK, STABILISED, WGAN

PRESET = Preset(
    title="Clothing homework: WGAN, stabilised",
    summary="The WGAN row with each score weighted at random between 0.9 and 1.1, one label in 1,000 flipped, and "
    "noise on the critic’s input: does its loss swing less?",
    values={**HOMEWORK, **WGAN, **STABILISED, "regularization.critic_magnitude": 0.1},
)
