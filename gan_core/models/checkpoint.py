"""One file, one model: weights in safetensors, and in their metadata all that rebuilds the networks."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from gan_core import variants
from gan_core.config import TrainConfig
from gan_core.data import Dataset, sample_grid
from gan_core.models import _format
from gan_core.models._format import FORMAT as FORMAT
from gan_core.models._format import open_weights
from gan_core.models._format import serialize as serialize
from gan_core.models._safetensors import TensorFile, open_tensors
from gan_core.models._strict_loading import build_on_meta, check, load_strict
from gan_core.models.metadata import WeightsMetadata, model_title
from gan_core.nets import latent, sampling
from gan_core.system.errors import WorkshopError, check_range
from gan_core.training.trainer import Trainer


@dataclass(frozen=True)
class Model:
    """A loaded checkpoint. `generator` has the EMA weights unless raw ones were requested.

    `discriminator` is None if the file holds none, as with the largest bundled models.
    """

    config: TrainConfig
    generator: nn.Module
    discriminator: nn.Module | None
    classes: tuple[str, ...]
    conditional: bool
    step: int
    ema: bool
    licence: str = ""
    """Of the training pictures."""
    layout: str = ""
    """The kind of an imported generator."""

    def sample(self, count: int, seed: int, label: str | int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """`count` pictures uint8 (N, H, W, C) and their labels int64 (N,), −1 for an unconditional model.

        A conditional model draws all classes in turn, or only `label`, a number or a class name. Raises
        WorkshopError for an invalid count, seed or label, and for any label if the model is unconditional.
        """
        check_range("count", count, 1, 1_000_000)
        check_range("seed", seed, 0, 2**31 - 1)
        chosen = self.class_index(label)
        labels = np.full(count, -1, dtype=np.int64)
        if self.conditional:
            labels = np.arange(count) % len(self.classes) if chosen is None else np.full(count, chosen)
        z = latent.fixed(count, self.config.network.z_dim, seed, self.config.network.z_distribution)
        y = torch.from_numpy(labels) if self.conditional else None
        return sampling.generate(self.generator, z, y), labels

    @property
    def title(self) -> str:
        """See `model_title`."""
        return model_title(self.config, self.layout)

    def draw_sample_grid(self) -> np.ndarray:
        """Samples from the noise that every run uses, one class per column if there are ten: uint8 (H, W, C)."""
        network = self.config.network
        z = latent.fixed(sample_grid.COUNT, network.z_dim, 0, network.z_distribution)
        labels = torch.from_numpy(sample_grid.labels(len(self.classes)))
        return sample_grid.grid(sampling.generate(self.generator, z, labels))

    def class_index(self, label: str | int | None) -> int | None:
        """The index of class `label`, a number or a name; None for None. Raises WorkshopError."""
        if label is None:
            return None
        if not self.conditional:
            raise WorkshopError(f"label: a {self.config.variant} cannot choose the class; leave the label out.")
        text = str(label)
        if text in self.classes:
            return self.classes.index(text)
        if text.isdecimal() and int(text) < len(self.classes):
            return int(text)
        allowed = ", ".join(f"{i} {name}" for i, name in enumerate(self.classes))
        raise WorkshopError(f"label: {label!r} was given; allowed: {allowed}.")


@dataclass(frozen=True)
class LoadedDiscriminator:
    """The discriminator of a checkpoint, for scoring any pictures of its size."""

    config: TrainConfig
    discriminator: nn.Module
    classes: tuple[str, ...]
    size: int
    channels: int
    step: int

    @property
    def is_critic(self) -> bool:
        """Whether its scores are a critic's, without a zero point, rather than logits."""
        return variants.get(self.config.variant).critic

    @torch.inference_mode()
    def scores(self, images: np.ndarray, labels: np.ndarray, batch: int = 256) -> np.ndarray:
        """Scores float32 (N,) of pictures uint8 (N, H, W, C), in evaluation mode.

        `labels` int64 (N,) index `classes`; −1 means unknown: a conditional discriminator then scores the picture
        for every class, and the best score counts. Raises WorkshopError for pictures of another size.
        """
        if images.shape[1:] != (self.size, self.size, self.channels):
            height, width, channels = images.shape[1:]
            raise WorkshopError(
                f"This discriminator scores pictures of {self.size} × {self.size} pixels with {self.channels} "
                f"channel(s); {height} × {width} with {channels} were given."
            )
        conditional = variants.get(self.config.variant).is_conditional(self.config)
        result = np.empty(len(images), np.float32)
        for start in range(0, len(images), batch):
            x = torch.from_numpy(images[start : start + batch].copy()).permute(0, 3, 1, 2).float().div(127.5).sub(1)
            y = torch.from_numpy(labels[start : start + batch])
            scores = self.discriminator(x, y.clamp(min=0)).score
            unknown = torch.nonzero(y < 0).squeeze(1)
            if conditional and len(unknown):
                every = [torch.full_like(unknown, number) for number in range(len(self.classes))]
                scores[unknown] = torch.stack([self.discriminator(x[unknown], y).score for y in every]).amax(0)
            result[start : start + batch] = scores.float().numpy()
        return result

    def realness(self, scores: np.ndarray) -> np.ndarray:
        """Probabilities of being real, 0 to 1, from logits (N,); a critic's scores come back as they are."""
        return scores if self.is_critic else 1 / (1 + np.exp(-scores.astype(np.float64)))


