"""The second lesson: convolutions."""

from gan_core.presets import Preset
from gan_core.presets._lesson import LESSON

PRESET = Preset(
    title="Introduction: convolutions",
    summary="Five minutes of a DCGAN: the same game with convolutions, and clothes that look like clothes.",
    values={**LESSON, "variant": "dcgan"},
)
