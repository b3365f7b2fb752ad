"""Three ways in which a GAN fails, each within a few hundred steps."""

from gan_core.presets import Preset

PRESETS = {
    "lesson-d-wins": Preset(
        title="Lesson: D wins",
        summary="Five large steps of D for each tiny one of G: after a few dozen D is never wrong, and G learns "
        "nothing.",
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
    ),
    "lesson-diverges": Preset(
        title="Lesson: a run that diverges",
        summary="A WGAN-GP with large steps and a β₂ too small for its β₁, so that Adam’s steps know no bound: it "
        "learns for some fifty steps, then the critic’s scores grow without end.",
        values={
            "variant": "wgan_gp",
            "data.dataset": "fashion-small",
            "network.width": 16,
            "objective.d_steps": 1,
            "optimiser.lr_g": 5e-3,
            "optimiser.lr_d": 5e-3,
            "optimiser.beta1": 0.9,
            "optimiser.beta2": 0.5,
            "schedule.steps": 300,
            "schedule.sample_every": 10,
            "schedule.keep_every": 20,
            "schedule.snapshot_seconds": 2.0,
        },
    ),
    "lesson-mode-collapse": Preset(
        title="Lesson: mode collapse",
        summary="A vanilla GAN whose G takes ten times larger steps than D, with much momentum: whatever the noise "
        "says, it soon draws the same picture.",
        values={
            "variant": "vanilla",
            "data.dataset": "fashion-small",
            "optimiser.lr_g": 2e-3,
            "optimiser.beta1": 0.9,
            "schedule.steps": 400,
            "schedule.sample_every": 10,
            "schedule.keep_every": 100,
        },
    ),
}
