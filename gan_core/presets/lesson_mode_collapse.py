"""A generator that draws one picture over and over."""

from gan_core.presets import Preset

PRESET = Preset(
    title="Lesson: mode collapse",
    summary="A vanilla GAN whose G takes ten times larger steps than D, with much momentum: whatever the noise says, "
    "it soon draws the same picture.",
    values={
        "variant": "vanilla",
        "data.dataset": "fashion-small",
        "optimiser.lr_g": 2e-3,
        "optimiser.beta1": 0.9,
        "schedule.steps": 400,
        "schedule.sample_every": 10,
        "schedule.keep_every": 100,
    },
)
