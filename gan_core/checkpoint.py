"""One file, one model: weights in safetensors, with all that rebuilds the networks in its metadata."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from gan_core import files, latent, pictures, sampling, variants
from gan_core.config import TrainConfig
from gan_core.data import Dataset
from gan_core.errors import WorkshopError
from gan_core.nets import NetSpec
from gan_core.trainer import Trainer

FORMAT = "gan-workshop/1"


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
        """The variant's, and which of the two where it may be told the class or not."""
        variant = variants.get(self.config.variant)
        return variant.title + (", told the class" if variant.conditional == "optional" and self.conditional else "")

    def sheet(self) -> np.ndarray:
        """The samples that every run keeps, from the same noise, a class a column if there are ten: uint8 (H, W, C)."""
        network = self.config.network
        z = latent.fixed(pictures.COUNT, network.z_dim, 0, network.z_distribution)
        labels = torch.from_numpy(pictures.labels(len(self.classes)))
        return pictures.grid(sampling.generate(self.generator, z, labels))

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
    tensors: dict[str, Tensor] = {
        f"{name}.{key}": value.detach().contiguous().cpu()
        for name, network in networks.items()
        for key, value in network.state_dict().items()
    }
    about = {
        "size": trainer.spec.size,
        "channels": trainer.spec.channels,
        "classes": list(dataset.classes),
        "licence": dataset.licence,
        "step": trainer.step,
    }
    metadata = {"format": FORMAT, "config": trainer.config.model_dump_json(), "about": json.dumps(about)}
    files.write_atomic(path, safetensors.torch.save(tensors, metadata))


def load(path: Path, *, raw: bool = False) -> Model:
    """Rebuild the networks of a file of ours, strictly; raises WorkshopError that says what does not fit."""
    config, told, tensors = _read(path)
    spec = _spec(config, told)
    variant = variants.get(config.variant)
    ema = not raw and any(key.startswith("ema.") for key in tensors)
    held = {key.partition(".")[0] for key in tensors}
    if raw and "generator" not in held:
        raise WorkshopError(f"{path} holds only the averaged weights (EMA), not the last ones.")
    generator = _filled(variant.generator(spec), tensors, "ema" if ema else "generator", path)
    judged = "discriminator" in held
    discriminator = _filled(variant.discriminator(spec), tensors, "discriminator", path) if judged else None
    conditional = variant.is_conditional(config)
    return Model(
        config, generator, discriminator, tuple(told["classes"]), conditional, told["step"], ema, told["licence"]
    )


def load_judge(path: Path) -> Judge:
    """Rebuild only the discriminator of a file of ours, strictly; raises WorkshopError, also when there is none."""
    config, told, tensors = _read(path, only="discriminator.")
    if not tensors:
        raise WorkshopError(f"{path} holds no discriminator, so this one cannot judge pictures.")
    spec = _spec(config, told)
    network = _filled(variants.get(config.variant).discriminator(spec), tensors, "discriminator", path)
    return Judge(config, network, tuple(told["classes"]), spec.size, spec.channels, told["step"])


def about(path: Path) -> tuple[TrainConfig, dict[str, Any]]:
    """The config of a file of ours and what it tells of itself: size, channels, classes, licence, step."""
    config, told, _ = _read(path, only=None)
    return config, told


def held(path: Path) -> frozenset[str]:
    """The networks in a file of ours, of `generator`, `ema` and `discriminator`; reads its head alone."""
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            return frozenset(key.partition(".")[0] for key in file.keys())  # noqa: SIM118
    except (OSError, safetensors.SafetensorError) as error:
        raise WorkshopError(f"{path} cannot be read as safetensors: {error}.") from None


def parameters(path: Path) -> tuple[int, int]:
    """How many numbers G and D of a file of ours learn; reads the file's head alone, builds them without memory."""
    config, told = about(path)
    variant, spec = variants.get(config.variant), _spec(config, told)
    with torch.device("meta"):
        networks = variant.generator(spec), variant.discriminator(spec)
    generator, discriminator = (sum(p.numel() for p in network.parameters()) for network in networks)
    return generator, discriminator


def _read(path: Path, only: str | None = "") -> tuple[TrainConfig, dict[str, Any], dict[str, Tensor]]:
    """The config, what is told about the pictures, and the tensors whose names begin with `only`, none for None."""
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            names = [] if only is None else [key for key in file.keys() if key.startswith(only)]  # noqa: SIM118
            tensors = {key: file.get_tensor(key) for key in names}
    except (OSError, safetensors.SafetensorError) as error:
        raise WorkshopError(f"{path} cannot be read as safetensors: {error}.") from None
    if metadata.get("format") != FORMAT:
        raise WorkshopError(f"{path} is not a GAN Workshop model: its metadata has no format {FORMAT!r}.")
    return TrainConfig.from_json(metadata["config"]), json.loads(metadata["about"]), tensors


def _spec(config: TrainConfig, told: dict[str, Any]) -> NetSpec:
    return NetSpec(told["size"], told["channels"], len(told["classes"]), config.network)


def _filled(network: nn.Module, tensors: dict[str, Tensor], name: str, path: Path) -> nn.Module:
    weights = {k.partition(".")[2]: v for k, v in tensors.items() if k.startswith(f"{name}.")}
    try:
        network.load_state_dict(weights, strict=True)
    except RuntimeError as error:
        raise WorkshopError(f"The {name} in {path} does not fit its config: {error}") from None
    return network.eval().requires_grad_(False)
