"""What the presets `clothing-homework-…` share: a course's exercise on 1,005 small pictures of clothes."""

HOMEWORK = {
    "data.dataset": "fashion-small",
    "data.limit": 1005,
    "schedule.batch": 32,
    "schedule.epochs": 50,
    "schedule.steps": 100_000_000,  # the epochs alone decide
    "schedule.sample_epochs": [1, 6, 16, 46],
    "stabilisers.ema": 0.0,  # the pictures show the generator itself, with its swings
}
