"""The exercise with a DCGAN and soft labels on both sides."""

from gan_core.presets import Preset
from gan_core.presets.homework import HOMEWORK

PRESET = Preset(
    title="Clothing homework: DCGAN, stabilised",
    summary="The DCGAN row with targets of 0.9 for real and 0.1 for generated pictures: does D's loss swing less?",
    values={
        **HOMEWORK,
        "variant": "dcgan",
        "stabilisers.label_smoothing": 0.1,
        "stabilisers.fake_smoothing": 0.1,
    },
)
