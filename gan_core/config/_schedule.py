"""The group `schedule`: how long, how much at once, where, and what is kept."""

from typing import Literal

from pydantic import Field, field_validator

from gan_core.config._group import Group


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
