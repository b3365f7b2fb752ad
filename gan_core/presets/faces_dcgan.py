"""Faces in colour: the smileys among the emoji."""

from gan_core.presets import Preset

PRESET = Preset(
    title="Faces: DCGAN",
    summary="Yellow faces at 64 × 64, only 149 of them: mirrored at random before D sees them, with soft labels and "
    "noise on D’s input, or D knows them by heart and G learns nothing.",
    values={
        "variant": "dcgan",
        "data.dataset": "emoji",
        "data.classes": [0],  # smileys and emotion, the first group
        "network.slope_g": 0.2,  # LeakyReLU in both networks
        "network.width": 32,
        "optimiser.lr_g": 1e-3,
        "schedule.batch": 32,
        "schedule.epochs": 200,
        "schedule.steps": None,  # the epochs alone decide
        "schedule.sample_epochs": [1, 10, 50, 200],
        "regularization.augment": "basic",
        "regularization.augment_where": "both",
        "regularization.input_noise": 0.1,
        "regularization.label_smoothing": 0.1,
    },
)
