"""Metadata of a weights file, beside its config: validated, because the file may be untrusted. Torch-free."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gan_core import variants
from gan_core.config import TrainConfig
from gan_core.models._messages import first_problem
from gan_core.nets.description import Description
from gan_core.system.errors import WorkshopError
from gan_core.system.text import SingleLine

MAX_CLASSES = 1000
SUFFIXES = (".safetensors", ".pth", ".pt", ".bin")
"""Suffixes of weights files, ours and others': a name that ends in one is a path."""


def model_title(config: TrainConfig, layout: str = "") -> str:
    """The `layout` of an imported generator, or the variant's title; says if the class was an option and is used."""
    variant = variants.get(config.variant)
    optional = variant.conditional == "optional" and config.network.conditional
    return layout or variant.title + (", class-conditional" if optional else "")


class WeightsMetadata(BaseModel):
    """`size` (pixels) and `channels` of the pictures, their `classes` and `licence`, and the training `step`.

    `layers` describes an imported generator and `layout` names its kind; then `classes` may be empty. Otherwise the
    config's variant defines the networks.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    size: Annotated[int, Field(ge=16, le=256)]
    channels: Literal[1, 3]
    classes: Annotated[tuple[Annotated[SingleLine, Field(max_length=200)], ...], Field(max_length=MAX_CLASSES)]
    licence: Annotated[SingleLine, Field(max_length=5_000)] = ""
    step: Annotated[int, Field(ge=0, le=10**12)]
    layers: Description | None = None
    layout: Annotated[SingleLine, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
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
        """Raises WorkshopError with the first problem."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise WorkshopError(f"{first_problem(error)}.") from None
