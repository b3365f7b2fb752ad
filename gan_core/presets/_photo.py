"""What the presets `photo-…` share: colour pictures at 100 × 100, and networks narrow enough for two CPU cores."""

PHOTO = {
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
