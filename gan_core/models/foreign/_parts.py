"""The tensors of a state dict as parts with weights, in order, and what their numbering tells of those without."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_core.nets.description import Activation, Layer, Norm

NOT_LEARNED = ("n_averaged",)
"""What wrappers of PyTorch's keep beside the network: AveragedModel counts."""

GENERATORS = ("generator", "netg", "g", "gen")
"""What a generator is called beside its discriminator, in small letters."""


class NotThis(Exception):
    """These tensors are no such generator; half a sentence says why."""


@dataclass(frozen=True, eq=False)
class Part:
    """A module with weights. `kind` is `maps` (weight of 4 dimensions), `dense` or `norm`.

    `place` are the numbers of its name behind what all names share, as (0, 1) of `gen.0.1`; None where there are
    others than numbers.
    """

    name: str
    place: tuple[int, ...] | None
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


def split(state: Mapping[str, Tensor]) -> tuple[Part, ...]:
    """The parts of a state dict in the order of their numbers, or of the file; raises NotThis for other modules."""
    state = _generator({name: t for name, t in state.items() if name.rpartition(".")[2] not in NOT_LEARNED})
    modules: dict[str, dict[str, Tensor]] = {}
    for name, tensor in state.items():
        path, _, leaf = name.rpartition(".")
        modules.setdefault(path, {})[leaf] = tensor
    places = _places(list(modules))
    found = [_part(path, place, modules[path]) for path, place in zip(modules, places, strict=True)]
    if all(part.place is not None for part in found):
        found.sort(key=lambda part: part.place or ())
    return tuple(found)


def _generator(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Of the tensors of a whole GAN under one roof those of its generator."""
    rest = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    tops = {name.partition(".")[0] for name in rest}
    named = [top for top in tops if top.lower() in GENERATORS]
    if len(tops) > 1 and len(named) == 1:
        return {name: tensor for name, tensor in rest.items() if name.startswith(f"{named[0]}.")}
    return state


def _places(paths: Sequence[str]) -> list[tuple[int, ...] | None]:
    """The numbers of each path behind what all share; None where something else is among them."""
    split_up = [path.split(".") for path in paths]
    shared = 0
    if len(paths) > 1:
        shared = len(list(itertools.takewhile(lambda level: len({*level}) == 1, zip(*split_up, strict=False))))
    rests = [parts[shared:] for parts in split_up]
    return [tuple(map(int, rest)) if rest and all(_number(part) for part in rest) else None for rest in rests]


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6


def _part(name: str, place: tuple[int, ...] | None, tensors: dict[str, Tensor]) -> Part:
    weight, leaves = tensors.get("weight"), {*tensors}
    whole = [leaf for leaf, tensor in tensors.items() if leaf != COUNT and not tensor.is_floating_point()]
    if whole:
        raise NotThis(f"{name}.{whole[0]} holds whole numbers ({tensors[whole[0]].dtype})")
    if {"running_mean", "running_var"} <= leaves <= {*NORM, COUNT}:
        return Part(name, place, "norm", _norm(name, tensors))
    if weight is not None and leaves <= {"weight", "bias"} and weight.ndim in (2, 4):
        outside = tensors.get("bias")
        if outside is not None and outside.ndim != 1:
            raise NotThis(f"{name}.bias is {tuple(outside.shape)}")
        return Part(name, place, "maps" if weight.ndim == 4 else "dense", tensors)
    said = ", ".join(f"{leaf} {tuple(tensor.shape)}" for leaf, tensor in list(tensors.items())[:3])
    raise NotThis(f"{name or 'a module without a name'} with {said} is no layer that it would have")


NORM, COUNT = ("weight", "bias", "running_mean", "running_var"), "num_batches_tracked"


def _norm(name: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """All of a batch norm; one that learns no scale has 1 and no shift, and files of old have no count of batches."""
    mean = tensors["running_mean"]
    if any(tensors[leaf].ndim != 1 or len(tensors[leaf]) != len(mean) for leaf in NORM if leaf in tensors):
        raise NotThis(f"the tensors of {name} differ in shape")
    return {
        "weight": torch.ones(len(mean)),
        "bias": torch.zeros(len(mean)),
        **tensors,
        COUNT: torch.tensor(0),
    }


def hidden(before: Part, after: Part) -> int | None:
    """How many layers without weights the numbering leaves between two parts; None where it does not tell."""
    if before.place is None or after.place is None or before.place[:-1] != after.place[:-1]:
        return None
    return after.place[-1] - before.place[-1] - 1


class Assembly:
    """The layers of a chain as they come, with the tensors by the chain's names."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.tensors: dict[str, Tensor] = {}

    def add(self, layer: Layer, part: Part | None = None) -> None:
        if part is not None:
            self.tensors |= {f"layers.{len(self.layers)}.{leaf}": tensor for leaf, tensor in part.tensors.items()}
        self.layers.append(layer)

    def run(
        self,
        parts: Sequence[Part],
        layer: Callable[[Part], Layer],
        activation: Activation,
        norm: Norm,
        *,
        most_hidden: int,
    ) -> None:
        """Add `parts`: `layer` makes those with weights, norms are like `norm`, `activation` lies where a gap tells.

        Where the numbering tells nothing, it lies before the next weights. Raises NotThis where two layers with weights
        follow each other with nothing between, or more than `most_hidden`: one of them might be more than an activation
        or dropout, which does nothing when in use.
        """
        active = True  # whether something bent the features since the last weights
        for before, part in zip([None, *parts], parts, strict=False):
            gap = hidden(before, part) if before else 0
            if gap is not None and not 0 <= gap <= most_hidden:
                raise NotThis(f"{gap} layers without weights lie between {before} and {part}")
            if not active and (gap or (gap is None and part.kind != "norm")):
                self.add(activation)
                active = True
            if part.kind == "norm":
                self.add(norm.model_copy(update={"features": len(part.weight)}), part)
                continue
            if not active:
                raise NotThis(f"no activation lies between the weights before {part} and it")
            self.add(layer(part), part)
            active = False
        self.add(Activation(name="tanh"))


def activation_of(slope: float) -> Activation:
    """LeakyReLU, or ReLU at slope 0."""
    return Activation(name="leaky_relu", slope=slope) if slope else Activation(name="relu")
