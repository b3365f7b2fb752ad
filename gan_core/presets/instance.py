"""What the presets `instance-residual-…` share: the exercise's pictures, a DCGAN with instance norm."""

from gan_core.presets.homework import HOMEWORK

INSTANCE = {
    **HOMEWORK,
    "variant": "dcgan",
    "network.norm_g": "instance",
    "network.norm_d": "instance",
    "stabilisers.augment_where": "data",
}
