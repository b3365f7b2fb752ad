"""The group `objective`: what the two networks minimise."""

from pydantic import Field

from gan_core.config._group import Group


class ObjectiveConfig(Group):
    """What the two networks minimise. A variant names the fields it reads (`Variant.objective_fields`)."""

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
