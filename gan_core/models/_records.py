"""The JSON records that lie beside weights. Torch-free."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gan_core.config import ConfigError
from gan_core.models._messages import first_line, first_problem
from gan_core.system.errors import WorkshopError


class ModelRecord(BaseModel):
    """The fields of every record."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    title: str
    """The variant's title, or the layout of an imported generator."""
    size: int = Field(ge=1)
    channels: Literal[1, 3]
    classes: tuple[str, ...]
    conditional: bool
    licence: str
    """Of the training pictures, if known."""
    bytes: int = Field(ge=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    """Of the weights file."""


R = TypeVar("R", bound=ModelRecord)


def read(schema: type[R], path: Path, name: str, files: Iterable[Path], advice: str) -> R:
    """The record of model `name` at `path`; raises WorkshopError, with `advice`, if it or one of `files` is bad."""
    try:
        record = schema.model_validate_json(path.read_bytes())
    except (ValidationError, ConfigError, UnicodeDecodeError, OSError) as error:
        reason = first_problem(error) if isinstance(error, ValidationError) else first_line(error)
        raise WorkshopError(f"{path} is damaged ({reason}): {advice}.") from None
    if record.id != name:
        raise WorkshopError(f"{path} is the record of {record.id!r}: {advice}.")
    for file in files:
        if not file.is_file():
            raise WorkshopError(f"{file} is missing: {advice}.")
    return record


def read_all(names: Iterable[str], get: Callable[[str], R]) -> tuple[list[R], list[str]]:
    """The records of all sound models, and a sentence for each damaged one."""
    records, problems = [], []
    for name in names:
        try:
            records.append(get(name))
        except WorkshopError as error:
            problems.append(str(error))
    return records, problems
