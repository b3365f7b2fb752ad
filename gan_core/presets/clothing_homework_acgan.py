"""The exercise with an AC-GAN: D names the class as well."""

from gan_core.presets import Preset
from gan_core.presets._homework import HOMEWORK

PRESET = Preset(
    title="Clothing homework: AC-GAN",
    summary="The same 1,005 pictures and 50 epochs; D also learns to name the class, and its accuracy there is shown.",
    values={**HOMEWORK, "variant": "acgan"},
)
