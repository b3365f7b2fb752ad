"""The group `optimiser`: how the weights move."""

from typing import Literal

from pydantic import Field

from gan_core.config._group import Group


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
