"""The bundled models: trained by a preset, kept with the program, scored. Light: torch comes with `load` alone.

A model is three files, `NAME.safetensors`, `NAME.json` (a Bundled) and `NAME.png` (its samples, from the noise of
every run's), made by `checkpoints/make.py`.
"""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gan_core import data
from gan_core.config import ConfigError, TrainConfig
from gan_core.runs.scores import ClassShare, Score, ScoreReport
from gan_core.system import discovery, settings
from gan_core.system.errors import WorkshopError

if TYPE_CHECKING:
    from gan_core.models import checkpoint

FORMAT = "gan-workshop-model/1"


class Bundled(BaseModel):
    """What `NAME.json` says of a model."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["gan-workshop-model/1"] = FORMAT
    id: str
    order: int = 0
    """Its place in lists."""
    title: str
    """The variant's, and whether it is told the class where it may be or not."""
    dataset_title: str
    settings: dict[str, Any]
    """The dotted fields, preset and all, that the form needs to train it again."""
    command: str
    """The same for the command line."""
    config: TrainConfig
    step: int = Field(ge=0)
    images: int = Field(ge=0)
    seconds: float = Field(ge=0)
    """Of training."""
    device: str
    """Where it was trained, as `2 CPU cores, bf16`."""
    machine: str
    made: str
    """The date."""
    size: int = Field(ge=1)
    channels: Literal[1, 3]
    classes: tuple[str, ...]
    conditional: bool
    licence: str
    """The data set's."""
    bytes: int = Field(ge=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    precision: Literal["fp32", "fp16"]
    """Of the stored matrices; vectors have 32 bits."""
    discriminator: bool
    """Whether the file holds the discriminator as well."""
    rounding: int = Field(ge=0, le=255)
    """The largest difference of a pixel (0 to 255) between its samples and those of the weights as trained."""
    report: ScoreReport
    """Scores of the stored weights."""
    shares: tuple[ClassShare, ...] = ()
    """Of a model that is told the class: how often it draws it."""

    @property
    def variant(self) -> str:
        return self.config.variant

    @property
    def dataset(self) -> str:
        return self.config.data.dataset

    @property
    def frechet(self) -> Score | None:
        return self.report.scores.get("frechet")

    @property
    def right(self) -> float | None:
        """The mean of the shares of all classes, generated pictures; None for a model that is told no class."""
        return _mean([share.right for share in self.shares])

    @property
    def real_right(self) -> float | None:
        """The same for real pictures."""
        return _mean([share.real_right for share in self.shares])


def folder() -> Path:
    """Where the models are: `GAN_MODELS`, or the checkout's `checkpoints/`."""
    return settings.current().models.resolve()


def names() -> list[str]:
    """What is there, sound or not."""
    return sorted(path.stem for path in folder().glob("*.json"))


def everything() -> tuple[list[Bundled], list[str]]:
    """All models in their order, and a sentence for each that is damaged."""
    found, problems = [], []
    for name in names():
        try:
            found.append(get(name))
        except WorkshopError as error:
            problems.append(str(error))
    return sorted(found, key=lambda model: (model.order, model.id)), problems


def get(name: str) -> Bundled:
    """What is known of model `name`; raises WorkshopError for an unknown one, or one that lacks or mixes up files."""
    if name not in names():
        raise discovery.unknown("bundled model", name, names())
    path = folder() / f"{name}.json"
    try:
        model = Bundled.model_validate_json(path.read_bytes())
    except (ValidationError, ConfigError, UnicodeDecodeError) as error:
        raise WorkshopError(f"{path} is damaged ({_first(error)}): {RESTORE}.") from None
    if model.id != name:
        raise WorkshopError(f"{path} is the record of {model.id!r}: {RESTORE}.")
    for file in (weights_path(name), sheet(name)):
        if not file.is_file():
            raise WorkshopError(f"{file} is missing: {RESTORE}.")
    return model


RESTORE = "restore it from the repository, or run `python -m checkpoints.make`"


def sheet(name: str) -> Path:
    """The picture of its samples, a grid like a run's."""
    return folder() / f"{name}.png"


def weights_path(name: str) -> Path:
    """Where its weights are, checked or not."""
    return folder() / f"{name}.safetensors"


def weights(name: str) -> Path:
    """Its weights, after a look that they are those of its record; raises WorkshopError."""
    model, path = get(name), weights_path(name)
    if hashlib.sha256(path.read_bytes()).hexdigest() != model.sha256:
        raise WorkshopError(f"{path} is not the file that {name}.json describes (its SHA-256 differs): {RESTORE}.")
    return path


def load(name: str) -> "checkpoint.Model":
    """The networks of model `name`; raises WorkshopError."""
    from gan_core.models import checkpoint

    return checkpoint.load(weights(name))


def reached(variant: str, dataset: str, conditional: bool = False) -> Bundled | None:
    """What shows how far `variant` gets on `dataset`: its model there, else one on other pictures of the same classes.

    So the 10,000 clothes of fashion-small have the models of all 60,000. One of its own may know only a part of the
    classes. Of two, that whose `network.conditional` is as asked. None where there is none.
    """
    classes = data.get(dataset).classes
    of_variant = [model for model in everything()[0] if model.variant == variant]
    return min(
        (model for model in of_variant if model.dataset == dataset or model.classes == classes),
        key=lambda model: (model.dataset != dataset, model.config.network.conditional != conditional),
        default=None,
    )


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        problem = error.errors()[0]
        return f"{'.'.join(map(str, problem['loc'])) or 'JSON'}: {problem['msg']}"
    return str(error).splitlines()[0]


def _mean(shares: list[float]) -> float | None:
    return sum(shares) / len(shares) if shares else None
