"""The fifth lesson: a gradient penalty in place of clipping."""

from gan_core.presets import Preset
from gan_core.presets._lesson import LESSON

PRESET = Preset(
    title="Introduction: a critic with a gradient penalty",
    summary="Five minutes of a WGAN-GP: the same distance, kept smooth by a penalty instead of by clipping.",
    values={**LESSON, "variant": "wgan_gp"},
)
