"""What a run tells the world. Plain frozen values, no torch: any process can read them."""

from collections.abc import Mapping
from dataclasses import dataclass

Row = Mapping[str, float | int | None]
"""One step's numbers, by series name (`series.py` describes the names); None where not finite."""


@dataclass(frozen=True)
class Stepped:
    """One generator step is done. `images` counts real pictures shown to D, `seconds` training time only."""

    step: int
    images: int
    seconds: float


@dataclass(frozen=True)
class Measured:
    """The numbers of the steps since the last Measured, in order."""

    rows: tuple[Row, ...]


Event = Stepped | Measured
