"""Three GANs on 1,005 pictures of clothes, each without and with the stabilisation tricks of a course."""

from gan_core.studies import Study

GANS = ("dcgan", "acgan", "wgan")
PAIRS = tuple((f"clothing-homework-{gan}", f"clothing-homework-{gan}-stabilised") for gan in GANS)

STUDY = Study(
    title="Clothing homework: what does stabilisation do?",
    summary="DCGAN, AC-GAN and WGAN on 1,005 pictures of clothes, each without and with remedies: soft targets "
    "(0.9 and 0.1, for the critic magnitudes from 0.9 to 1.1), one label in 1,000 flipped, and noise on D’s input. "
    "Soft targets also lift the level of D’s loss; what is compared is how much it swings.",
    presets=tuple(preset for pair in PAIRS for preset in pair),
    pairs=PAIRS,
    idea="stabilisation",
)
