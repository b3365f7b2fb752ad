"""Recognisable pictures within a minute or two on two processor cores: the aim, for every variant."""

from gan_core.presets import Preset

PRESET = Preset(
    title="Fast",
    summary="The quickest way to good pictures on a laptop: networks, learning rates and penalties chosen by "
    "experiment, for each variant its own.",
    values={
        "variant": "r3gan",
        "data.dataset": "fashion-small",
        "schedule.seconds": 120.0,
        "schedule.steps": None,  # the seconds alone decide
    },
    every_variant=True,
)
