"""A first look at five GANs in the order of a course; each ends after five minutes on any computer."""

from gan_core.presets import Preset

SHARED = {
    "data.dataset": "fashion-small",
    "schedule.seconds": 300.0,
    "schedule.steps": None,  # the seconds alone decide
    "schedule.sample_every": 20,
}

ROWS = {
    "vanilla": (
        "vanilla",
        "the first GAN",
        "the GAN of 2014: fully connected networks, pictures from noise.",
    ),
    "dcgan": (
        "dcgan",
        "convolutions",
        "a DCGAN: the same game with convolutions, and clothes that look like clothes.",
    ),
    "cgan": (
        "cgan",
        "pictures to order",
        "a CGAN: G and D are told the class, so that each column of the grid shows its own kind.",
    ),
    "wgan-clip": (
        "wgan",
        "a critic with clipped weights",
        "a WGAN: the critic's loss is a distance that falls as the pictures grow better.",
    ),
    "wgan-gp": (
        "wgan_gp",
        "a critic with a gradient penalty",
        "a WGAN-GP: the same distance, kept smooth by a penalty instead of by clipping.",
    ),
}

PRESETS = {
    f"intro-{name}": Preset(
        title=f"Introduction: {title}",
        summary=f"Five minutes of {summary}",
        values={**SHARED, "variant": variant},
    )
    for name, (variant, title, summary) in ROWS.items()
}
