"""Settings that were found by experiment, for the presets `fast` and `quality` of the convolutional variants.

What was tried beside them, with its figures, is in benchmarks/RESULTS.md. A variant adds what its own objective needs.
"""

FAST = {
    # Space to depth at both ends, a wide first picture, few channels at full size, and a dense layer that sees it all
    "network.patch": 2,
    "network.stem": "dense",
    "network.stem_width": 64,
    "network.width": 16,
    "network.upsample": "subpixel",
    "network.hidden": 128,
    "network.residual": "none",
    "network.norm_g": "batch",
    "network.norm_d": "none",
    "network.slope_g": 0.0,
    "network.init": "he",
    # No momentum and large steps; R1, in every eighth step, is what lets D take them
    "optimiser.lr_g": 5e-3,
    "optimiser.lr_d": 5e-3,
    "optimiser.beta1": 0.0,
    "optimiser.beta2": 0.99,
    "optimiser.lr_decay": "linear",
    "regularization.r1": 0.1,
    "regularization.r2": 0.0,
    "regularization.reg_every": 8,
    "regularization.ema": 0.998,
}

SPECTRAL = {
    # In the place of R1: each layer of D stretches by at most 1, and larger steps can be taken
    "network.norm_d": "spectral",
    "regularization.r1": 0.0,
}

QUALITY = FAST | {
    "regularization.ema": 0.999,  # twice the width was worse after 200 s of processor time; nothing longer was tried
}
