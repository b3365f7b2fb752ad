"""A file of ours: safetensors with a config and an About in its metadata, opened with all of that checked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import safetensors.torch
from torch import Tensor, nn

from gan_core import variants
from gan_core.config import ConfigError, TrainConfig
from gan_core.models import _strict_loading as strict_loading
from gan_core.models import _tensors as tensors
from gan_core.models._tensors import TensorFile
from gan_core.models.metadata import About
from gan_core.nets import NetSpec, chain
from gan_core.system import files
from gan_core.system.errors import WorkshopError

FORMAT = "gan-workshop/1"
NETWORKS = frozenset({"generator", "ema", "discriminator"})
"""What a file of ours may hold; `ema` is the average of `generator`."""


def write(path: Path, config: TrainConfig, told: About, weights: dict[str, Tensor]) -> None:
    """Write a file of ours: `weights` are contiguous, on the CPU, and called by network and tensor, `generator.…`."""
    metadata = {"format": FORMAT, "config": config.model_dump_json(), "about": told.model_dump_json(exclude_none=True)}
    files.write_atomic(path, safetensors.torch.save(weights, metadata))


@contextmanager
def opened(path: Path) -> Iterator[tuple[TrainConfig, About, TensorFile]]:
    """The file `path` with its config and what it tells of itself, both valid; raises WorkshopError."""
    with tensors.opened(path) as file:
        if file.metadata.get("format") != FORMAT:
            raise WorkshopError(f"{path} is not a GAN Workshop model: its metadata has no format {FORMAT!r}.")
        missing = [name for name in ("config", "about") if name not in file.metadata]
        if missing:
            raise WorkshopError(f"{path} is damaged: its metadata has no {' and no '.join(missing)}.")
        config = _config(path, file.metadata["config"])
        try:
            told = About.from_json(file.metadata["about"])
        except WorkshopError as error:
            raise WorkshopError(f"What {path} tells of itself is not valid: {error}") from None
        if told.layers is not None and told.layers.z_dim != config.network.z_dim:
            raise WorkshopError(
                f"The config in {path} is not valid: network.z_dim: {config.network.z_dim} was given, but the layers "
                f"in the file take {told.layers.z_dim}."
            )
        yield config, told, file


def networks(file: TensorFile) -> frozenset[str]:
    """Which of NETWORKS the file holds; raises WorkshopError for tensors of no network of ours."""
    strange = [key for key in file.entries if key.partition(".")[0] not in NETWORKS]
    if strange:
        raise WorkshopError(f"{file.path} holds tensors of no network of ours: {strict_loading.listed(strange)}.")
    return frozenset(key.partition(".")[0] for key in file.entries)


def build(config: TrainConfig, told: About, name: str) -> Callable[[], nn.Module]:
    """What builds the `generator` or the `discriminator`; raises WorkshopError where there can be none."""
    variant, layers = variants.get(config.variant), told.layers
    if layers is not None:
        if name == "discriminator":
            raise WorkshopError("A generator from elsewhere has no discriminator of ours, but its file holds one.")
        return lambda: chain.SequentialGenerator(layers)
    spec = NetSpec(told.size, told.channels, len(told.classes), config.network)
    return lambda: variant.discriminator(spec) if name == "discriminator" else variant.generator(spec)


def _config(path: Path, text: str) -> TrainConfig:
    try:
        config = TrainConfig.from_json(text)
        variants.get(config.variant)
    except ConfigError as error:
        first, *others = error.problems
        more = f" ({len(others)} more)" if others else ""
        raise WorkshopError(f"The config in {path} is not valid: {str(first).rstrip('.')}{more}.") from None
    except WorkshopError as error:
        raise WorkshopError(f"The config in {path} is not valid: {error}") from None
    return config
