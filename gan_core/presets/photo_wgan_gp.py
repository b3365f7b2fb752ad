"""Colour at 100 × 100 with a critic and a gradient penalty."""

from gan_core.presets import Preset
from gan_core.presets._photo import PHOTO

PRESET = Preset(
    title="Colour pictures: WGAN-GP",
    summary="Colour pictures at 100 × 100 with a critic: five critic updates for each of G’s, and samples from the "
    "EMA of G’s weights.",
    values={
        **PHOTO,
        "variant": "wgan_gp",
        "objective.d_steps": 5,
        "optimiser.lr_g": 1e-3,
        "optimiser.lr_d": 1e-3,
        "optimiser.lr_decay": "linear",
        "regularization.ema": 0.99,  # 2,000 steps of G are few: a longer memory would lag behind
        "schedule.batch": 16,
    },
)
