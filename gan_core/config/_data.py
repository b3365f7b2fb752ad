"""The group `data`: which pictures a run learns from."""

from pydantic import Field, field_validator

from gan_core.config._group import Group
from gan_core.system.text import SingleLine


class DataConfig(Group):
    """Which pictures the run learns from."""

    dataset: SingleLine = Field(
        default="fashion-small", max_length=200, title="Data set", description="The pictures to learn from."
    )
    classes: tuple[int, ...] | None = Field(
        default=None, title="Classes", description="Only these classes (by number). Empty: all of them."
    )
    limit: int | None = Field(
        default=None,
        ge=1,
        le=10_000_000,
        title="Number of pictures",
        description="Only this many pictures, spread over the classes. Empty: all of them.",
    )
    size: int | None = Field(
        default=None,
        ge=16,
        le=128,
        title="Image size (pixels)",
        description="Resize the pictures to this width and height. Empty: as they are.",
    )

    @field_validator("classes")
    @classmethod
    def _distinct(cls, classes: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if classes is not None and (not classes or len(set(classes)) < len(classes) or min(classes) < 0):
            raise ValueError("allowed: one or more different class numbers, 0 or above")
        return classes
