"""The best pictures of a lesson's length on two processor cores, for every variant."""

from gan_core.presets import Preset

PRESET = Preset(
    title="Quality",
    summary="Ten minutes on two processor cores for the best pictures each variant reaches in that time.",
    values={
        "variant": "r3gan",
        "data.dataset": "fashion-small",
        "schedule.seconds": 600.0,
        "schedule.steps": None,  # the seconds alone decide
    },
    every_variant=True,
)
