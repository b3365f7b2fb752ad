"""Our file format: safetensors with the config and a WeightsMetadata as JSON, all validated on opening."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import safetensors.torch
from torch import Tensor, nn

from gan_core import variants
from gan_core.config import ConfigError, TrainConfig
from gan_core.models._messages import listed
from gan_core.models._safetensors import TensorFile, open_tensors
from gan_core.models.metadata import WeightsMetadata
from gan_core.nets import NetSpec, chain
from gan_core.system import files
from gan_core.system.errors import WorkshopError

FORMAT = "gan-workshop/1"
NETWORKS = frozenset({"generator", "ema", "discriminator"})
"""What a file may hold; `ema` is the moving average of `generator`."""


def write(path: Path, config: TrainConfig, metadata: WeightsMetadata, tensors: dict[str, Tensor]) -> None:
    """Write one of our files; `tensors` are contiguous, on the CPU, and named by network and key: `generator.…`."""
    text = metadata.model_dump_json(exclude_none=True)
    header = {"format": FORMAT, "config": config.model_dump_json(), "about": text}
    files.write_atomic(path, serialize(tensors, header))


def serialize(tensors: dict[str, Tensor], metadata: dict[str, str]) -> bytes:
    """A safetensors file with sorted metadata, so that equal weights give equal bytes: the library's order varies."""
    content = safetensors.torch.save(tensors, metadata)
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    header["__metadata__"] = dict(sorted(header.get("__metadata__", {}).items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # tensors start at a multiple of 8 bytes
    return len(text).to_bytes(8, "little") + text + content[8 + size :]


@contextmanager
def open_weights(path: Path) -> Iterator[tuple[TrainConfig, WeightsMetadata, TensorFile]]:
    """Open one of our files with its config and metadata, both validated; raises WorkshopError."""
    with open_tensors(path) as file:
        if file.metadata.get("format") != FORMAT:
            raise WorkshopError(f"{path} is not a GAN Workshop model: its metadata has no format {FORMAT!r}.")
        missing = [name for name in ("config", "about") if name not in file.metadata]
        if missing:
            raise WorkshopError(f"{path} is damaged: its metadata has no {' and no '.join(missing)}.")
        config = _config(path, file.metadata["config"])
        try:
            metadata = WeightsMetadata.from_json(file.metadata["about"])
        except WorkshopError as error:
            raise WorkshopError(f"The metadata in {path} is not valid: {error}") from None
        if metadata.layers is not None and metadata.layers.z_dim != config.network.z_dim:
            raise WorkshopError(
                f"The config in {path} is not valid: network.z_dim: {config.network.z_dim} was given, but the layers "
                f"in the file take {metadata.layers.z_dim}."
            )
        yield config, metadata, file


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


def networks(file: TensorFile) -> frozenset[str]:
    """Which of NETWORKS the file holds; raises WorkshopError for any other tensor."""
    unknown = [key for key in file.tensors if key.partition(".")[0] not in NETWORKS]
    if unknown:
        raise WorkshopError(f"{file.path} holds tensors of unknown networks: {listed(unknown)}.")
    return frozenset(key.partition(".")[0] for key in file.tensors)


def builder(config: TrainConfig, metadata: WeightsMetadata, name: str) -> Callable[[], nn.Module]:
    """A function that builds the `generator` or the `discriminator`; raises WorkshopError if there can be none."""
    variant, layers = variants.get(config.variant), metadata.layers
    if layers is not None:
        if name == "discriminator":
            raise WorkshopError("An imported generator has no discriminator, but its file holds one.")
        return lambda: chain.SequentialGenerator(layers)
    spec = NetSpec(metadata.size, metadata.channels, len(metadata.classes), config.network)
    return lambda: variant.discriminator(spec) if name == "discriminator" else variant.generator(spec)
