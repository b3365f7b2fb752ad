"""The contract a GAN variant fills in: two loss functions, a choice of networks, and defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from gan_core import nets
from gan_core.config import NetworkConfig, ObjectiveConfig, RegularizationConfig, TrainConfig
from gan_core.nets import NetSpec
from gan_core.objectives import targets
from gan_core.objectives._terms import FAKE, REAL, Terms
from gan_core.objectives.lazy import sharding

if TYPE_CHECKING:  # whoever only lists and describes variants does without torch
    import torch
    from torch import Tensor, nn

__all__ = ["FAKE", "REAL", "Context", "Loss", "Terms", "Variant"]


@dataclass(frozen=True)
class Context:
    """What a loss may need beside the pictures: the config, the run's noise, the step, and the number of classes."""

    config: TrainConfig
    rng: torch.Generator
    step: int
    classes: int = 1

    def uniform(self, *shape: int) -> Tensor:
        """Numbers from [0, 1), a row for each picture that the loss was given; all its draws belong here.

        They are the same however many processes share the batch, which a draw from `rng` itself would not be.
        """
        return sharding.uniform(*shape, rng=self.rng)

    def normal(self, *shape: int) -> Tensor:
        """Numbers from N(0, 1), a row for each picture."""
        return sharding.normal(*shape, rng=self.rng)

    def other_classes(self, labels: Tensor) -> Tensor:
        """For each label (N,) one of the other classes, all equally likely; there must be two classes or more."""
        steps = 1 + (self.uniform(len(labels)) * (self.classes - 1)).long()
        return (labels + steps) % self.classes

    def real_target(self, count: int) -> float | Tensor:
        """D's target for `count` real pictures, softened, flipped or noisy if set: one number, or (count,)."""
        return targets.real(count, self.config.regularization, self.rng)

    def fake_target(self, count: int) -> float | Tensor:
        """D's target for `count` generated pictures: one number, or one each, (count,)."""
        return targets.fake(count, self.config.regularization, self.rng)

    def magnitude(self, count: int) -> float | Tensor:
        """The weight of each of `count` scores of a critic: one number, or one each, (count,)."""
        return targets.magnitude(count, self.config.regularization, self.rng)


Loss = Callable[["nn.Module", "Tensor", "Tensor", "Tensor", Context], Terms]
"""(D, real (N, C, H, W), fake (N, C, H, W), labels (N,), context) to terms; pictures in [-1, 1].

Beside `total` (and REAL and FAKE in D's loss) a loss may return any scalar to be logged: a term of its own,
as `penalty`, or a series known by name, as `accuracy/class`; the slash makes the difference (see `Terms`).

Real and generated pictures of a batch share their labels. In G's loss only `fake` carries gradients.

Several processes may share a batch: then a loss sees the pictures of one, and the mean over the processes is what
counts. That is the loss of the whole batch as long as it is a mean over pictures or pairs of them.
"""


@dataclass(frozen=True)
class Variant:
    """One kind of GAN.

    `objective_fields` names the fields of `objective` that its losses read beside `d_steps`, `network_fields` those of
    `network` that its networks read, `regularization_fields` those of `regularization` that only a loss can apply:
    `targets.LABELS`, `targets.CRITIC`, or none. Setting another one is refused, since it would do nothing.
    `conditional`: whether the networks are given the class; "optional": where `network.conditional` asks for it.
    `critic`: D gives unbounded scores, not logits. `forbids` maps dotted fields to the values this variant cannot work
    with, each with the reason, half a sentence. `after_d` runs on D after each of its updates. `defaults` are dotted
    config fields, and so are `presets`, by the name of a preset that every variant has in a form of its own
    (`Preset.every_variant`). Raises ValueError for names that are not fields.
    """

    title: str
    summary: str
    paper: str
    generator: Callable[[NetSpec], nn.Module]
    discriminator: Callable[[NetSpec], nn.Module]
    d_loss: Loss
    g_loss: Loss
    conditional: bool | Literal["optional"] = False
    critic: bool = False
    objective_fields: tuple[str, ...] = ()
    network_fields: tuple[str, ...] = nets.CONV
    regularization_fields: tuple[str, ...] = ()
    after_d: Callable[[nn.Module, Context], None] | None = None
    forbids: Mapping[str, Mapping[Any, str]] = field(default_factory=lambda: MappingProxyType({}))
    defaults: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        named = {
            ObjectiveConfig: ("objective", self.objective_fields),
            NetworkConfig: ("network", self.network_fields),
            RegularizationConfig: ("regularization", self.regularization_fields),
        }
        for model, (group, names) in named.items():
            strange = [name for name in names if name not in model.model_fields]
            if strange:
                raise ValueError(f"{self.title}: {strange} are not fields of {group}")

    def is_conditional(self, config: TrainConfig) -> bool:
        """Whether the networks of a run with `config` are given the class."""
        return config.network.conditional if self.conditional == "optional" else self.conditional
