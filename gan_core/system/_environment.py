"""The variables themselves. pydantic-settings costs 50 ms to import, so `settings` imports this when it is needed."""

import math
import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from gan_core.system.errors import WorkshopError
from gan_core.system.places import HUB, ROOT

TRUE = ("1", "ON", "YES", "TRUE")
"""What huggingface_hub takes for yes."""

Folder = Annotated[Path, AfterValidator(Path.expanduser)]


def _zero_or_one(text: Any) -> Any:
    if text not in (True, False, "0", "1"):
        raise ValueError("neither 0 nor 1")
    return text


def _sound(text: str) -> str:
    """An http address without name or password, without the slash at its end."""
    text = text.strip().rstrip("/")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0 or set(text) & set("@?#"):
        raise ValueError("not an address")
    return text


def _variable(default: Any, description: str, *, allowed: str = "", hidden: str = "", **limits: Any) -> Any:
    """A field: `allowed` in words where it is no range; `hidden` is said in place of a value that is not repeated."""
    return Field(default, description=description, json_schema_extra={"allowed": allowed, "hidden": hidden}, **limits)


class Settings(BaseSettings):
    """One field for each variable. A bad value raises WorkshopError where it is used, and only there."""

    model_config = SettingsConfigDict(env_prefix="GAN_", env_ignore_empty=True, frozen=True)

    home: Folder = _variable(
        ROOT / "runs", "where runs, studies, pulled models, jobs and downloaded data live", allowed="a folder"
    )
    models: Folder = _variable(ROOT / "checkpoints", "where the bundled models are", allowed="a folder")
    data_dir: Folder | None = _variable(
        None, "your own copies of the data sets that are downloaded otherwise", allowed="a folder that is there"
    )
    inception: Folder | None = _variable(
        None, "Inception’s weights for the FID; else PyTorch’s cache is searched", allowed="a file that is there"
    )
    max_running: int = _variable(1, "runs that train at once; further ones wait for their turn", ge=1, le=64)
    public: Annotated[bool, BeforeValidator(_zero_or_one)] = _variable(
        False,
        "1 for a shared instance, where the three limits below hold (the container sets it on a Space)",
        allowed="1 for a shared instance, or 0",
    )
    max_minutes: float = _variable(
        10.0, "minutes a visitor’s run trains; also the time limit of one that sets none", ge=0.1, le=10_000
    )
    max_size: int = _variable(64, "pixels across the pictures of a visitor’s run", ge=16, le=128)
    max_queue: int = _variable(
        8, "runs of all visitors that wait, train or are paused at once; a race takes a place a lane", ge=1, le=1000
    )
    owner_secret: str | None = _variable(
        None,
        "who types it in the sidebar owns a shared instance: no limits, and every run can be stopped and deleted",
        allowed="12 letters or more, or none at all",
        hidden="{length} letters were given",
        min_length=12,
        repr=False,
    )
    pull_mb: int = _variable(
        500, "the largest file of weights that is pulled or read, in million bytes", ge=1, le=100_000
    )
    hub_timeout: float = _variable(10.0, "seconds that the Hub may be silent", ge=0.1, le=600)
    hub_wait: float = _variable(1.0, "seconds before a failed request is made again, more each time", ge=0, le=60)
    endpoint: Annotated[str, AfterValidator(_sound)] = _variable(
        HUB,
        "the address of the Hub",
        validation_alias="HF_ENDPOINT",
        allowed="an address like https://huggingface.co, without name or password",
        hidden="what was given is no such address",
    )
    offline: Annotated[bool, BeforeValidator(lambda text: str(text).strip().upper() in TRUE)] = _variable(
        False,
        "1, on, yes or true: the Hub is not asked; what was pulled before works",
        validation_alias=AliasChoices("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"),
        allowed="any text",
    )

    @property
    def max_bytes(self) -> int:
        """Of a file of weights from elsewhere."""
        return self.pull_mb * 1_000_000

    @field_validator("*", mode="wrap")
    @classmethod
    def _keep_mistake(cls, value: Any, validate: Any, info: Any) -> Any:
        if isinstance(value, str) and value.isspace():  # an empty variable is not read at all
            value = cls.model_fields[info.field_name].default
        try:
            return validate(value)
        except ValidationError:
            return _Mistake(sentence(info.field_name, str(value)))

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if isinstance(value, _Mistake):
            raise WorkshopError(value)
        return value


class _Mistake(str):
    """In place of a value: the sentence that says what is wrong with it."""


def read() -> Settings:
    """The settings of the environment as it is now."""
    return _cached(tuple(map(os.environ.get, _NAMES)))


@lru_cache(maxsize=4)
def _cached(values: tuple[str | None, ...]) -> Settings:
    """Validation takes a millisecond, and a page reads settings hundreds of times."""
    return Settings()


def sentence(field: str, given: str) -> str:
    """What is wrong with the value `given` to a field."""
    info = Settings.model_fields[field]
    hidden = _extra(info, "hidden").format(length=len(given))
    return f"{variable(field)}: {hidden or f'{given!r} was given'}; allowed: {allowed(info)}."


def variable(field: str) -> str:
    """The environment's name of a field."""
    alias = Settings.model_fields[field].validation_alias
    first = alias.choices[0] if isinstance(alias, AliasChoices) else alias
    return str(first) if first else f"GAN_{field.upper()}"


def allowed(info: FieldInfo) -> str:
    """In words, e.g. `a whole number from 1 to 64`."""
    if text := _extra(info, "allowed"):
        return text
    low, high = (max(getattr(mark, end, -math.inf) for mark in info.metadata) for end in ("ge", "le"))
    return f"{'a whole number' if info.annotation is int else 'a number'} from {low:,g} to {high:,g}"


def _extra(info: FieldInfo, name: str) -> str:
    return str(info.json_schema_extra[name]) if isinstance(info.json_schema_extra, dict) else ""


_NAMES = ("HOME", "USERPROFILE", "TRANSFORMERS_OFFLINE", *map(variable, Settings.model_fields))
"""What the settings depend on; the first two are where `~` is."""
