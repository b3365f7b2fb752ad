"""Colour at 100 × 100 with a DCGAN that is held back: dropout, soft labels, and two D steps for each of G's."""

from gan_core.presets import Preset
from gan_core.presets._photo import PHOTO

PRESET = Preset(
    title="Colour pictures: DCGAN",
    summary="Colour pictures at 100 × 100: G enlarges before each convolution, D has dropout, targets of 0.9 for real "
    "pictures, and two steps for each of G’s.",
    values={
        **PHOTO,
        "variant": "dcgan",
        "network.dropout": 0.3,
        "objective.d_steps": 2,
        "optimiser.lr_g": 1e-3,  # with 2e-4 D soon knows all, and G gets nowhere
        "regularization.label_smoothing": 0.1,
    },
)
