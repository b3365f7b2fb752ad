"""The exercise with a WGAN whose targets vary in size, the counterpart of soft labels for a critic."""

from gan_core.presets import Preset
from gan_core.presets.homework import HOMEWORK

PRESET = Preset(
    title="Clothing homework: WGAN, stabilised",
    summary="The WGAN row with each score weighted at random between 0.9 and 1.1: does the critic's loss swing less?",
    values={
        **HOMEWORK,
        "variant": "wgan_gp",
        "objective.d_steps": 5,
        "objective.gp_weight": 10.0,
        "stabilisers.critic_magnitude": 0.1,
    },
)
