"""What the presets `instance-residual-…` share: the exercise's pictures, a fully convolutional DCGAN with
up-sampling before each convolution and instance norm."""

from gan_core.presets._homework import HOMEWORK

INSTANCE = {
    **HOMEWORK,
    "variant": "dcgan",
    "network.upsample": "nearest",
    "network.norm_g": "instance",
    "network.norm_d": "instance",
    "regularization.augment_where": "data",
}
