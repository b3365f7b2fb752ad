"""The competitors of `time_to_quality`: the app's presets and two textbook loops. Each keeps its own clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from PIL import Image

from benchmarks import textbook
from gan_core import variants
from gan_core.config import TrainConfig
from gan_core.data import Dataset
from gan_core.evaluation import evaluate
from gan_core.evaluation.evaluate import Draw
from gan_core.evaluation.reference import Reference
from gan_core.models import checkpoint
from gan_core.presets import recipe
from gan_core.training.trainer import Trainer

TEXTBOOKS: dict[str, Callable[[np.ndarray, np.ndarray, int], textbook.Loop]] = {
    "textbook-dcgan": textbook.dcgan,
    "textbook-wgan-gp": textbook.wgan_gp,
}
TITLES = {"textbook-dcgan": "textbook DCGAN", "textbook-wgan-gp": "textbook WGAN-GP"}


class Competitor(Protocol):
    """One training under way. `seconds` are those of training alone; `settings` tell two trainings apart.

    `weights` says what `draw` draws with: an average of G's weights, or G as it is.
    """

    weights: Literal["ema", "raw"]

    @property
    def seconds(self) -> float: ...

    @property
    def steps(self) -> int: ...

    @property
    def images(self) -> int: ...

    def train(self, until: float) -> None:
        """Go on until so many seconds of training are used up."""
        ...

    def draw(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Pictures uint8 (count, C, 28, 28) and the classes asked for (count,), −1 for none."""
        ...


def names(preset: str) -> list[str]:
    """Every competitor: `preset` of each variant as `PRESET:VARIANT`, and the textbooks."""
    return [*(f"{preset}:{variant}" for variant in variants.all_variants()), *TEXTBOOKS]


def title(name: str) -> str:
    """What people call a competitor."""
    return TITLES.get(name) or variants.get(name.partition(":")[2]).title


def settings(name: str, dataset: str, seed: int, seconds: float | None) -> str:
    """All that decides a training, as text: the config of a run; a textbook has only its name and its seed.

    `seconds` are those of the schedule, which the learning rates follow where they decay.
    """
    if name in TEXTBOOKS:
        return f"{name}, {dataset}, seed {seed}"
    preset, _, variant = name.partition(":")
    given = {"variant": variant, "preset": preset, "data.dataset": dataset, "seed": seed}
    return recipe.build({**given, "schedule.seconds": seconds, "schedule.steps": None}).to_json()


def start(name: str, dataset: Dataset, seed: int, seconds: float, against: Reference) -> Competitor:
    """A fresh training of competitor `name` that is to last `seconds`."""
    if name in TEXTBOOKS:
        return Textbook(TEXTBOOKS[name](dataset.images, dataset.labels, seed))
    return Ours(settings(name, dataset.name, seed, seconds), dataset, against)


class Ours:
    """A `Trainer` in this process, without the worker around it: no files are written while it trains."""

    def __init__(self, settings: str, dataset: Dataset, against: Reference) -> None:
        self.config = TrainConfig.from_json(settings)
        self.trainer, self.against, self.classes = Trainer(self.config, dataset), against, dataset.classes
        self.events = self.trainer.events()
        self.weights: Literal["ema", "raw"] = "ema" if self.trainer.ema else "raw"

    @property
    def seconds(self) -> float:
        return self.trainer.seconds

    @property
    def steps(self) -> int:
        return self.trainer.step

    @property
    def images(self) -> int:
        return self.trainer.images

    def train(self, until: float) -> None:
        """Raises Diverged."""
        while self.trainer.seconds < until and next(self.events, None) is not None:
            pass

    def draw(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        trainer = self.trainer
        network = trainer.ema.average if trainer.ema else trainer.G
        conditional = trainer.variant.is_conditional(self.config)
        ema = trainer.ema is not None
        model = checkpoint.Model(self.config, network, trainer.D, self.classes, conditional, trainer.step, ema)
        return evaluate.draw_from_model(model, 0, self.against)(count)


@dataclass
class Textbook:
    """A textbook's loop; pictures of another size than 28 are resized (Lanczos, which costs the least)."""

    loop: textbook.Loop
    seconds: float = 0.0
    steps: int = 0
    images: int = 0
    weights: Literal["ema", "raw"] = "raw"

    def train(self, until: float) -> None:
        while self.seconds < until:
            start = time.perf_counter()
            self.loop.step()
            self.seconds += time.perf_counter() - start
            self.steps += 1
            self.images += textbook.BATCH * self.loop.d_steps

    def draw(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        return resized(self.loop.draw(count, seed=0), 28), np.full(count, -1)


def resized(images: np.ndarray, size: int, how: Image.Resampling = Image.Resampling.LANCZOS) -> np.ndarray:
    """uint8 (N, C, H, H) to (N, C, size, size)."""
    if images.shape[-1] == size:
        return images
    planes = images.reshape(-1, *images.shape[2:])
    small = [np.asarray(Image.fromarray(plane).resize((size, size), how)) for plane in planes]
    return np.stack(small).reshape(*images.shape[:2], size, size)


def detour(images: np.ndarray) -> Draw:
    """Real pictures uint8 (N, C, 28, 28) on the way of the textbook DCGAN's: enlarged to 32 pixels and back."""
    there = resized(images, 32, Image.Resampling.BILINEAR)
    return lambda count: (resized(there[:count], 28), np.full(count, -1))