def save(path: Path, trainer: Trainer, dataset: Dataset) -> None:
    """Write the current weights of `trainer`."""
    networks = {"generator": trainer.G, "discriminator": trainer.D}
    networks |= {"ema": trainer.ema.average} if trainer.ema else {}
    metadata = {
        "size": trainer.spec.size,
        "channels": trainer.spec.channels,
        "classes": tuple(dataset.classes),
        "licence": dataset.licence,
        "step": trainer.step,
    }
    _format.write(path, trainer.config, WeightsMetadata.model_validate(metadata), named_tensors(networks))


def named_tensors(networks: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """The tensors of these networks by their names in a file of ours; contiguous copies on the CPU.

    Copies, because a network's parameters may share one storage, which safetensors refuses.
    """
    return {
        f"{name}.{key}": value.detach().clone(memory_format=torch.contiguous_format).cpu()
        for name, network in networks.items()
        for key, value in network.state_dict().items()
    }


def load(path: Path, *, raw: bool = False) -> Model:
    """Rebuild the networks in one of our files, strictly; raises WorkshopError that says what does not match.

    The whole file is checked against its config before memory is allocated for any of it.
    """
    with open_weights(path) as (config, metadata, file):
        names = _format.networks(file)
        chosen = "ema" if "ema" in names and not raw else "generator"
        if chosen not in names:
            what = "only the averaged weights (EMA), not the last ones" if "ema" in names else "no generator"
            raise WorkshopError(f"{path} holds {what}.")
        generator = build_on_meta(_format.builder(config, metadata, "generator"), file)
        for name in sorted(names - {"discriminator"}):
            check(generator, file, name)
        discriminator = _checked_discriminator(config, metadata, file) if "discriminator" in names else None
        load_strict(generator, file, chosen)
        if discriminator:
            load_strict(discriminator, file, "discriminator")
    return Model(
        config,
        generator,
        discriminator,
        metadata.classes,
        conditional=metadata.layers is None and variants.get(config.variant).is_conditional(config),
        step=metadata.step,
        ema=chosen == "ema",
        licence=metadata.licence,
        layout=metadata.layout,
    )


def load_discriminator(path: Path) -> LoadedDiscriminator:
    """Rebuild only the discriminator in one of our files, strictly; raises WorkshopError, also if there is none."""
    with open_weights(path) as (config, metadata, file):
        if "discriminator" not in _format.networks(file):
            raise WorkshopError(f"{path} holds no discriminator, so it cannot score pictures.")
        network = load_strict(_checked_discriminator(config, metadata, file), file, "discriminator")
    return LoadedDiscriminator(config, network, metadata.classes, metadata.size, metadata.channels, metadata.step)


def _checked_discriminator(config: TrainConfig, metadata: WeightsMetadata, file: TensorFile) -> nn.Module:
    """The discriminator on the meta device, if the file's tensors match it; raises WorkshopError."""
    network = build_on_meta(_format.builder(config, metadata, "discriminator"), file)
    check(network, file, "discriminator")
    return network


def read_metadata(path: Path) -> tuple[TrainConfig, WeightsMetadata]:
    """The config and metadata in one of our files; reads only its header. Raises WorkshopError."""
    with open_weights(path) as (config, metadata, _):
        return config, metadata


def networks_in(path: Path) -> frozenset[str]:
    """Which of `generator`, `ema` and `discriminator` one of our files holds; reads only its header."""
    with open_tensors(path) as file:
        return _format.networks(file)


def count_parameters(path: Path) -> tuple[int, int]:
    """Trainable parameters of G and D, built on the meta device; 0 for D of an imported generator."""
    with open_weights(path) as (config, metadata, file):
        names = ["generator"] if metadata.layers else ["generator", "discriminator"]
        networks = [build_on_meta(_format.builder(config, metadata, name), file) for name in names]
    generator, *others = (sum(p.numel() for p in network.parameters()) for network in networks)
    return generator, sum(others)
