"""What a file of weights tells of itself beside its config: validated, for it may be a stranger's. No torch here."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gan_core.nets.description import Description
from gan_core.system.errors import WorkshopError
from gan_core.system.text import SingleLine, for_sentence

MOST_CLASSES = 1000
SUFFIXES = (".safetensors", ".pth", ".pt", ".bin")
"""Of files of weights, ours and others: a name that ends so is that of a file."""


class About(BaseModel):
    """`size` (pixels) and `channels` of the pictures, their `classes` and `licence`, and the `step` of training.

    `layers` describes a generator that came from elsewhere, and `layout` names what it was known as; then `classes` may
    be empty. Otherwise the config's variant says what the networks are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    size: Annotated[int, Field(ge=16, le=256)]
    channels: Literal[1, 3]
    classes: Annotated[tuple[Annotated[SingleLine, Field(max_length=200)], ...], Field(max_length=MOST_CLASSES)]
    licence: Annotated[SingleLine, Field(max_length=5_000)] = ""
    step: Annotated[int, Field(ge=0, le=10**12)]
    layers: Description | None = None
    layout: Annotated[SingleLine, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.layers is None and not self.classes:
            raise ValueError("classes: none was given; allowed: 1 or more")
        if self.layers is not None and self.layers.shape != (self.channels, self.size, self.size):
            channels, size, _ = self.layers.shape
            raise ValueError(
                f"size and channels are {self.size} and {self.channels}, but the layers draw {size} and {channels}"
            )
        return self

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises WorkshopError with what is wrong first."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise WorkshopError(first(error)) from None


def first(error: ValidationError) -> str:
    """The first thing that is wrong, as `size: 7 was given; allowed: greater than or equal to 16.`"""
    problem = error.errors()[0]
    place = for_sentence(".".join(str(part) for part in problem["loc"]))
    message = problem["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if problem["type"] == "missing":
        return f"{place} is missing."
    if problem["type"] == "extra_forbidden":
        return f"{place}: there is no such field."
    if not place or (problem["type"] == "value_error" and not message.startswith("allowed: ")):
        return f"{place}: {message}." if place else f"{message}."
    given, allowed = repr(problem["input"]), message.removeprefix("allowed: ")
    return f"{place}: {given if len(given) <= 60 else given[:57] + '...'} was given; allowed: {allowed}."
