"""Residual blocks in neither network, in G or in both, each with basic and with advanced augmentation."""

from gan_core.studies import Study

PAIRS = tuple(
    (f"instance-residual-{where}-basic", f"instance-residual-{where}-advanced") for where in ("none", "g", "both")
)

STUDY = Study(
    title="Augmentation and residual blocks",
    summary="A DCGAN with instance norm on 1,005 pictures: residual blocks in neither network, in G, or in both, "
    "each with basic and with advanced augmentation of the pictures.",
    presets=tuple(preset for pair in PAIRS for preset in pair),
    pairs=PAIRS,
    idea="advanced augmentation",
)
