"""The exercise: three GANs on 1,005 pictures of clothes, each without and with softened targets."""

from gan_core.studies import Study

GANS = ("dcgan", "acgan", "wgan")
PAIRS = tuple((f"clothing-homework-{gan}", f"clothing-homework-{gan}-stabilised") for gan in GANS)

STUDY = Study(
    title="Clothing homework: do softened targets steady a GAN?",
    summary="DCGAN, AC-GAN and WGAN on 1,005 pictures of clothes, each without and with softened targets. Soft targets "
    "also lift the level of D's loss; what is compared is how much it swings.",
    presets=tuple(preset for pair in PAIRS for preset in pair),
    pairs=PAIRS,
    idea="the softening of targets",
)
