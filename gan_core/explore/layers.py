"""What each layer of a generator does: the activation maps on the way from one z to its picture."""

import copy
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from gan_core.data import sample_grid
from gan_core.nets import blocks, chain, conv, mlp, sampling

STRIP = 16
"""A vector is drawn as a strip: so many times wider than high, at least one pixel high."""

CODE = "class code"


@dataclass(frozen=True, eq=False)
class Stage:
    """One step from z to the picture.

    `name` is what a teacher would call it. `maps` float32 (C, h, w) are its C channels, a vector of n numbers
    (1, 1, n). `picture` uint8 (H, W, C), of the last stage alone: what the generator draws.
    """

    name: str
    maps: np.ndarray
    picture: np.ndarray | None = None

    @property
    def row(self) -> bool:
        """Whether it is a vector, without a place in the picture."""
        return self.maps.shape[:2] == (1, 1) and self.picture is None


def stages(generator: nn.Module, z: Tensor, labels: Tensor | None = None) -> list[Stage]:
    """The stages of `generator` for one `z` (1, z_dim), from z itself to the picture, in evaluation mode and fp32.

    `labels` (1,) or (1, K) are the class or class weights, or None. Raises ValueError for more than one z, and
    TypeError for a network that is not one of `gan_core.nets`.
    """
    if z.ndim != 2 or len(z) != 1:
        raise ValueError(f"z must be (1, z_dim), not {tuple(z.shape)}")
    z_dim = z.shape[1]
    network = copy.deepcopy(generator).eval()  # a hook on the original would also see what others draw meanwhile
    points = list(_hook_points(network))
    outputs: dict[int, Tensor] = {}
    for number, point in enumerate(points):
        point.module.register_forward_hook(lambda _, __, output, number=number: outputs.update({number: output}))
    device = next(network.parameters()).device
    with torch.inference_mode():
        drawn = network(z.to(device), None if labels is None else labels.to(device))
    of_class = ""
    if points[0].name == CODE:
        code = outputs.pop(0).cpu()
        z, of_class = torch.cat([z, code], dim=1), f" and {code.shape[1]} of the class"
    found = [Stage(f"z: {z_dim} numbers{of_class}", _maps(z))]
    for number, output in sorted(outputs.items()):
        point, maps = points[number], _maps(output)
        maps = maps[:, : point.size, : point.size] if point.size else maps
        found.append(Stage(point.name.format(size=_size(maps)), maps))
    last = f"last layer and tanh: the picture, {_size(drawn[0])}"
    return [*found, Stage(last, _maps(drawn), sampling.to_uint8(drawn)[0])]


def strongest(maps: np.ndarray, count: int) -> np.ndarray:
    """The `count` channels of `maps` (C, h, w), or all, with the largest mean |activation|: int64, strongest first.

    Of equals the earlier one comes first. Raises ValueError for a count below 1.
    """
    if count < 1:
        raise ValueError(f"count must be 1 or more, not {count}")
    strength = np.abs(maps).mean(axis=(1, 2))
    return np.argsort(-strength, kind="stable")[:count]


def sheet(maps: np.ndarray, columns: int = 8, *, shared_scale: bool = False) -> np.ndarray:
    """Maps float32 (C, h, w) side by side as uint8 (H', W', 1), `columns` in a row.

    Each is scaled by its own largest |activation|: channels differ in strength by powers of ten, and under one scale
    most would be black. `shared_scale` scales all by the largest of all, to compare their strengths. Either way zero
    keeps its shade: black where no map of the sheet goes below zero, as after ReLU, else middle grey, with brighter
    for above and darker for below. A map that is zero everywhere stays so.
    """
    largest = np.abs(maps).max(axis=None if shared_scale else (1, 2), keepdims=True)
    share = maps / np.where(largest > 0, largest, 1)  # in [-1, 1]
    shades = 127.5 + 127.5 * share if maps.min() < 0 else 255 * share
    shades = shades.round().astype(np.uint8)
    if maps.shape[:2] == (1, 1):
        return shades.repeat(max(1, maps.shape[2] // STRIP), axis=1).transpose(1, 2, 0)
    return sample_grid.grid(shades[..., None], min(columns, len(maps)))


@dataclass(frozen=True)
class _HookPoint:
    """A module whose output is a stage, and its name; `size`: the network crops its maps to so many pixels."""

    module: nn.Module
    name: str
    size: int = 0


def _hook_points(generator: nn.Module) -> Iterator[_HookPoint]:
    """In the order in which `generator` runs them; the class code, if there is one, is the first."""
    if isinstance(generator, conv.Generator):
        return _conv_points(generator)
    if isinstance(generator, mlp.Generator):
        return _chain_points(list(generator.body))
    if isinstance(generator, chain.SequentialGenerator):
        return _chain_points(list(generator.layers))
    raise TypeError(f"{type(generator).__name__} is no generator of gan_core.nets")


def _conv_points(generator: conv.Generator) -> Iterator[_HookPoint]:
    if generator.code is not None:
        yield _HookPoint(generator.code, CODE)
    first, reshaped, *rest = generator.stem
    stem = "dense stem" if isinstance(first, nn.Linear) else "stem, a transposed convolution"
    yield _HookPoint(reshaped, f"{stem}: {{size}}")
    yield from _norm_and_activation(rest)
    for number, (stage, size) in enumerate(zip(generator.stages, generator.sizes, strict=False), 1):
        if isinstance(stage, blocks.Residual):
            yield _HookPoint(stage.skip, f"block {number}, shortcut: {{size}}", size)
            yield _HookPoint(stage.branch, f"block {number}, what its convolutions add: {{size}}", size)
            yield _HookPoint(stage, f"block {number}, the sum of both: {{size}}", size)
        else:
            assert isinstance(stage, nn.Sequential)
            up, *rest = stage
            yield _HookPoint(up, f"up-sampling, {_upsampling(up)}: {{size}}", size)
            yield from _norm_and_activation(rest, size)
    yield from _norm_and_activation(list(generator.to_picture)[:2])


def _chain_points(layers: Sequence[nn.Module]) -> Iterator[_HookPoint]:
    """Each dense layer or convolution but the last, which gives the picture, and what follows it."""
    weighted = (nn.Linear, nn.ConvTranspose2d, nn.Conv2d)
    places = [place for place, layer in enumerate(layers) if isinstance(layer, weighted)]
    for start, end in itertools.pairwise(places):
        first, *rest = layers[start:end]
        if isinstance(first, nn.Linear):
            yield _HookPoint(first, f"dense layer: {first.out_features} numbers")
        else:
            kind = "a transposed convolution" if isinstance(first, nn.ConvTranspose2d) else "a convolution"
            yield _HookPoint(first, f"{'stem, ' if start == places[0] else ''}{kind}: {{size}}")
        yield from _norm_and_activation(rest)


NORMS: dict[type[nn.Module], str] = {
    nn.BatchNorm1d: "batch norm",
    nn.BatchNorm2d: "batch norm",
    nn.InstanceNorm2d: "instance norm",
}
ACTIVATIONS: dict[type[nn.Module], str] = {nn.ReLU: "ReLU", nn.LeakyReLU: "LeakyReLU"}


def _norm_and_activation(layers: Sequence[nn.Module], size: int = 0) -> Iterator[_HookPoint]:
    """The point behind a norm and an activation, if there is any among `layers`."""
    names = [name for layer in layers for kind, name in (NORMS | ACTIVATIONS).items() if isinstance(layer, kind)]
    if names:
        yield _HookPoint(layers[-1], " + ".join(names), size)


def _upsampling(layers: nn.Module) -> str:
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
