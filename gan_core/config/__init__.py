"""What a run is: one frozen, validated schema, `TrainConfig`, with one file a group.

It draws the form on the Train page, parses the command line and is saved with the run and inside every checkpoint.
Values are checked here and nowhere else; names of variants, data sets and presets are resolved in `presets.recipe`,
where their tables live. Offers all that is defined here, and the groups. Start with this file.
"""

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import AliasChoices, BaseModel, Field, ValidationError

from gan_core.config._data import DataConfig
from gan_core.config._group import Group
from gan_core.config._network import NetworkConfig
from gan_core.config._objective import ObjectiveConfig
from gan_core.config._optimiser import OptimiserConfig
from gan_core.config._regularization import RegularizationConfig
from gan_core.config._schedule import ScheduleConfig
from gan_core.config._scoring import ScoringConfig
from gan_core.system.errors import WorkshopError
from gan_core.system.text import SingleLine, for_sentence


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a config: dotted field, what was given, what is allowed."""

    field: str
    given: Any
    allowed: str

    def __str__(self) -> str:
        return f"{for_sentence(self.field)}: {for_sentence(repr(self.given), 60)} was given; {self.allowed}."


class ConfigError(WorkshopError):
    """All that is wrong with a config, at once; `problems` lists it field by field."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class TrainConfig(Group):
    """Everything that decides a run. Two runs with equal configs on one machine draw equal curves.

    On a GPU some operators add in changing order: there the curves agree, but not to the last digit.
    """

    variant: str = Field(default="dcgan", title="Variant", description="The kind of GAN.")
    preset: SingleLine | None = Field(
        default=None, max_length=200, title="Preset", description="The named settings this run started from."
    )
    seed: int = Field(
        default=0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="Same seed, same curve; on a GPU not to the last digit.",
    )
    data: DataConfig = DataConfig()
    network: NetworkConfig = NetworkConfig()
    objective: ObjectiveConfig = ObjectiveConfig()
    optimiser: OptimiserConfig = OptimiserConfig()
    regularization: RegularizationConfig = Field(
        default=RegularizationConfig(), validation_alias=AliasChoices("regularization", "stabilisers")
    )
    schedule: ScheduleConfig = ScheduleConfig()
    scoring: ScoringConfig = ScoringConfig()

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Validate nested `values`; raises ConfigError with every problem at once."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise ConfigError(_problem(cls, item) for item in error.errors()) from None

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse of `to_json`; raises ConfigError, or WorkshopError when it is not JSON at all."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise WorkshopError(f"The config is not valid JSON: {error}.") from None
        if not isinstance(values, dict):
            raise WorkshopError(f"The config must be a JSON object; {type(values).__name__} was given.")
        return cls.parse(values)

    def to_json(self) -> str:
        """The whole config as indented JSON."""
        return self.model_dump_json(indent=2)


def groups() -> dict[str, type[Group]]:
    """The groups in the order of the form: name to model class."""
    return {
        name: info.annotation
        for name, info in TrainConfig.model_fields.items()
        if isinstance(info.annotation, type) and issubclass(info.annotation, Group)
    }


def fields() -> list[str]:
    """Every dotted field, e.g. `seed` and `optimiser.lr_g`."""
    plain = [name for name in TrainConfig.model_fields if name not in groups()]
    return plain + [f"{group}.{name}" for group, model in groups().items() for name in model.model_fields]


def current_name(field: str) -> str:
    """The name that a dotted field has today; links, command lines and race files may hold an older one."""
    group, dot, name = field.partition(".")
    return OLD_GROUPS.get(group, group) + dot + name


OLD_GROUPS = {"stabilisers": "regularization"}
"""Groups by the names they had before; `TrainConfig` reads them from files by an alias."""


def nest(dotted: Mapping[str, Any]) -> dict[str, Any]:
    """`{"optimiser.lr_g": 1}` to `{"optimiser": {"lr_g": 1}}`. Unknown names are kept for `parse` to report."""
    nested: dict[str, Any] = {}
    for path, value in dotted.items():
        group, _, name = path.partition(".")
        if not name:
            nested[group] = value
        elif not isinstance(nested.setdefault(group, {}), dict):
            raise ConfigError([Problem(path, value, f"{group} has no fields of its own")])
        else:
            nested[group][name] = value
    return nested


def flatten(config: TrainConfig) -> dict[str, Any]:
    """The inverse of `nest`: every field by its dotted name."""
    values = config.model_dump(mode="json")
    flat = {name: value for name, value in values.items() if name not in groups()}
    flat |= {f"{group}.{name}": value for group in groups() for name, value in values[group].items()}
    return flat


def parse_assignment(text: str) -> tuple[str, Any]:
    """`"group.field=value"` to a pair; the value is read as JSON, or else taken as text."""
    path, equals, raw = text.partition("=")
    if not equals or not path.strip():
        raise WorkshopError(f"--set needs group.field=value; {text!r} was given.")
    try:
        return current_name(path.strip()), json.loads(raw)
    except ValueError:
        return current_name(path.strip()), raw


def _problem(root: type[BaseModel], item: Any) -> Problem:
    """Pydantic's account of one error in our words."""
    path = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        close = difflib.get_close_matches(path, fields(), n=1, cutoff=0.5)
        group = str(item["loc"][0])
        known = list(groups()[group].model_fields) if group in groups() else list(root.model_fields)
        hint = f"did you mean {close[0]}? " if close else ""
        return Problem(path, item["input"], f"there is no such field; {hint}allowed: {', '.join(known)}")
    message = item["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    given = {} if item["type"] == "missing" else item["input"]
    return Problem(path, given, message if message.startswith("allowed") else f"allowed: {message}")
