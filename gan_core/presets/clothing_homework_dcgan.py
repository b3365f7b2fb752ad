"""The exercise with a DCGAN: the plain log loss, nothing added."""

from gan_core.presets import Preset
from gan_core.presets._homework import HOMEWORK

PRESET = Preset(
    title="Clothing homework: DCGAN",
    summary="1,005 pictures of clothes, 50 epochs in batches of 32, no remedy: watch how much D and G swing.",
    values={**HOMEWORK, "variant": "dcgan"},
)
