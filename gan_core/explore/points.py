"""Latent points and the short texts that name them in a link. Torch-free.

`7.12` is row 12 of what seed 7 draws, which every model has; `z` and letters are the numbers themselves, for points
that were computed; `@3` behind it is the class.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gan_core.system.errors import WorkshopError
from gan_core.system.text import for_sentence

MAX_SEED = 2**31 - 1
MAX_NUMBERS = 1024

_NAME = re.compile(r"(?:(?P<seed>\d{1,10})\.(?P<index>\d{1,4})|z(?P<numbers>[A-Za-z0-9_-]+))(?:@(?P<label>\d{1,4}))?")


@dataclass(frozen=True)
class LatentPoint:
    """Row `index` of what `seed` draws, or a z of its own: `numbers` where there are any.

    `label` is the class it is drawn with, None for an unconditional model. `numbers` are rounded to half precision
    (float16), so that the text of a link holds them exactly.
    """

    seed: int = 0
    index: int = 0
    label: int | None = None
    numbers: tuple[float, ...] = ()

    @classmethod
    def from_z(cls, z: Sequence[float] | np.ndarray, label: int | None = None) -> LatentPoint:
        """The point with the numbers of z (z_dim,), rounded to half precision.

        Raises WorkshopError for another shape, more than MAX_NUMBERS, or numbers that float16 cannot hold.
        """
        values = np.asarray(z, dtype=np.float64)
        if values.ndim != 1 or not 1 <= len(values) <= MAX_NUMBERS:
            raise WorkshopError(f"z: {values.size} numbers were given; allowed: 1 to {MAX_NUMBERS} in one row.")
        if not np.isfinite(values).all() or np.abs(values).max() > np.finfo(np.float16).max:
            raise WorkshopError("z: a number that is not finite, or above 65,504, was given.")
        return cls(label=label, numbers=tuple(values.astype(np.float16).astype(float).tolist()))

    def __str__(self) -> str:
        if self.numbers:
            packed = np.array(self.numbers, dtype="<f2").tobytes()
            name = "z" + base64.urlsafe_b64encode(packed).decode().rstrip("=")
        else:
            name = f"{self.seed}.{self.index}"
        return name if self.label is None else f"{name}@{self.label}"

    def with_class(self, label: int | None) -> LatentPoint:
        """The same z with another class."""
        return replace(self, label=label)


def parse(text: str) -> LatentPoint:
    """The inverse of `str`; raises WorkshopError for a text that names no point."""
    match = _NAME.fullmatch(text)
    shown = repr(for_sentence(text, 24))
    if not match:
        raise WorkshopError(f"Point: {shown} was given; allowed: SEED.INDEX as 7.12, with @CLASS as 7.12@3.")
    label = None if match["label"] is None else int(match["label"])
    if match["numbers"] is None:
        seed = int(match["seed"])
        if seed > MAX_SEED:
            raise WorkshopError(f"Point: seed {seed} was given; allowed: 0 to {MAX_SEED:,}.")
        return LatentPoint(seed, int(match["index"]), label)
    letters = match["numbers"]
    try:
        values = np.frombuffer(base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4)), dtype="<f2")
    except ValueError:  # not whole bytes, or not whole numbers
        raise WorkshopError(f"Point: {shown} was given, whose numbers are cut off.") from None
    return LatentPoint.from_z(values, label)


def join(points: Iterable[LatentPoint]) -> str:
    """Several points as one text; the inverse of `split`."""
    return "~".join(map(str, points))


def split(text: str, limit: int) -> list[LatentPoint]:
    """The points of a text; raises WorkshopError for more than `limit`."""
    names = [name for name in text.split("~") if name]
    if len(names) > limit:
        raise WorkshopError(f"Points: {len(names)} were given; allowed: {limit} at most.")
    return [parse(name) for name in names]
