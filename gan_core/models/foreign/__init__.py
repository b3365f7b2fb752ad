"""Generators trained elsewhere, recognised by their tensors: one file per layout, with a `LAYOUT` (see `layout`).

A PyTorch or safetensors file becomes a model of ours: its own metadata describes its layers, so `nets.chain` is enough
to draw from it. Files are untrusted: unpickled only with `weights_only`, and bounded in every respect.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor

from gan_core.config import DataConfig, NetworkConfig, TrainConfig
from gan_core.data import UNKNOWN
from gan_core.models import _format, checkpoint
from gan_core.models._messages import first_problem, listed
from gan_core.models._safetensors import open_tensors, pytorch_format
from gan_core.models.checkpoint import Model
from gan_core.models.foreign import _layers, _state_dict
from gan_core.models.foreign._layers import LayoutMismatch
from gan_core.models.foreign.layout import ImportOptions, Layout, LayoutMatch
from gan_core.models.metadata import SUFFIXES, WeightsMetadata
from gan_core.nets.chain import SequentialGenerator
from gan_core.system import discovery
from gan_core.system.errors import WorkshopError
from gan_core.system.text import for_sentence


@dataclass(frozen=True, eq=False)
class ForeignModel:
    """An imported generator: the id of its `layout`, one `sentence` on what is known and assumed, and the model."""

    layout: str
    sentence: str
    model: Model
    metadata: WeightsMetadata


@cache
def layouts() -> dict[str, Layout]:
    """All layouts by file name, in the order in which they are tried."""
    discovered: dict[str, Layout] = discovery.discover(sys.modules[__name__], "LAYOUT")
    return dict(sorted(discovered.items(), key=lambda item: item[1].order))


def is_foreign(path: Path) -> bool:
    """Whether `path` holds weights from elsewhere: a PyTorch file, or safetensors without our format.

    False also for an unreadable `.safetensors`: `checkpoint.load` says what is wrong with it.
    """
    try:
        if pytorch_format(path):
            return True
        with open_tensors(path) as file:
            return not file.metadata.get("format", "").startswith("gan-workshop/")
    except (OSError, WorkshopError):
        return path.suffix.lower() in SUFFIXES and path.suffix.lower() != ".safetensors"


def load(path: Path, *, raw: bool = False, **options: Any) -> Model:
    """The model in one of our files or from elsewhere; `raw` as for `checkpoint.load`, `options` as for `read`."""
    return read(path, raw=raw, **options).model if is_foreign(path) else checkpoint.load(path, raw=raw)


def read(path: Path, *, raw: bool = False, **options: Any) -> ForeignModel:
    """The generator in a foreign file; `options` are those of ImportOptions, `raw` prefers the last weights to the EMA.

    Raises WorkshopError; if no layout matches, it lists what the file holds.
    """
    chosen = ImportOptions(**options)
    state, keys = _state_dict.read(path, raw=raw)
    name, match = _match(state, chosen, path.name)
    layout, layers = layouts()[name], match.layers
    channels, size, _ = layers.shape
    network = NetworkConfig(z_dim=layers.z_dim, width=min(max(match.width, 4), 256), slope_g=chosen.slope)
    config = TrainConfig(variant=layout.variant, data=DataConfig(dataset=UNKNOWN), network=network)
    metadata = WeightsMetadata(
        size=size,
        channels=1 if channels == 1 else 3,
        classes=(),
        licence=chosen.licence,
        step=0,
        layers=layers,
        layout=layout.title,
    )
    model = Model(config, _build(match, path.name), None, (), False, 0, False, chosen.licence, layout.title)
    where = f", under {keys}" if keys else ""
    activation = f"LeakyReLU({chosen.slope:g})" if chosen.slope else "ReLU"
    sentence = (
        f"{layout.title}{where}: {match.found}, {layers.parameters:,} parameters; assumed, because weights do not show "
        f"it: {match.assumed}{activation} between the layers, tanh at the end, z from N(0, 1)."
    )
    return ForeignModel(name, sentence, model, metadata)


def convert(path: Path, target: Path, **options: Any) -> ForeignModel:
    """Write the generator in `path` to `target` in our format; returns and raises as `read` does."""
    imported = read(path, **options)
    tensors = {f"generator.{name}": tensor for name, tensor in imported.model.generator.state_dict().items()}
    _format.write(target, imported.model.config, imported.metadata, tensors)
    return imported


def _match(state: Mapping[str, Tensor], options: ImportOptions, file_name: str) -> tuple[str, LayoutMatch]:
    """The id of the first layout that matches, and its match."""
    if not state:
        raise WorkshopError(f"{file_name} holds no tensors, so it is no model.")
    reasons = []
    try:
        weights = _layers.split(state)
    except LayoutMismatch as reason:
        reasons = [for_sentence(str(reason), 300)]
    else:
        for name, layout in layouts().items():
            try:
                return name, layout.match(weights, options)
            except (LayoutMismatch, ValidationError) as error:
                reason = first_problem(error) if isinstance(error, ValidationError) else error
                reasons.append(for_sentence(f"for {layout.title} {reason}", 300))
    known = " and ".join(layout.title for layout in layouts().values())
    shapes = [f"{name} {tuple(tensor.shape)}" for name, tensor in state.items()]
    raise WorkshopError(
        f"{file_name} holds {len(shapes):,} tensors ({listed(shapes)}), but no generator that this program knows "
        f"({known}): {'; '.join(reasons)}."
    )


def _build(match: LayoutMatch, file_name: str) -> SequentialGenerator:
    with torch.device("meta"):
        chain = SequentialGenerator(match.layers)
    expected = chain.state_dict()
    wrong = [str(tuple(t.shape)) for name, t in match.tensors.items() if t.shape != expected[name].shape]
    if wrong:  # only biases can be: all other shapes defined the layers
        raise WorkshopError(f"{file_name} holds a bias of another shape than its layer needs: {listed(wrong)}.")
    chain.load_state_dict(match.tensors, strict=True, assign=True)
    chain.eval().requires_grad_(False)
    return chain
