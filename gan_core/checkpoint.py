"""One file, one model: weights in safetensors, with all that rebuilds the networks in its metadata."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from gan_core import files, latent, sampling, variants
from gan_core.config import TrainConfig
from gan_core.data import Dataset
from gan_core.errors import WorkshopError
from gan_core.nets import NetSpec
from gan_core.trainer import Trainer

FORMAT = "gan-workshop/1"


@dataclass(frozen=True)
class Model:
    """A loaded checkpoint. `generator` holds the EMA weights unless raw ones were asked for."""

    config: TrainConfig
    generator: nn.Module
    discriminator: nn.Module
    classes: tuple[str, ...]
    conditional: bool
    step: int
    ema: bool

    def sample(self, count: int, seed: int, label: str | int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """`count` pictures uint8 (N, H, W, C) and their labels int64 (N,), −1 where there are none.

        A conditional model draws all classes in turn, or only `label`, a number or a class name. Raises
        WorkshopError for a count, seed or label that is not allowed, or for any label when the model knows none.
        """
        if not 1 <= count <= 1_000_000:
            raise WorkshopError(f"count: {count} was given; allowed: 1 to 1,000,000.")
        if not 0 <= seed < 2**31:
            raise WorkshopError(f"seed: {seed} was given; allowed: 0 to {2**31 - 1:,}.")
        chosen = self._label(label)
        labels = np.full(count, -1, dtype=np.int64)
        if self.conditional:
            labels = np.arange(count) % len(self.classes) if chosen is None else np.full(count, chosen)
        z = latent.fixed(count, self.config.network.z_dim, seed, self.config.network.z_distribution)
        y = torch.from_numpy(labels) if self.conditional else None
        return sampling.generate(self.generator, z, y), labels

    def _label(self, label: str | int | None) -> int | None:
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
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
    except (OSError, safetensors.SafetensorError) as error:
        raise WorkshopError(f"{path} cannot be read as safetensors: {error}.") from None
    if metadata.get("format") != FORMAT:
        raise WorkshopError(f"{path} is not a GAN Workshop model: its metadata has no format {FORMAT!r}.")
    config, about = TrainConfig.from_json(metadata["config"]), json.loads(metadata["about"])
    spec = NetSpec(about["size"], about["channels"], len(about["classes"]), config.network)
    variant = variants.get(config.variant)
    ema = not raw and any(key.startswith("ema.") for key in tensors)
    generator = _filled(variant.generator(spec), tensors, "ema" if ema else "generator", path)
    discriminator = _filled(variant.discriminator(spec), tensors, "discriminator", path)
    classes = tuple(about["classes"])
    return Model(config, generator, discriminator, classes, variant.is_conditional(config), about["step"], ema)


def _filled(network: nn.Module, tensors: dict[str, Tensor], name: str, path: Path) -> nn.Module:
    weights = {k.partition(".")[2]: v for k, v in tensors.items() if k.startswith(f"{name}.")}
    try:
        network.load_state_dict(weights, strict=True)
    except RuntimeError as error:
        raise WorkshopError(f"The {name} in {path} does not fit its config: {error}") from None
    return network.eval().requires_grad_(False)
