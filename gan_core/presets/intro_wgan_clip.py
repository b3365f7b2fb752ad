"""The fourth lesson: a distance in place of a verdict."""

from gan_core.presets import Preset
from gan_core.presets._lesson import LESSON

PRESET = Preset(
    title="Introduction: a critic with clipped weights",
    summary="Five minutes of a WGAN: the critic's loss is a distance that falls as the pictures grow better.",
    values={**LESSON, "variant": "wgan"},
)
