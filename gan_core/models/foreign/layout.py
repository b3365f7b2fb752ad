"""The contract of a layout: recognise a foreign generator by the names and shapes of its tensors."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from gan_core.models.foreign._layers import LayerWeights
from gan_core.nets.description import Description
from gan_core.system import text
from gan_core.system.errors import WorkshopError


@dataclass(frozen=True)
class ImportOptions:
    """What weights do not show: `slope` of LeakyReLU (0 for ReLU), `eps` of batch norm, `licence` of the pictures.

    Raises WorkshopError for an invalid value.
    """

    slope: float = 0.0
    eps: float = 1e-5
    licence: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.slope < 1:
            raise WorkshopError(f"slope: {self.slope} was given; allowed: 0 (ReLU) to below 1, as 0.2 (LeakyReLU).")
        if not 0 < self.eps <= 1:
            raise WorkshopError(f"eps: {self.eps} was given; allowed: above 0 to 1, as 0.00001.")
        if len(self.licence) > 1_000:
            raise WorkshopError(f"licence: {len(self.licence):,} letters were given; allowed: 1,000.")
        try:
            text.check_line(self.licence)
        except ValueError as error:
            raise WorkshopError(f"licence: {self.licence[:60]!r} was given; {error}.") from None


@dataclass(frozen=True, eq=False)
class LayoutMatch:
    """A recognised generator: its layers, and its tensors by the names of `nets.chain.SequentialGenerator`.

    `width` is the number of features before the last layer, `found` what the shapes say, `assumed` what they do not.
    """

    layers: Description
    tensors: dict[str, Tensor]
    width: int
    found: str
    assumed: str


@dataclass(frozen=True)
class Layout:
    """A common way to write a generator; `variant` is the most similar of ours.

    `match` takes the layers in the order in which they run. It raises LayoutMismatch with the reason, or pydantic's
    ValidationError, if they are no such generator. Layouts are tried in ascending `order`.
    """

    title: str
    variant: str
    match: Callable[[tuple[LayerWeights, ...], ImportOptions], LayoutMatch]
    order: int = 0
