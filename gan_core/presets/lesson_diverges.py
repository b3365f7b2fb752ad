"""Steps without a bound."""

from gan_core.presets import Preset

PRESET = Preset(
    title="Lesson: a run that diverges",
    summary="A WGAN-GP with large steps and a β₂ too small for its β₁, so that Adam’s steps know no bound: it learns "
    "for some fifty steps, then the critic’s scores grow without end.",
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
)
