"""The group `scoring`: how often a run is scored while it trains, and what that may cost."""

from typing import Literal

from pydantic import Field

from gan_core.config._group import Group


class ScoringConfig(Group):
    """How often a run is scored while it trains, and what that may cost."""

    score: Literal["off", "light", "full"] = Field(
        default="light",
        title="Score during training",
        description="light: Fréchet distance and class coverage of 2,000 pictures; full: all scores, on 5,000, which "
        "takes several times as long. The weights with the best score are kept.",
    )
    every: int | None = Field(
        default=None,
        ge=1,
        le=10_000_000,
        title="Score every (steps)",
        description="Empty: as often as the share below allows.",
    )
    share: float = Field(
        default=0.05,
        gt=0,
        le=1,
        title="Time for scoring",
        description="Scores may take this share of the training time at most, so a slow one comes seldom: 0.05 is 5 %.",
    )
