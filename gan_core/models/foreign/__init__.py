"""Generators that were trained elsewhere: one file a layout (`LAYOUT`, see `layout.Layout`), known by their tensors.

A file of PyTorch's or safetensors becomes a model like ours: its layers are described in its own file, so nothing but
`nets.chain` is needed to draw from it. Files are untrusted: none is unpickled but by `weights_only`, all is bounded.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_core.config import DataConfig, NetworkConfig, TrainConfig
from gan_core.data import UNKNOWN
from gan_core.models import _format as format
from gan_core.models import _strict_loading as strict_loading
from gan_core.models import _tensors as tensors
from gan_core.models import checkpoint
from gan_core.models.checkpoint import Model
from gan_core.models.foreign import _parts as parts
from gan_core.models.foreign import _state as state
from gan_core.models.foreign.layout import Layout, Options, Plan
from gan_core.models.metadata import SUFFIXES, About
from gan_core.nets.chain import SequentialGenerator
from gan_core.system import discovery
from gan_core.system.errors import WorkshopError
from gan_core.system.text import for_sentence


@dataclass(frozen=True, eq=False)
class Found:
    """A generator from elsewhere: its `layout` by id, what was found and assumed in one `sentence`, the model."""

    layout: str
    sentence: str
    model: Model
    about: About


@cache
def layouts() -> dict[str, Layout]:
    """Every layout by its file's name, in the order in which they are tried."""
    found: dict[str, Layout] = discovery.discover(sys.modules[__name__], "LAYOUT")
    return dict(sorted(found.items(), key=lambda item: item[1].order))


def is_foreign(path: Path) -> bool:
    """Whether `path` is a file of weights from elsewhere: one of PyTorch's, or safetensors without our mark.

    False as well for a `.safetensors` that cannot be read: `checkpoint.load` says what ails it.
    """
    try:
        if tensors.lookalike(path):
            return True
        with tensors.opened(path) as file:
            return not file.metadata.get("format", "").startswith("gan-workshop/")
    except (OSError, WorkshopError):
        return path.suffix.lower() in SUFFIXES and path.suffix.lower() != ".safetensors"


def load(path: Path, *, raw: bool = False, **options: Any) -> Model:
    """The model in a file of ours or from elsewhere; `raw` as for `checkpoint.load`, `options` as for `read`."""
    return read(path, raw=raw, **options).model if is_foreign(path) else checkpoint.load(path, raw=raw)


def read(path: Path, *, raw: bool = False, **options: Any) -> Found:
    """The generator in a file from elsewhere; `options` are those of `layout.Options`, `raw` as for `state.read`.

    Raises WorkshopError, with what was found in it where no layout fits.
    """
    chosen = Options(**options)
    weights, where = state.read(path, raw=raw)
    name, plan = _understood(weights, chosen, path.name)
    layout, told = layouts()[name], plan.layers
    channels, size, _ = told.shape
    network = NetworkConfig(z_dim=told.z_dim, width=min(max(plan.width, 4), 256), slope_g=chosen.slope)
    config = TrainConfig(variant=layout.variant, data=DataConfig(dataset=UNKNOWN), network=network)
    about = About(
        size=size,
        channels=1 if channels == 1 else 3,
        classes=(),
        licence=chosen.licence,
        step=0,
        layers=told,
        layout=layout.title,
    )
    model = Model(config, _built(plan, path.name), None, (), False, 0, False, chosen.licence, layout.title)
    return Found(name, _sentence(layout, plan, chosen, where), model, about)


def convert(path: Path, target: Path, **options: Any) -> Found:
    """Write the generator in `path` to `target` as a file of ours; what `read` says and raises."""
    found = read(path, **options)
    weights = {f"generator.{name}": tensor for name, tensor in found.model.generator.state_dict().items()}
    format.write(target, found.model.config, found.about, weights)
    return found


def _understood(weights: Mapping[str, Tensor], options: Options, called: str) -> tuple[str, Plan]:
    """The layout that fits, by its id, and what it made of the tensors."""
    if not weights:
        raise WorkshopError(f"{called} holds no tensors, so it is no model.")
    reasons = []
    try:
        found = parts.split(weights)
    except parts.NotThis as reason:
        reasons = [for_sentence(str(reason), 300)]
    else:
        for name, layout in layouts().items():
            try:
                return name, layout.plan(found, options)
            except parts.NotThis as reason:
                reasons.append(for_sentence(f"for {layout.title} {reason}", 300))
    known = " and ".join(layout.title for layout in layouts().values())
    shapes = [f"{name} {tuple(tensor.shape)}" for name, tensor in weights.items()]
    raise WorkshopError(
        f"{called} holds {len(shapes):,} tensors ({strict_loading.listed(shapes)}), but no generator that this "
        f"program knows ({known}): {'; '.join(reasons)}."
    )


def _built(plan: Plan, called: str) -> SequentialGenerator:
    with torch.device("meta"):
        chain = SequentialGenerator(plan.layers)
    wanted = chain.state_dict()
    wrong = [name for name, tensor in plan.tensors.items() if name not in wanted or tensor.shape != wanted[name].shape]
    if wrong:  # only biases can be: all else made the layers
        shapes = [str(tuple(plan.tensors[name].shape)) for name in wrong]
        raise WorkshopError(
            f"{called} holds a bias of another shape than its layer needs: {strict_loading.listed(shapes)}."
        )
    chain.load_state_dict(plan.tensors, strict=True, assign=True)
    chain.eval().requires_grad_(False)
    return chain


def _sentence(layout: Layout, plan: Plan, options: Options, where: str) -> str:
    place = f", under {where}" if where else ""
    bends = f"LeakyReLU({options.slope:g})" if options.slope else "ReLU"
    return (
        f"{layout.title}{place}: {plan.found}, {plan.layers.parameters:,} parameters; "
        f"assumed, because weights do not show it: {plan.assumed}{bends} between the layers, tanh at the end, "
        "z from N(0, 1)."
    )
