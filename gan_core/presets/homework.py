"""A course's exercise on 1,005 small pictures of clothes: three GANs, each plain and stabilised."""

from gan_core.presets import Preset

SHARED = {
    "data.dataset": "fashion-small",
    "data.limit": 1005,
    "schedule.batch": 32,
    "schedule.epochs": 50,
    "schedule.steps": None,  # the epochs alone decide
    "schedule.sample_epochs": [1, 6, 16, 46],
    "regularization.ema": 0.0,  # the pictures show the generator itself, with its swings
}

STABILISED = {
    "regularization.label_flips": 0.001,
    "regularization.input_noise": 0.1,
    "regularization.input_noise_decay": 0.0,  # it stays, since the last epoch is what the exercise measures
}

SOFT_LABELS = {"regularization.label_smoothing": 0.1, "regularization.fake_smoothing": 0.1}

WGAN = {"variant": "wgan_gp", "objective.d_steps": 5, "objective.gp_weight": 10.0}

ROWS = {
    "acgan": (
        {"variant": "acgan"},
        "The same 1,005 pictures and 50 epochs; D also learns to name the class, and its accuracy there is shown.",
    ),
    "dcgan": (
        {"variant": "dcgan"},
        "1,005 pictures of clothes, 50 epochs in batches of 32, no remedy: watch how much D and G swing.",
    ),
    "wgan": (
        WGAN,
        "The same 1,005 pictures and 50 epochs with a critic: five updates for each of G's, gradient penalty 10.",
    ),
    "acgan-stabilised": (
        {**STABILISED, **SOFT_LABELS, "variant": "acgan"},
        "The AC-GAN row with targets of 0.9 and 0.1, one label in 1,000 flipped, and noise on D’s input: does D’s "
        "loss swing less?",
    ),
    "dcgan-stabilised": (
        {**STABILISED, **SOFT_LABELS, "variant": "dcgan"},
        "The DCGAN row with targets of 0.9 and 0.1, one label in 1,000 flipped, and noise on D’s input: does D’s "
        "loss swing less?",
    ),
    "wgan-stabilised": (
        {**WGAN, **STABILISED, "regularization.critic_magnitude": 0.1},  # a critic's counterpart of soft labels
        "The WGAN row with each score weighted at random between 0.9 and 1.1, one label in 1,000 flipped, and "
        "noise on the critic’s input: does its loss swing less?",
    ),
}

TITLES = {"acgan": "AC-GAN", "dcgan": "DCGAN", "wgan": "WGAN", "stabilised": "stabilised"}

PRESETS = {
    f"clothing-homework-{name}": Preset(
        title=f"Clothing homework: {', '.join(TITLES[word] for word in name.split('-'))}",
        summary=summary,
        values={**SHARED, **values},
    )
    for name, (values, summary) in ROWS.items()
}
