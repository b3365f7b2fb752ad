"""The third lesson: pictures to order."""

from gan_core.presets import Preset
from gan_core.presets._lesson import LESSON

PRESET = Preset(
    title="Introduction: pictures to order",
    summary="Five minutes of a CGAN: G and D are told the class, so that each column of the grid shows its own kind.",
    values={**LESSON, "variant": "cgan"},
)
