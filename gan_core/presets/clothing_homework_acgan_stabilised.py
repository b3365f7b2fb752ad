"""The exercise with an AC-GAN and soft labels on both sides."""

from gan_core.presets import Preset
from gan_core.presets.homework import HOMEWORK

PRESET = Preset(
    title="Clothing homework: AC-GAN, stabilised",
    summary="The AC-GAN row with targets of 0.9 for real and 0.1 for generated pictures: does D's loss swing less?",
    values={
        **HOMEWORK,
        "variant": "acgan",
        "stabilisers.label_smoothing": 0.1,
        "stabilisers.fake_smoothing": 0.1,
    },
)
