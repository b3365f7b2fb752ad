"""What each layer of a generator does: the activation maps on the way from one z to its picture."""

import copy
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gan_core.data import sample_grid
from gan_core.nets import blocks, chain, conv, mlp, sampling

STRIP = 16
"""A row of numbers is drawn as a strip: so many times wider than high, at least one pixel high."""

CODE = "class code"


@dataclass(frozen=True, eq=False)
class Stage:
    """One step from z to the picture.

    `name` is what a teacher would call it. `maps` float32 (C, h, w) are its C channels, a row of n numbers (1, 1, n).
    `picture` uint8 (H, W, C), of the last stage alone: what the generator draws.
    """

    name: str
    maps: np.ndarray
    picture: np.ndarray | None = None

    @property
    def row(self) -> bool:
        """Whether it is a row of numbers, without a place in the picture."""
        return self.maps.shape[:2] == (1, 1) and self.picture is None

    @property
    def shape(self) -> tuple[int, ...]:
        """(C, h, w) of maps, (n,) of a row."""
        return self.maps.shape[2:] if self.row else self.maps.shape


def stages(generator: nn.Module, z: Tensor, labels: Tensor | None = None) -> list[Stage]:
    """The stages of `generator` for one `z` (1, z_dim), from z itself to the picture, in evaluation mode and fp32.

    `labels` are what it takes beside z, one row, or None. Raises ValueError for more than one z, and TypeError for a
    network that is not one of `gan_core.nets`.
    """
    if z.ndim != 2 or len(z) != 1:
        raise ValueError(f"z must be (1, z_dim), not {tuple(z.shape)}")
    z_dim = z.shape[1]
    mine = copy.deepcopy(generator).eval()  # others may draw from the same network just now, and see no hook of ours
    points = list(_points(mine))
    seen: dict[int, Tensor] = {}

    def keep(number: int) -> Any:
        return lambda module, inputs, output: seen.__setitem__(number, output)

    for number, point in enumerate(points):
        point.module.register_forward_hook(keep(number))
    device = next(mine.parameters()).device
    with torch.inference_mode():
        drawn = mine(z.to(device), None if labels is None else labels.to(device))
    told = ""
    if points[0].name == CODE:
        code = seen.pop(0).cpu()
        z, told = torch.cat([z, code], dim=1), f" and {code.shape[1]} of the class"
    found = [Stage(f"z: {z_dim} numbers{told}", _maps(z))]
    for number, output in sorted(seen.items()):
        point, maps = points[number], _maps(output)
        maps = maps[:, : point.size, : point.size] if point.size else maps
        found.append(Stage(point.name.format(size=_size(maps)), maps))
    picture = sampling.to_uint8(drawn)[0]
    last = f"last layer and tanh: the picture, {_size(drawn[0])}"
    return [*found, Stage(last, _maps(drawn), picture)]


def strongest(maps: np.ndarray, count: int) -> np.ndarray:
    """The `count` channels of `maps` (C, h, w), or all, with the largest mean |activation|: int64, strongest first.

    Of equals the earlier one comes first. Raises ValueError for a count below 1.
    """
    if count < 1:
        raise ValueError(f"count must be 1 or more, not {count}")
    strength = np.abs(maps).mean(axis=(1, 2))
    return np.argsort(-strength, kind="stable")[:count]


