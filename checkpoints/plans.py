"""What is bundled, and how each model is trained."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gan_core import config
from gan_core.presets import recipe


@dataclass(frozen=True)
class Plan:
    """How one model is trained; `settings` are dotted fields beside the preset's."""

    name: str
    variant: str
    dataset: str = "fashion-mnist"
    preset: str = "quality"
    seconds: float = 480.0
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def given(self) -> dict[str, Any]:
        """The dotted fields that a form needs."""
        named = {"preset": self.preset, "variant": self.variant, "data.dataset": self.dataset}
        return named | {"schedule.seconds": self.seconds, "seed": self.seed, **self.settings}

    @property
    def config(self) -> config.TrainConfig:
        """Of the run; it is not scored on the way, for its last weights are taken."""
        return recipe.build(self.given | {"scoring.score": "off"})

    @property
    def arguments(self) -> list[str]:
        """Of `python -m gan_core`."""
        named = ["--preset", self.preset, "--variant", self.variant, "--dataset", self.dataset]
        named += ["--seconds", f"{self.seconds:g}", "--seed", str(self.seed)]
        settings = {**self.settings, "scoring.score": "off"}
        return ["train", *named, *(part for f, v in settings.items() for part in ("--set", f"{f}={_text(v)}"))]

    @property
    def command(self) -> str:
        return " ".join(["python -m gan_core", *self.arguments])


EMOJI = {
    "data.size": 32,
    # The three groups whose pictures are of a kind: of the others a G of 20 minutes makes spots
    "data.classes": [0, 1, 8],
    # Colour, and few pictures: twice the width, smaller steps, and a D that is held back more
    "network.width": 32,
    "network.stem_width": 128,
    "optimiser.lr_g": 3e-3,
    "optimiser.lr_d": 3e-3,
    "regularization.r1": 0.5,
}

PLANS = (
    Plan("fashion-r3gan", "r3gan"),
    Plan("fashion-acgan", "acgan"),
    Plan("fashion-cgan", "cgan"),
    Plan("fashion-dcgan", "dcgan"),
    Plan("fashion-wgan-gp", "wgan_gp"),
    Plan("fashion-wgan", "wgan"),
    Plan("fashion-vanilla", "vanilla", seconds=240.0),
    Plan("digits-cgan", "cgan", "digits", seconds=150.0),
    Plan("digits-dcgan", "dcgan", "digits", seconds=150.0),
    Plan("emoji-r3gan", "r3gan", "emoji", seconds=1200.0, settings=EMOJI),
)
"""What is bundled, in the order of lists."""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
