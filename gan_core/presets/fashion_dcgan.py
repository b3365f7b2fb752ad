"""The whole of Fashion-MNIST with a DCGAN."""

from gan_core.presets import Preset

PRESET = Preset(
    title="Fashion-MNIST: DCGAN",
    summary="All 60,000 pictures of clothes, 25 epochs in batches of 128.",
    values={
        "variant": "dcgan",
        "data.dataset": "fashion-mnist",
        "schedule.batch": 128,
        "schedule.epochs": 25,
        "schedule.steps": None,  # the epochs alone decide
        "schedule.sample_epochs": [1, 5, 10, 25],
    },
)
