"""The exercise with a WGAN: a critic trained five times as often, kept smooth by the penalty with λ = 10."""

from gan_core.presets import Preset
from gan_core.presets._homework import HOMEWORK, WGAN

PRESET = Preset(
    title="Clothing homework: WGAN",
    summary="The same 1,005 pictures and 50 epochs with a critic: five updates for each of G's, gradient penalty 10.",
    values={**HOMEWORK, **WGAN},
)
