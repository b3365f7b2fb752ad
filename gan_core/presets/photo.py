"""Colour pictures at 100 × 100, with networks narrow enough for two CPU cores."""

from gan_core.presets import Preset

SHARED = {
    "data.dataset": "emoji",
    "data.size": 100,
    "network.width": 16,
    "network.stem": "dense",
    "network.upsample": "nearest",
    "schedule.batch": 32,
    "schedule.epochs": 50,
    "schedule.steps": None,  # the epochs alone decide
    "schedule.sample_epochs": [1, 6, 16, 46],
}

PRESETS = {
    "photo-dcgan": Preset(
        title="Colour pictures: DCGAN",
        summary="Colour pictures at 100 × 100: G enlarges before each convolution, D has dropout, targets of 0.9 for "
        "real pictures, and two steps for each of G’s.",
        values={
            **SHARED,
            "variant": "dcgan",
            "network.dropout": 0.3,
            "objective.d_steps": 2,
            "optimiser.lr_g": 1e-3,  # with 2e-4 D soon knows all, and G gets nowhere
            "regularization.label_smoothing": 0.1,
        },
    ),
    "photo-wgan-gp": Preset(
        title="Colour pictures: WGAN-GP",
        summary="Colour pictures at 100 × 100 with a critic: five critic updates for each of G’s, and samples from the "
        "EMA of G’s weights.",
        values={
            **SHARED,
            "variant": "wgan_gp",
            "objective.d_steps": 5,
            "optimiser.lr_g": 1e-3,
            "optimiser.lr_d": 1e-3,
            "optimiser.lr_decay": "linear",
            "regularization.ema": 0.99,  # 2,000 steps of G are few: a longer memory would lag behind
            "schedule.batch": 16,
        },
    ),
}
