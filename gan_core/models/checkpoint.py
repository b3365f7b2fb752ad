"""One file, one model: weights in safetensors, with all that rebuilds the networks in its metadata."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from gan_core import variants
from gan_core.config import TrainConfig
from gan_core.data import Dataset, sample_grid
from gan_core.models import _format as format
from gan_core.models import _strict_loading as strict_loading
from gan_core.models import _tensors as tensors
from gan_core.models._format import FORMAT
from gan_core.models._tensors import TensorFile
from gan_core.models.metadata import About
from gan_core.nets import latent, sampling
from gan_core.system.errors import WorkshopError
from gan_core.training.trainer import Trainer

__all__ = ["FORMAT", "Judge", "Model", "about", "held", "load", "load_judge", "parameters", "save"]


@dataclass(frozen=True)
class Model:
    """A loaded checkpoint. `generator` holds the EMA weights unless raw ones were asked for.

    `discriminator` is None where the file holds none: the largest bundled models come without.
    """

    config: TrainConfig
    generator: nn.Module
    discriminator: nn.Module | None
    classes: tuple[str, ...]
    conditional: bool
    step: int
    ema: bool
    licence: str = ""
    """Of the pictures it has learned from."""
    layout: str = ""
    """What a generator that came from elsewhere was known as."""

    def sample(self, count: int, seed: int, label: str | int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """`count` pictures uint8 (N, H, W, C) and their labels int64 (N,), −1 where there are none.

        A conditional model draws all classes in turn, or only `label`, a number or a class name. Raises
        WorkshopError for a count, seed or label that is not allowed, or for any label when the model knows none.
        """
        if not 1 <= count <= 1_000_000:
            raise WorkshopError(f"count: {count} was given; allowed: 1 to 1,000,000.")
        if not 0 <= seed < 2**31:
            raise WorkshopError(f"seed: {seed} was given; allowed: 0 to {2**31 - 1:,}.")
        chosen = self.label_of(label)
        labels = np.full(count, -1, dtype=np.int64)
        if self.conditional:
            labels = np.arange(count) % len(self.classes) if chosen is None else np.full(count, chosen)
        z = latent.fixed(count, self.config.network.z_dim, seed, self.config.network.z_distribution)
        y = torch.from_numpy(labels) if self.conditional else None
        return sampling.generate(self.generator, z, y), labels

    @property
    def title(self) -> str:
        """The variant's, and whether it is told the class where that is a choice; of one from elsewhere its layout."""
        if self.layout:
            return self.layout
        variant = variants.get(self.config.variant)
        return variant.title + (", told the class" if variant.conditional == "optional" and self.conditional else "")

    def sheet(self) -> np.ndarray:
        """The samples that every run keeps, from the same noise, a class a column if there are ten: uint8 (H, W, C)."""
        network = self.config.network
        z = latent.fixed(sample_grid.COUNT, network.z_dim, 0, network.z_distribution)
        labels = torch.from_numpy(sample_grid.labels(len(self.classes)))
        return sample_grid.grid(sampling.generate(self.generator, z, labels))

    def label_of(self, label: str | int | None) -> int | None:
        """The number of the class `label`, a number or a class name; None for None. Raises WorkshopError."""
        if label is None:
            return None
        if not self.conditional:
            raise WorkshopError(f"label: a {self.config.variant} cannot choose the class; leave the label out.")
        text = str(label)
        if text in self.classes:
            return self.classes.index(text)
        if text.isdecimal() and int(text) < len(self.classes):
            return int(text)
        named = ", ".join(f"{i} {name}" for i, name in enumerate(self.classes))
        raise WorkshopError(f"label: {label!r} was given; allowed: {named}.")


