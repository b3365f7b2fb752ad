"""What the presets `intro-…` share: a first look that ends after five minutes on any computer."""

LESSON = {
    "data.dataset": "fashion-small",
    "schedule.seconds": 300.0,
    "schedule.steps": None,  # the seconds alone decide
    "schedule.sample_every": 20,
}
