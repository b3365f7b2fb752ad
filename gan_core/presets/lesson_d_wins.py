"""A discriminator that is too strong."""

from gan_core.presets import Preset

PRESET = Preset(
    title="Lesson: D wins",
    summary="Five large steps of D for each tiny one of G: after a few dozen D is never wrong, and G learns nothing.",
    values={
        "variant": "dcgan",
        "data.dataset": "fashion-small",
        "network.width": 16,
        "objective.d_steps": 5,
        "optimiser.lr_d": 2e-3,
        "optimiser.lr_g": 2e-5,
        "schedule.steps": 300,
        "schedule.sample_every": 10,
        "schedule.keep_every": 100,
    },
)
