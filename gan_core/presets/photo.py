"""What the presets `photo-…` share: small colour pictures at 100 × 100, the size of a thumbnail."""

PHOTO = {
    "data.dataset": "emoji",
    "data.size": 100,
    "schedule.batch": 32,
    "schedule.epochs": 50,
    "schedule.steps": 100_000_000,  # the epochs alone decide
    "schedule.sample_epochs": [1, 6, 16, 46],
}