def sheet(maps: np.ndarray, columns: int = 8, *, alike: bool = False) -> np.ndarray:
    """Maps float32 (C, h, w) side by side as uint8 (H', W', 1), `columns` in a row.

    Each is scaled on its own, by its largest |activation|: channels differ in strength by powers of ten, and under one
    scale most would be black. `alike` scales all by the largest of all, to compare their strengths. Either way zero
    keeps its shade: black where no map of the sheet goes below zero, as after ReLU, else middle grey, with brighter
    for above and darker for below. A map that is zero everywhere stays so.
    """
    largest = np.abs(maps).max(axis=None if alike else (1, 2), keepdims=True)
    share = maps / np.where(largest > 0, largest, 1)  # in [-1, 1]
    shades = 127.5 + 127.5 * share if maps.min() < 0 else 255 * share
    shades = shades.round().astype(np.uint8)
    if maps.shape[:2] == (1, 1):
        return shades.repeat(max(1, maps.shape[2] // STRIP), axis=1).transpose(1, 2, 0)
    return sample_grid.grid(shades[..., None], min(columns, len(maps)))


@dataclass(frozen=True)
class _Point:
    """A module whose output is a stage, and its name; `size`: all beyond so many pixels is cut off by the network."""

    module: nn.Module
    name: str
    size: int = 0


def _points(generator: nn.Module) -> Iterator[_Point]:
    """In the order in which `generator` runs them; the class code, if there is one, is the first."""
    if isinstance(generator, conv.Generator):
        yield from _of_conv(generator)
    elif isinstance(generator, mlp.Generator):
        yield from _of_mlp(generator)
    elif isinstance(generator, chain.SequentialGenerator):
        yield from _of_chain(generator)
    else:
        raise TypeError(f"{type(generator).__name__} is no generator of gan_core.nets")


def _of_conv(generator: conv.Generator) -> Iterator[_Point]:
    if generator.code is not None:
        yield _Point(generator.code, CODE)
    first, reshaped, *settle = generator.stem
    dense = isinstance(first, nn.Linear)
    how = "dense stem" if dense else "stem, a transposed convolution"
    yield _Point(reshaped, f"{how}: {{size}}")
    yield from _settled(settle)
    for number, (stage, size) in enumerate(zip(generator.stages, generator.sizes, strict=False), 1):
        if isinstance(stage, blocks.Residual):
            yield _Point(stage.skip, f"block {number}, shortcut: {{size}}", size)
            yield _Point(stage.branch, f"block {number}, what its convolutions add: {{size}}", size)
            yield _Point(stage, f"block {number}, the sum of both: {{size}}", size)
        else:
            assert isinstance(stage, nn.Sequential)
            up, *settle = stage
            yield _Point(up, f"up-sampling, {_up(up)}: {{size}}", size)
            yield from _settled(settle, size)
    yield from _settled(list(generator.to_picture)[:2])


def _of_mlp(generator: mlp.Generator) -> Iterator[_Point]:
    layers = list(generator.body)[:-1]  # the last gives the picture
    while layers:
        dense = layers.pop(0)
        assert isinstance(dense, nn.Linear)
        yield _Point(dense, f"dense layer: {dense.out_features} numbers")
        settle = list(layers[: 2 if isinstance(layers[0], nn.BatchNorm1d) else 1])
        layers = layers[len(settle) :]
        yield from _settled(settle)


def _of_chain(generator: chain.SequentialGenerator) -> Iterator[_Point]:
    layers = list(generator.layers)
    heavy = (nn.Linear, nn.ConvTranspose2d, nn.Conv2d)
    places = [place for place, layer in enumerate(layers) if isinstance(layer, heavy)]
    for start, end in itertools.pairwise(places):  # the last gives the picture
        first, *settle = layers[start:end]
        if isinstance(first, nn.Linear):
            yield _Point(first, f"dense layer: {first.out_features} numbers")
        else:
            how = "a transposed convolution" if isinstance(first, nn.ConvTranspose2d) else "a convolution"
            yield _Point(first, f"{'stem, ' if start == places[0] else ''}{how}: {{size}}")
        names = [name for layer in settle for kind, name in (NORMS | ACTIVATIONS).items() if isinstance(layer, kind)]
        if names:
            yield _Point(settle[-1], " + ".join(names))


def _settled(layers: list[nn.Module], size: int = 0) -> Iterator[_Point]:
    """The point behind a norm and an activation, if `layers` are these."""
    if layers and isinstance(layers[-1], tuple(ACTIVATIONS)):
        names = [name for layer in layers for kind, name in (NORMS | ACTIVATIONS).items() if isinstance(layer, kind)]
        yield _Point(layers[-1], " + ".join(names), size)


NORMS: dict[type[nn.Module], str] = {
    nn.BatchNorm1d: "batch norm",
    nn.BatchNorm2d: "batch norm",
    nn.InstanceNorm2d: "instance norm",
}
ACTIVATIONS: dict[type[nn.Module], str] = {nn.ReLU: "ReLU", nn.LeakyReLU: "LeakyReLU"}


def _up(layers: nn.Module) -> str:
    """What `blocks.up` has built."""
    assert isinstance(layers, nn.Sequential)
    first = layers[0]
    if isinstance(first, nn.ConvTranspose2d):
        return "a transposed convolution"
    if isinstance(first, nn.Upsample):
        return f"{first.mode} enlargement and a convolution"
    return "a sub-pixel convolution"


def _maps(output: Tensor) -> np.ndarray:
    """The one row of `output`, (1, C, h, w) or (1, n), as float32 (C, h, w) or (1, 1, n)."""
    one = output[0].float().cpu().numpy()
    return np.ascontiguousarray(one if one.ndim == 3 else one[None, None])


def _size(maps: np.ndarray | Tensor) -> str:
    channels, height, width = maps.shape
    return f"{height} × {width}, {channels} channel{'s' if channels > 1 else ''}"
