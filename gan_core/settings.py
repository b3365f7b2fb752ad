"""The groups of the config: every setting with its range, its title and its sentence in the form."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from gan_core.line import Line


class Group(BaseModel):
    """The base of every group: frozen, no unknown keys, no NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=False)


class DataConfig(Group):
    """Which pictures the run learns from."""

    dataset: Line = Field(
        default="fashion-small", max_length=200, title="Data set", description="The pictures to learn from."
    )
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
    stem_width: int | None = Field(
        default=None,
        ge=4,
        le=2048,
        title="Width of G’s stem",
        description="Channels of G's first, smallest picture. Empty: as the width says, doubled in each stage.",
    )
    patch: Literal[1, 2, 4] = Field(
        default=1,
        title="Patch (pixels)",
        description="G draws and D reads patches of so many pixels across as one position with more channels, "
        "which saves the slow layers at full size. 1: pixel by pixel; try 2 on a processor.",
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
    hidden: int = Field(
        default=0,
        ge=0,
        le=4096,
        title="Dense layer in D",
        description="Units of a dense layer before D's score, which sees the picture as a whole. 0: none; try 128.",
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
    mismatch: float = Field(
        default=0.0,
        ge=0,
        le=10,
        title="Wrong classes as fakes",
        description="Weight of real pictures shown to D with a wrong class, which it shall call fake: then G must draw "
        "the class it is asked for more clearly. 0: off; try 0.5.",
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
        "come to rest. Try 1 to 10, with a norm in D that does not mix pictures: any but batch.",
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

    steps: int | None = Field(
        default=5000,
        ge=1,
        le=100_000_000,
        title="Steps",
        description="Updates of the generator until the run ends. Empty: no limit; without one of time or epochs "
        "either, it trains until you stop it.",
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
    compile: bool = Field(
        default=False,
        title="Compile the networks",
        description="torch.compile translates both networks in the first step, which takes up to a minute: for long "
        "runs on a GPU. Where it fails, the run goes on without it and says so at its end.",
    )

    @field_validator("sample_epochs")
    @classmethod
    def _rising(cls, epochs: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if epochs is not None and (not epochs or list(epochs) != sorted({*epochs}) or epochs[0] < 1):
            raise ValueError("allowed: one or more rising epochs, 1 or above")
        return epochs


class ScoringConfig(Group):
    """How often a run is scored while it trains, and what that may cost."""

    score: Literal["off", "light", "full"] = Field(
        default="light",
        title="Score during training",
        description="light: Fréchet distance and class coverage of 2,000 pictures; full: all scores, on 5,000, which "
        "takes several times as long. The weights with the best score are kept.",
    )
    every: int | None = Field(
        default=None,
        ge=1,
        le=10_000_000,
        title="Score every (steps)",
        description="Empty: as often as the share below allows.",
    )
    share: float = Field(
        default=0.05,
        gt=0,
        le=1,
        title="Time for scoring",
        description="Scores may take this share of the training time at most, so a slow one comes seldom: 0.05 is 5 %.",
    )