@dataclass(frozen=True)
class Judge:
    """The discriminator of a checkpoint, to be asked about any pictures of its size."""

    config: TrainConfig
    discriminator: nn.Module
    classes: tuple[str, ...]
    size: int
    channels: int
    step: int

    @property
    def critic(self) -> bool:
        """Whether its scores are those of a critic, which have no zero point, instead of logits."""
        return variants.get(self.config.variant).critic

    @torch.inference_mode()
    def scores(self, images: np.ndarray, labels: np.ndarray, batch: int = 256) -> np.ndarray:
        """Scores float32 (N,) of pictures uint8 (N, H, W, C), as it gives them in evaluation mode.

        `labels` int64 (N,) index `classes`; −1 says that a picture has none: then a discriminator that is told
        the class is asked for every class, and its best score counts. Raises WorkshopError for pictures of
        another size.
        """
        if images.shape[1:] != (self.size, self.size, self.channels):
            height, width, channels = images.shape[1:]
            raise WorkshopError(
                f"This discriminator judges pictures of {self.size} × {self.size} pixels with {self.channels} "
                f"channel(s); {height} × {width} with {channels} were given."
            )
        conditional = variants.get(self.config.variant).is_conditional(self.config)
        found = np.empty(len(images), np.float32)
        for start in range(0, len(images), batch):
            x = torch.from_numpy(images[start : start + batch].copy()).permute(0, 3, 1, 2).float().div(127.5).sub(1)
            y = torch.from_numpy(labels[start : start + batch])
            scores = self.discriminator(x, y.clamp(min=0)).score
            unknown = torch.nonzero(y < 0).squeeze(1)
            if conditional and len(unknown):
                every = [torch.full_like(unknown, number) for number in range(len(self.classes))]
                scores[unknown] = torch.stack([self.discriminator(x[unknown], y).score for y in every]).amax(0)
            found[start : start + batch] = scores.float().numpy()
        return found

    def opinion(self, scores: np.ndarray) -> np.ndarray:
        """What scores (N,) mean: the probability of being real, 0 to 1; of a critic the scores themselves."""
        return scores if self.critic else 1 / (1 + np.exp(-scores.astype(np.float64)))


def save(path: Path, trainer: Trainer, dataset: Dataset) -> None:
    """Write what `trainer` has learned so far."""
    networks = {"generator": trainer.G, "discriminator": trainer.D}
    networks |= {"ema": trainer.ema.average} if trainer.ema else {}
    # copies: the weights of a network share one tensor, and safetensors takes none that share
    weights: dict[str, Tensor] = {
        f"{name}.{key}": value.detach().clone(memory_format=torch.contiguous_format).cpu()
        for name, network in networks.items()
        for key, value in network.state_dict().items()
    }
    told = {
        "size": trainer.spec.size,
        "channels": trainer.spec.channels,
        "classes": tuple(dataset.classes),
        "licence": dataset.licence,
        "step": trainer.step,
    }
    format.write(path, trainer.config, About.model_validate(told), weights)


def load(path: Path, *, raw: bool = False) -> Model:
    """Rebuild the networks of a file of ours, strictly; raises WorkshopError that says what does not fit.

    All that the file holds is held against its config before memory is taken for any of it.
    """
    with format.opened(path) as (config, told, file):
        names = format.networks(file)
        chosen = "ema" if "ema" in names and not raw else "generator"
        if chosen not in names:
            what = "only the averaged weights (EMA), not the last ones" if "ema" in names else "no generator"
            raise WorkshopError(f"{path} holds {what}.")
        made = strict_loading.on_meta(format.build(config, told, "generator"), file)
        for name in sorted(names - {"discriminator"}):
            strict_loading.check(made, file, name)
        judge = _judge(config, told, file) if "discriminator" in names else None
        generator = strict_loading.filled(made, file, chosen)
        discriminator = strict_loading.filled(judge, file, "discriminator") if judge else None
    conditional = told.layers is None and variants.get(config.variant).is_conditional(config)
    ema = chosen == "ema"
    return Model(config, generator, discriminator, told.classes, conditional, told.step, ema, told.licence, told.layout)


def load_judge(path: Path) -> Judge:
    """Rebuild only the discriminator of a file of ours, strictly; raises WorkshopError, also when there is none."""
    with format.opened(path) as (config, told, file):
        if "discriminator" not in format.networks(file):
            raise WorkshopError(f"{path} holds no discriminator, so this one cannot judge pictures.")
        network = strict_loading.filled(_judge(config, told, file), file, "discriminator")
    return Judge(config, network, told.classes, told.size, told.channels, told.step)


def about(path: Path) -> tuple[TrainConfig, About]:
    """The config of a file of ours and what it tells of itself; reads its head alone. Raises WorkshopError."""
    with format.opened(path) as (config, told, _):
        return config, told


def held(path: Path) -> frozenset[str]:
    """The networks in a file of ours, of `generator`, `ema` and `discriminator`; reads its head alone."""
    with tensors.opened(path) as file:
        return format.networks(file)


def parameters(path: Path) -> tuple[int, int]:
    """How many numbers G and D of a file of ours learn, 0 for a D that is not known; builds them without memory."""
    with format.opened(path) as (config, told, file):
        names = ["generator"] if told.layers else ["generator", "discriminator"]
        made = [strict_loading.on_meta(format.build(config, told, name), file) for name in names]
    generator, *others = (sum(p.numel() for p in network.parameters()) for network in made)
    return generator, sum(others)


def _judge(config: TrainConfig, told: About, file: TensorFile) -> nn.Module:
    """The discriminator without memory, after a look that the file's tensors are its own; raises WorkshopError."""
    network = strict_loading.on_meta(format.build(config, told, "discriminator"), file)
    strict_loading.check(network, file, "discriminator")
    return network
