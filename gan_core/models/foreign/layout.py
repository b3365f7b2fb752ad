"""The contract of a layout: how somebody else's generator is known by the shapes and the names of its tensors."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from gan_core.models.foreign._parts import Part
from gan_core.nets.description import Description
from gan_core.system import text
from gan_core.system.errors import WorkshopError


@dataclass(frozen=True)
class Options:
    """What no weights show, so somebody has to say it, or the usual is taken.

    `slope` of LeakyReLU in the hidden layers, 0 for ReLU; `eps` of batch norm; `licence` of the pictures it has learned
    from. Raises WorkshopError for a value that is not allowed.
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
class Plan:
    """A generator that was understood: its layers, and its tensors by the names of `nets.chain.SequentialGenerator`.

    `found` is what the shapes say, in words; `assumed` what they do not.
    """

    layers: Description
    tensors: dict[str, Tensor]
    width: int
    """Features of the layer before the last."""
    found: str
    assumed: str


@dataclass(frozen=True)
class Layout:
    """One way in which generators are written elsewhere.

    `variant` is the one of ours that comes nearest, for all that asks for one. `plan` takes the parts in the order in
    which they are run, and raises `parts.NotThis` with the reason where they are no such generator.
    """

    title: str
    variant: str
    plan: Callable[[tuple[Part, ...], Options], Plan]
    order: int = 0
    """Layouts are tried from the lowest on."""
