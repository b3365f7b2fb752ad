"""What a run is: one frozen, validated schema.

It draws the form on the Train page, parses the command line and is saved with the run and inside
every checkpoint. Values are checked here and nowhere else; names of variants, data sets and presets
are resolved one floor up, in `recipe.py`, where their tables live.
"""

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from gan_core.errors import WorkshopError


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a config: dotted field, what was given, what is allowed."""

    field: str
    given: Any
    allowed: str

    def __str__(self) -> str:
        given = repr(self.given)
        return f"{self.field}: {given if len(given) <= 60 else given[:57] + '...'} was given; {self.allowed}."


class ConfigError(WorkshopError):
    """All that is wrong with a config, at once; `problems` lists it field by field."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Group(BaseModel):
    """The base of every group: frozen, no unknown keys, no NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=False)


class DataConfig(Group):
    """Which pictures the run learns from."""

    dataset: str = Field(default="fashion-small", title="Data set", description="The pictures to learn from.")
    classes: tuple[int, ...] | None = Field(
        default=None, title="Classes", description="Only these classes (by number). Empty: all of them."
    )
    limit: int | None = Field(
        default=None,
        ge=1,
        le=10_000_000,
        title="Number of pictures",
        description="Only this many pictures, spread over the classes. Empty: all of them.",
    )
    size: int | None = Field(
        default=None,
        ge=16,
        le=128,
        title="Image size (pixels)",
        description="Resize the pictures to this width and height. Empty: as they are.",
    )

    @field_validator("classes")
    @classmethod
    def _distinct(cls, classes: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if classes is not None and (not classes or len(set(classes)) < len(classes) or min(classes) < 0):
            raise ValueError("allowed: one or more different class numbers, 0 or above")
        return classes


class NetworkConfig(Group):
    """The shapes of generator and discriminator. A variant names the fields it reads (`Variant.network_knobs`)."""

    z_dim: int = Field(
        default=100, ge=1, le=1024, title="z_dim", description="Numbers in a latent vector, the input of the generator."
    )
    z_distribution: Literal["normal", "uniform"] = Field(
        default="normal",
        title="Distribution of z",
        description="Where latent vectors come from: the normal distribution N(0, 1), or evenly from −1 to 1.",
    )
    width: int = Field(
        default=64,
        ge=4,
        le=256,
        title="Width",
        description="Channels of the layer next to the picture; deeper layers double it. Wider is slower.",
    )
    upsample: Literal["transposed", "nearest", "bilinear", "subpixel"] = Field(
        default="transposed",
        title="Up-sampling in G",
        description="How a picture doubles: a transposed convolution, nearest or bilinear enlargement before a "
        "convolution, or a convolution whose channels become pixels (sub-pixel).",
    )
    norm_g: Literal["batch", "instance", "none"] = Field(
        default="batch",
        title="Norm in G",
        description="What keeps G’s features in range: norm over the batch, within each picture, or nothing.",
    )
    norm_d: Literal["batch", "instance", "none", "spectral"] = Field(
        default="batch",
        title="Norm in D",
        description="The same for the discriminator; spectral divides each layer's weights by their largest stretch.",
    )
    residual: Literal["none", "generator", "both"] = Field(
        default="none",
        title="Residual blocks",
        description="Blocks with a shortcut around two convolutions, in place of single convolutions.",
    )
    stem: Literal["conv", "dense"] = Field(
        default="conv",
        title="Stem",
        description="How G begins and D ends: conv makes both fully convolutional, dense uses a dense layer.",
    )
    slope_g: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        title="LeakyReLU slope in G (0: ReLU)",
        description="What is left of negative features in the generator; at 0 the activation is ReLU.",
    )
    slope_d: float = Field(
        default=0.2,
        ge=0,
        lt=1,
        title="LeakyReLU slope in D (0: ReLU)",
        description="What is left of negative features in the discriminator; at 0 the activation is ReLU.",
    )
    dropout: float = Field(
        default=0.0,
        ge=0,
        le=0.9,
        title="Dropout in D",
        description="Share of the discriminator's features silenced at random, which slows it down.",
    )
    init: Literal["normal", "he"] = Field(
        default="normal",
        title="Initial weights",
        description="How convolutions start: normal is N(0, 0.02) as in DCGAN; he goes by how many inputs a layer has.",
    )
    conditional: bool = Field(
        default=False,
        title="Conditional",
        description="Both networks are told the class, so that you choose what is drawn.",
    )


class ObjectiveConfig(Group):
    """What the two networks minimise. A variant names the fields it reads (`Variant.knobs`)."""

    d_steps: int = Field(
        default=1,
        ge=1,
        le=20,
        title="D steps per G step (n_critic)",
        description="Updates of the discriminator or critic before each update of the generator.",
    )
    gp_weight: float = Field(
        default=10.0,
        ge=0,
        le=1000,
        title="Gradient penalty λ",
        description="Weight of (‖∇D‖ − 1)², which keeps the critic 1-Lipschitz.",
    )
    clip: float = Field(
        default=0.01,
        gt=0,
        le=1,
        title="Weight clipping bound",
        description="After each critic step every weight is cut to ±this value.",
    )
    class_weight: float = Field(
        default=1.0,
        ge=0,
        le=100,
        title="Class loss weight",
        description="How much the classification loss counts beside real-or-fake.",
    )
    class_on_fakes: bool = Field(
        default=True,
        title="Class loss on fakes in D",
        description="D learns the classes from generated pictures too, as in the paper; off: from real ones alone.",
    )


class OptimiserConfig(Group):
    """How the weights move."""

    kind: Literal["adam", "rmsprop"] = Field(
        default="adam", title="Optimiser", description="Adam for most GANs; the WGAN paper asks for RMSprop."
    )
    lr_g: float = Field(
        default=2e-4,
        gt=0,
        le=1,
        title="Learning rate of G",
        description="Step size of the generator; 0.0002 is DCGAN's.",
    )
    lr_d: float = Field(
        default=2e-4, gt=0, le=1, title="Learning rate of D", description="Step size of the discriminator or critic."
    )
    beta1: float = Field(
        default=0.5, ge=0, lt=1, title="β₁ (Adam)", description="Memory of the mean gradient; GANs use 0.5 or 0."
    )
    beta2: float = Field(
        default=0.999, ge=0, lt=1, title="β₂ (Adam)", description="Memory of the squared gradient; WGAN-GP uses 0.9."
    )
    lr_decay: Literal["none", "linear", "cosine"] = Field(
        default="none",
        title="Learning-rate decay",
        description="Both learning rates fall to zero until the run ends, along a line or half a cosine wave, "
        "so that the last steps only polish. Try linear.",
    )


class StabiliserConfig(Group):
    """The remedies. Each is off at 0 or none. A variant names those of `targets.py` that its loss applies."""

    label_smoothing: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        title="One-sided label smoothing",
        description="Real pictures get the target 1 − this instead of 1, so D never becomes too sure. Try 0.1.",
    )
    fake_smoothing: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        title="Label smoothing of fakes",
        description="Generated pictures get this target instead of 0; with the real side at 0.1 as well the "
        "smoothing is two-sided. Try 0.1.",
    )
    label_flips: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        title="Label flips",
        description="With this probability D is told that a picture is of the other kind, which keeps it "
        "from winning too early. Try 0.05.",
    )
    label_noise: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        title="Label noise",
        description="Each of D's targets is moved at random by up to this much, but stays between 0 and 1. Try 0.1.",
    )
    critic_magnitude: float = Field(
        default=0.0,
        ge=0,
        le=0.9,
        title="Random magnitude of critic targets",
        description="Each score counts for the critic with a random factor between 1 − this and 1 + this, the "
        "counterpart of soft labels. Try 0.1.",
    )
    input_noise: float = Field(
        default=0.0,
        ge=0,
        le=2,
        title="Noise on D's input",
        description="Gaussian noise of this standard deviation on all that D sees makes real and generated "
        "pictures overlap. Pixels go from −1 to 1; try 0.1.",
    )
    input_noise_decay: float = Field(
        default=1.0,
        ge=0,
        le=1,
        title="Noise fades over",
        description="The noise on D's input falls along a line to zero over this share of the run. 0: it stays.",
    )
    r1: float = Field(
        default=0.0,
        ge=0,
        le=1000,
        title="R1 penalty γ",
        description="Weight of D's squared gradient at real pictures, which keeps D flat where G should "
        "come to rest. Try 1 to 10.",
    )
    r2: float = Field(
        default=0.0,
        ge=0,
        le=1000,
        title="R2 penalty γ",
        description="The same as R1, at generated pictures. Try the value of R1.",
    )
    reg_every: int = Field(
        default=1,
        ge=1,
        le=64,
        title="R1 and R2 every (D steps)",
        description="Computes the two penalties only in every k-th D step, with k times the weight, which "
        "saves time. 1: in each; try 16.",
    )
    grad_clip: float = Field(
        default=0.0,
        ge=0,
        le=10_000,
        title="Gradient clipping",
        description="A gradient longer than this is shortened to it before each update, for G and for D, so "
        "that no single batch throws a network off. 0: off; try 1.",
    )
    ema: float = Field(
        default=0.999,
        ge=0,
        lt=1,
        title="EMA of G",
        description="Samples come from a running average of the generator's weights with this decay. 0: off.",
    )
    ema_warmup: bool = Field(
        default=True,
        title="EMA with warm-up",
        description="The average follows faster in the beginning, so that it forgets the random start. Leave it on.",
    )
    augment: Literal["none", "basic", "advanced"] = Field(
        default="none",
        title="Augmentation",
        description="Changes pictures at random before D sees them: basic mirrors them, advanced also crops, "
        "turns and recolours them. Try basic where a mirrored picture is as good as the original.",
    )
    augment_where: Literal["data", "both"] = Field(
        default="data",
        title="Augmentation of",
        description="data changes the real pictures only, and G learns to draw the changes too; both changes "
        "real and generated ones alike for D and G (DiffAugment), so G need not. Try both with little data.",
    )


class ScheduleConfig(Group):
    """How long, how much at once, and what is kept."""

    steps: int = Field(
        default=5000, ge=1, le=100_000_000, title="Steps", description="Updates of the generator until the run ends."
    )
    seconds: float | None = Field(
        default=None,
        gt=0,
        le=10_000_000,
        title="Time limit (s)",
        description="The run ends after this much training time, if the steps do not end it first. Empty: no limit.",
    )
    epochs: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        title="Epochs",
        description="The run ends after so many passes of D over the pictures, if nothing ends it first. Empty: "
        "no limit.",
    )
    batch: int = Field(default=64, ge=2, le=4096, title="Batch size", description="Pictures in each update.")
    sample_every: int = Field(
        default=50, ge=1, le=1_000_000, title="Picture every (steps)", description="How often the sample grid is kept."
    )
    sample_epochs: tuple[int, ...] | None = Field(
        default=None,
        title="Pictures at epochs",
        description="The sample grid is kept as well when these epochs are completed, e.g. 1, 6, 16, 46.",
    )
    keep_every: int = Field(
        default=1000, ge=1, le=10_000_000, title="Weights every (steps)", description="How often the weights are kept."
    )
    snapshot_seconds: float = Field(
        default=60.0,
        ge=1,
        le=3600,
        title="Snapshot every (s)",
        description="How often all that a resume needs is saved; a crash loses at most this much.",
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        default="auto", title="Device", description="auto takes a GPU when there is one."
    )
    precision: Literal["auto", "fp32", "bf16"] = Field(
        default="auto",
        title="Precision",
        description="auto takes bf16 where the hardware has it; fp32 is exact and slower.",
    )

    @field_validator("sample_epochs")
    @classmethod
    def _rising(cls, epochs: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if epochs is not None and (not epochs or list(epochs) != sorted({*epochs}) or epochs[0] < 1):
            raise ValueError("allowed: one or more rising epochs, 1 or above")
        return epochs


class TrainConfig(Group):
    """Everything that decides a run. Two runs with equal configs on one machine draw equal curves."""

    variant: str = Field(default="dcgan", title="Variant", description="The kind of GAN.")
    preset: str | None = Field(default=None, title="Preset", description="The named settings this run started from.")
    seed: int = Field(default=0, ge=0, le=2**31 - 1, title="Seed", description="Same seed, same curve.")
    data: DataConfig = DataConfig()
    network: NetworkConfig = NetworkConfig()
    objective: ObjectiveConfig = ObjectiveConfig()
    optimiser: OptimiserConfig = OptimiserConfig()
    stabilisers: StabiliserConfig = StabiliserConfig()
    schedule: ScheduleConfig = ScheduleConfig()

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
        except ValueError as error:
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
        return path.strip(), json.loads(raw)
    except ValueError:
        return path.strip(), raw


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
