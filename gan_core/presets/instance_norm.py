"""The exercise's pictures with a fully convolutional DCGAN: instance norm, up-sampling before each convolution,
residual blocks in neither, one or both networks, and two strengths of augmentation."""

from gan_core.presets import Preset, homework

SHARED = {
    **homework.SHARED,
    "variant": "dcgan",
    "network.upsample": "nearest",
    "network.norm_g": "instance",
    "network.norm_d": "instance",
    "regularization.augment_where": "data",
}

BLOCKS = {
    "none": ("none", "plain", "no residual blocks"),
    "g": ("generator", "residual G", "residual blocks in G"),
    "both": ("both", "residual G and D", "residual blocks in G and D"),
}

PRESETS = {
    f"instance-residual-{where}-{augment}": Preset(
        title=f"Instance norm: {title}, {augment} augmentation",
        summary=f"1,005 pictures of clothes, instance norm, {blocks}, and {augment} augmentation.",
        values={**SHARED, "network.residual": value, "regularization.augment": augment},
    )
    for where, (value, title, blocks) in BLOCKS.items()
    for augment in ("basic", "advanced")
}
