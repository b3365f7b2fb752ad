"""What the presets `clothing-homework-…` share: a course's exercise on 1,005 small pictures of clothes."""

HOMEWORK = {
    "data.dataset": "fashion-small",
    "data.limit": 1005,
    "schedule.batch": 32,
    "schedule.epochs": 50,
    "schedule.steps": None,  # the epochs alone decide
    "schedule.sample_epochs": [1, 6, 16, 46],
    "regularization.ema": 0.0,  # the pictures show the generator itself, with its swings
}

WGAN = {"variant": "wgan_gp", "objective.d_steps": 5, "objective.gp_weight": 10.0}

STABILISED = {
    "regularization.label_flips": 0.001,
    "regularization.input_noise": 0.1,
    "regularization.input_noise_decay": 0.0,  # it stays, since the last epoch is what the exercise measures
}
"""What all stabilised rows add; beside it targets of 0.9 and 0.1, or of a magnitude from 0.9 to 1.1."""

SOFT_LABELS = {"regularization.label_smoothing": 0.1, "regularization.fake_smoothing": 0.1}
