"""The bundled models: trained by a preset, scored, and kept with the program. Torch-free, but for `load`.

A model is three files made by `checkpoints/make.py`: `NAME.safetensors`, `NAME.json` (a BundledModel) and `NAME.png`
(its sample grid, from the noise that every run uses).
"""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from gan_core import data
from gan_core.config import TrainConfig
from gan_core.models import _records
from gan_core.runs.scores import ClassShare, Score, ScoreReport
from gan_core.system import discovery, settings
from gan_core.system.errors import WorkshopError

if TYPE_CHECKING:
    from gan_core.models import checkpoint

FORMAT = "gan-workshop-model/1"
ADVICE = "restore it from the repository, or run `python -m checkpoints.make`"


class BundledModel(_records.ModelRecord):
    """The record `NAME.json`. Its title also says if the class was an option and is used."""

    format: Literal["gan-workshop-model/1"] = FORMAT
    order: int = 0
    """Position in lists."""
    dataset_title: str
    settings: dict[str, Any]
    """The dotted config fields, with the preset, that the form needs to train it again."""
    command: str
    """The same for the command line."""
    config: TrainConfig
    step: int = Field(ge=0)
    images: int = Field(ge=0)
    seconds: float = Field(ge=0)
    """Of training."""
    device: str
    """Where it was trained, such as `2 CPU cores, bf16`."""
    machine: str
    made: str
    """The date."""
    precision: Literal["fp32", "fp16"]
    """Of the stored matrices; vectors have 32 bits."""
    discriminator: bool
    """Whether the file holds the discriminator as well."""
    rounding: int = Field(ge=0, le=255)
    """The largest difference of a pixel (0 to 255) between its samples and those of the weights as trained."""
    report: ScoreReport
    """Scores of the stored weights."""
    shares: tuple[ClassShare, ...] = ()
    """Of a conditional model: how often it draws the requested class."""

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
    def class_accuracy(self) -> float | None:
        """The mean over classes of the share recognised in generated pictures; None for an unconditional model."""
        return _mean([share.right for share in self.shares])

    @property
    def real_class_accuracy(self) -> float | None:
        """The same in real pictures."""
        return _mean([share.real_right for share in self.shares])


def folder() -> Path:
    """Where the models are: `GAN_MODELS`, or the checkout's `checkpoints/`."""
    return settings.current().models.resolve()


def names() -> list[str]:
    """All models, sound or damaged."""
    return sorted(path.stem for path in folder().glob("*.json"))


def list_all() -> tuple[list[BundledModel], list[str]]:
    """All models in their order, and a sentence for each damaged one."""
    models, problems = _records.read_all(names(), get)
    return sorted(models, key=lambda model: (model.order, model.id)), problems


def get(name: str) -> BundledModel:
    """The record of model `name`; raises WorkshopError if it is unknown, damaged or lacks a file."""
    if name not in names():
        raise discovery.unknown("bundled model", name, names())
    files = weights_path(name), samples_path(name)
    return _records.read(BundledModel, folder() / f"{name}.json", name, files, ADVICE)


def samples_path(name: str) -> Path:
    """The picture of its samples, a grid like a run's."""
    return folder() / f"{name}.png"


def weights_path(name: str) -> Path:
    """Its weights file, unchecked."""
    return folder() / f"{name}.safetensors"


def weights(name: str) -> Path:
    """Its weights file; raises WorkshopError unless it is the one that the record describes."""
    model, path = get(name), weights_path(name)
    if hashlib.sha256(path.read_bytes()).hexdigest() != model.sha256:
        raise WorkshopError(f"{path} is not the file that {name}.json describes (its SHA-256 differs): {ADVICE}.")
    return path


def load(name: str) -> "checkpoint.Model":
    """The networks of model `name`; raises WorkshopError."""
    from gan_core.models import checkpoint

    return checkpoint.load(weights(name))


def reference_for(variant: str, dataset: str, conditional: bool = False) -> BundledModel | None:
    """The model that shows what `variant` can reach on `dataset`, or on other pictures of the same classes.

    So the 10,000 pictures of fashion-small have the models of all 60,000. A model of the data set itself may know
    only some classes. Of several the one whose `network.conditional` matches is preferred. None if there is none.
    """
    classes = data.get(dataset).classes
    candidates = [model for model in list_all()[0] if model.variant == variant]
    return min(
        (model for model in candidates if model.dataset == dataset or model.classes == classes),
        key=lambda model: (model.dataset != dataset, model.config.network.conditional != conditional),
        default=None,
    )


def _mean(shares: list[float]) -> float | None:
    return sum(shares) / len(shares) if shares else None
