"""Faces in colour: the smileys among the emoji."""

from gan_core.presets import Preset

PRESET = Preset(
    title="Faces: DCGAN",
    summary="Yellow faces at 64 × 64, few of them: changed at random before D sees them, real and generated alike.",
    values={
        "variant": "dcgan",
        "data.dataset": "emoji",
        "data.classes": [0],  # smileys and emotion, the first group
        "network.slope_g": 0.2,  # LeakyReLU in both networks
        "network.width": 32,
        "schedule.batch": 32,
        "schedule.epochs": 200,
        "schedule.steps": None,  # the epochs alone decide
        "schedule.sample_epochs": [1, 10, 50, 200],
        "stabilisers.augment": "basic",
        "stabilisers.augment_where": "both",
    },
)
