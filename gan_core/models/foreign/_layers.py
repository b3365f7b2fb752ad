"""A state dict as layers with weights, in order, and what their numbering implies for those without."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_core.nets.description import Activation, Description, Layer, Norm, Unflatten

WRAPPER_STATE = ("n_averaged",)
"""Counters that PyTorch's wrappers, such as AveragedModel, keep beside the network."""
GENERATOR_NAMES = ("generator", "netg", "g", "gen")
"""What a generator is called beside its discriminator, in lower case."""
NORM_TENSORS, BATCH_COUNT = ("weight", "bias", "running_mean", "running_var"), "num_batches_tracked"


class LayoutMismatch(Exception):
    """The tensors are no such generator; the message is half a sentence that says why."""


@dataclass(frozen=True, eq=False)
class LayerWeights:
    """A module with weights. `kind` is `conv` (a weight of 4 dimensions), `dense` or `norm`.

    `index` is what follows the prefix that all names share, as (0, 1) for `gen.0.1`; None if not all of it is numbers.
    """

    name: str
    index: tuple[int, ...] | None
    kind: str
    tensors: dict[str, Tensor]

    @property
    def weight(self) -> Tensor:
        return self.tensors["weight"]

    @property
    def bias(self) -> bool:
        return "bias" in self.tensors

    def __str__(self) -> str:
        return f"{self.name} {tuple(self.weight.shape)}"


def split(state: Mapping[str, Tensor]) -> tuple[LayerWeights, ...]:
    """The layers of a state dict, by their numbers or else in file order; raises LayoutMismatch for other modules."""
    state = _generator_only({name: t for name, t in state.items() if name.rpartition(".")[2] not in WRAPPER_STATE})
    modules: dict[str, dict[str, Tensor]] = {}
    for name, tensor in state.items():
        path, _, leaf = name.rpartition(".")
        modules.setdefault(path, {})[leaf] = tensor
    layers = [_layer(path, index, modules[path]) for path, index in zip(modules, _indices(modules), strict=True)]
    if all(layer.index is not None for layer in layers):
        layers.sort(key=lambda layer: layer.index or ())
    return tuple(layers)


def _generator_only(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Without the discriminator, if both are in one module."""
    stripped = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    roots = {name.partition(".")[0] for name in stripped}
    generators = [root for root in roots if root.lower() in GENERATOR_NAMES]
    if len(roots) > 1 and len(generators) == 1:
        return {name: tensor for name, tensor in stripped.items() if name.startswith(f"{generators[0]}.")}
    return state


def _indices(paths: Mapping[str, object]) -> list[tuple[int, ...] | None]:
    """The numbers in each path after the prefix that all share; None if something else is among them."""
    parts = [path.split(".") for path in paths]
    shared = 0
    if len(parts) > 1:
        shared = len(list(itertools.takewhile(lambda level: len({*level}) == 1, zip(*parts, strict=False))))
    rests = [path[shared:] for path in parts]
    return [tuple(map(int, rest)) if rest and all(_is_number(part) for part in rest) else None for rest in rests]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6


def _layer(name: str, index: tuple[int, ...] | None, tensors: dict[str, Tensor]) -> LayerWeights:
    weight, bias, leaves = tensors.get("weight"), tensors.get("bias"), {*tensors}
    integers = [leaf for leaf, tensor in tensors.items() if leaf != BATCH_COUNT and not tensor.is_floating_point()]
    if integers:
        raise LayoutMismatch(f"{name}.{integers[0]} holds integers ({tensors[integers[0]].dtype})")
    if {"running_mean", "running_var"} <= leaves <= {*NORM_TENSORS, BATCH_COUNT}:
        return LayerWeights(name, index, "norm", _complete_norm(name, tensors))
    if weight is not None and leaves <= {"weight", "bias"} and weight.ndim in (2, 4):
        if bias is not None and bias.ndim != 1:
            raise LayoutMismatch(f"{name}.bias is {tuple(bias.shape)}")
        return LayerWeights(name, index, "conv" if weight.ndim == 4 else "dense", tensors)
    shapes = ", ".join(f"{leaf} {tuple(tensor.shape)}" for leaf, tensor in list(tensors.items())[:3])
    raise LayoutMismatch(f"{name or 'a module without a name'} with {shapes} is no layer that it would have")


def _complete_norm(name: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """All tensors of a batch norm; without `affine` the scale is 1 and the shift 0, and old files lack the count."""
    mean = tensors["running_mean"]
    if any(tensors[leaf].ndim != 1 or len(tensors[leaf]) != len(mean) for leaf in NORM_TENSORS if leaf in tensors):
        raise LayoutMismatch(f"the tensors of {name} differ in shape")
    return {"weight": torch.ones(len(mean)), "bias": torch.zeros(len(mean)), **tensors, BATCH_COUNT: torch.tensor(0)}


class ChainBuilder:
    """Collects the layers of a `nets.chain.SequentialGenerator`, and the tensors by the chain's names."""

    def __init__(self, z_dim: int) -> None:
        self.z_dim = z_dim
        self.layers: list[Layer] = []
        self.tensors: dict[str, Tensor] = {}

    def description(self) -> Description:
        """The layers, validated; raises pydantic's ValidationError."""
        return Description.model_validate({"z_dim": self.z_dim, "layers": tuple(self.layers)})

    def unflatten(self, channels: int, side: int) -> None:
        """Add a reshape from a vector to maps (channels, side, side)."""
        self.add(Unflatten(channels=channels, height=side, width=side))

    def add(self, layer: Layer, weights: LayerWeights | None = None) -> None:
        """Add one layer, with its tensors if it has any."""
        if weights is not None:
            self.tensors |= {f"layers.{len(self.layers)}.{leaf}": tensor for leaf, tensor in weights.tensors.items()}
        self.layers.append(layer)

    def add_all(
        self,
        weights: Sequence[LayerWeights],
        build: Callable[[LayerWeights], Layer],
        slope: float,
        norm: Norm,
        *,
        max_gap: int,
    ) -> None:
        """Add layers from `build`, norms like `norm`, activations where the numbering has a gap, and tanh at the end.

        Activations are LeakyReLU with `slope`, or ReLU at 0. Without numbers one comes before each next weight. Raises
        LayoutMismatch if two layers with weights have nothing between them, or a gap of more than `max_gap`: one of
        those might be more than an activation or dropout, which does nothing in evaluation mode.
        """
        activation = Activation(name="leaky_relu", slope=slope) if slope else Activation(name="relu")
        activated = True  # whether an activation followed the last weights
        for before, layer in zip([None, *weights], weights, strict=False):
            gap = _gap(before, layer) if before else 0
            if gap is not None and not 0 <= gap <= max_gap:
                raise LayoutMismatch(f"{gap} layers without weights lie between {before} and {layer}")
            if not activated and (gap or (gap is None and layer.kind != "norm")):
                self.add(activation)
                activated = True
            if layer.kind == "norm":
                self.add(norm.model_copy(update={"features": len(layer.weight)}), layer)
                continue
            if not activated:
                raise LayoutMismatch(f"no activation precedes {layer}")
            self.add(build(layer), layer)
            activated = False
        self.add(Activation(name="tanh"))


def _gap(before: LayerWeights, after: LayerWeights) -> int | None:
    """How many layers without weights lie between two by their numbers; None if the numbers leave it open."""
    if before.index is None or after.index is None or before.index[:-1] != after.index[:-1]:
        return None
    return after.index[-1] - before.index[-1] - 1
