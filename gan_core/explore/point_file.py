"""Latent points as a JSON file: the numbers themselves, so that any program can draw the same pictures."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from gan_core.config import Problem
from gan_core.system.errors import WorkshopError

FORMAT = "gan-workshop-points/1"
MAX_BYTES = 5_000_000
MAX_POINTS = 256
MAX_VALUE = 1000.0
"""Of a number in z, either way: those drawn from N(0, 1) hardly ever pass 6."""
TOLERANCE = 0.001
"""How far the sum of the weights over classes may be from 1."""

CLASS = "allowed: the name of a class, or an object of weights from 0 to 1 by class that add up to 1"


class SavedPoint(BaseModel):
    """One point: z, its class or weights over classes, and the seed and row it was drawn from, if any."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    z: tuple[float, ...] = Field(min_length=1, max_length=1024)
    label: str | dict[str, float] | None = Field(default=None, alias="class")
    seed: int | None = Field(default=None, ge=0, le=2**31 - 1)
    index: int | None = Field(default=None, ge=0, le=1_000_000)
    """Its row in `latent.fixed` of that seed; the file's z is what counts."""

    @field_validator("z")
    @classmethod
    def _check_z(cls, z: tuple[float, ...]) -> tuple[float, ...]:
        if max(map(abs, z)) > MAX_VALUE:
            raise ValueError(f"allowed: numbers from −{MAX_VALUE:g} to {MAX_VALUE:g}")
        return z

    @field_validator("label", mode="wrap")
    @classmethod
    def _check_class(cls, label: Any, handler: Any) -> Any:
        try:
            valid = handler(label)
        except ValidationError:
            raise ValueError(CLASS) from None
        weights = valid.values() if isinstance(valid, dict) else [1]
        if not all(0 <= weight <= 1 for weight in weights) or abs(sum(weights) - 1) > TOLERANCE:
            raise ValueError(CLASS)
        return valid

    def array(self) -> np.ndarray:
        """z as float32 (z_dim,)."""
        return np.array(self.z, np.float32)


class PointFile(BaseModel):
    """The content of such a file: points of the model called `model`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal["gan-workshop-points/1"] = FORMAT
    model: str = Field(max_length=300)
    points: tuple[SavedPoint, ...] = Field(min_length=1, max_length=MAX_POINTS)


def saved_point(
    z: np.ndarray, label: str | Mapping[str, float] | None = None, seed: int | None = None, index: int | None = None
) -> SavedPoint:
    """A point of z float32 (z_dim,), with the fewest digits that give back the same numbers."""
    weights = {name: float(weight) for name, weight in label.items()} if isinstance(label, Mapping) else label
    z_numbers = tuple(map(shortest_float, z))
    return SavedPoint.model_validate({"z": z_numbers, "class": weights, "seed": seed, "index": index})


def shortest_float(number: np.float32 | float) -> float:
    """The float with the shortest text that is read back as the same float32."""
    return float(str(np.float32(number)))


def write(model: str, points: Sequence[SavedPoint]) -> bytes:
    """The file, as JSON in UTF-8 with a line per point; raises ValueError for none, or more than MAX_POINTS."""
    file = PointFile(model=model, points=tuple(points))
    lines = [
        json.dumps(point.model_dump(by_alias=True, exclude_none=True), ensure_ascii=False) for point in file.points
    ]
    head = json.dumps({"format": file.format, "model": file.model}, ensure_ascii=False)
    return (head[:-1] + ', "points": [\n' + ",\n".join(lines) + "\n]}\n").encode()


def read(content: bytes, z_dim: int, classes: Sequence[str] = ()) -> PointFile:
    """The inverse, for a model with z of `z_dim` numbers and these `classes`, none for an unconditional one.

    The content may come from anyone. Raises WorkshopError for the first thing that is wrong.
    """
    if len(content) > MAX_BYTES:
        raise WorkshopError(f"The file has {len(content):,} bytes; allowed: at most {MAX_BYTES:,}.")
    try:
        file = PointFile.model_validate_json(content)
    except ValidationError as error:
        raise WorkshopError(_sentence(error.errors()[0])) from None
    for number, point in enumerate(file.points):
        if len(point.z) != z_dim:
            allowed = f"allowed for this model: {z_dim} numbers"
            raise WorkshopError(f"points.{number}.z: {len(point.z)} numbers were given; {allowed}.")
        names = [point.label] if isinstance(point.label, str) else [*(point.label or ())]
        unknown = [name for name in names if name not in classes]
        if unknown:
            allowed = f"allowed: {', '.join(classes)}" if classes else "this model is unconditional"
            raise WorkshopError(str(Problem(f"points.{number}.class", unknown[0], allowed)))
    return file


def _sentence(error: Any) -> str:
    """One of pydantic's errors in a sentence."""
    if error["type"] == "json_invalid":
        return f"The file is not valid JSON: {error['msg'].removeprefix('Invalid JSON: ')}."
    path = ".".join(map(str, error["loc"])) or "The file"
    if error["type"] == "missing":
        return f"{path}: nothing was given; it is needed."
    if error["type"] == "extra_forbidden":
        return f"{path}: there is no such field."
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return str(Problem(path, error["input"], message if message.startswith("allowed") else f"allowed: {message}"))
