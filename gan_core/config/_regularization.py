"""The group `regularization`: the classic remedies, from label smoothing to penalties, EMA and augmentation."""

from typing import Literal

from pydantic import Field

from gan_core.config._group import Group


class RegularizationConfig(Group):
    """Each remedy is off at 0 or none. A variant names those that its loss applies, see `objectives.targets`."""

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
