"""The first lesson: two plain networks and the original game."""

from gan_core.presets import Preset
from gan_core.presets._lesson import LESSON

PRESET = Preset(
    title="Introduction: the first GAN",
    summary="Five minutes of the GAN of 2014: fully connected networks, pictures from noise.",
    values={**LESSON, "variant": "vanilla"},
)
