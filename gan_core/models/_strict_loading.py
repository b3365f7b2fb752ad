"""Networks from a file that may come from a stranger: what does not fit is named before any memory is taken for it."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from gan_core.models._tensors import FLOATS, INTEGERS, TensorFile
from gan_core.system.errors import WorkshopError
from gan_core.system.text import for_sentence

NAMED = 3
"""Tensors that a sentence names of all that are wrong in one way."""


def on_meta(build: Callable[[], nn.Module], file: TensorFile) -> nn.Module:
    """What `build` makes, on the meta device, where it takes no memory; raises WorkshopError where it cannot."""
    try:
        with torch.device("meta"), _Blank():
            return build()
    except (KeyError, ValueError, TypeError, RuntimeError) as error:  # settings that no variant allows together
        said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise WorkshopError(f"The config in {file.path} describes no network that can be built ({said}).") from error


class _Blank(TorchFunctionMode):
    """Layers are made without their first random weights: half of the time that building them takes, for nothing."""

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        if getattr(func, "__module__", "") == "torch.nn.init":
            return args[0] if args else (kwargs or {}).get("tensor")
        return func(*args, **(kwargs or {}))


def check(network: nn.Module, file: TensorFile, name: str) -> None:
    """Raise WorkshopError that names what does not fit, if the tensors `name.*` are not those of `network`."""
    wanted = network.state_dict()
    prefix = f"{name}."
    there = {key.removeprefix(prefix): entry for key, entry in file.entries.items() if key.startswith(prefix)}
    wrong = []
    if missing := [key for key in wanted if key not in there]:
        wrong.append(f"it lacks {listed(missing)}")
    if extra := [key for key in there if key not in wanted]:
        wrong.append(f"it has no place for {listed(extra)}")
    both = [(key, tensor, there[key]) for key, tensor in wanted.items() if key in there]
    if shapes := [
        f"{key} {entry.shape} instead of {tuple(t.shape)}" for key, t, entry in both if entry.shape != t.shape
    ]:
        wrong.append(f"of another shape: {listed(shapes)}")
    types = [
        f"{key} ({entry.dtype})"
        for key, tensor, entry in both
        if entry.dtype not in (FLOATS if tensor.is_floating_point() else INTEGERS)
    ]
    if types:
        wrong.append(f"of another type: {listed(types)}")
    if wrong:
        raise WorkshopError(f"The {name} in {file.path} does not fit its config: {'; '.join(wrong)}.")


def filled(network: nn.Module, file: TensorFile, name: str) -> nn.Module:
    """`network`, which is on the meta device and passed `check`, with the file's tensors, ready for use on the CPU.

    Raises WorkshopError for numbers that are NaN or infinite.
    """
    wanted, prefix = network.state_dict(), f"{name}."
    there = file.read([prefix + key for key in wanted])
    copies = {
        key: there[prefix + key].to(tensor.dtype, copy=True, memory_format=torch.contiguous_format)
        for key, tensor in wanted.items()
    }
    if strange := [key for key, tensor in copies.items() if not finite(tensor)]:
        raise WorkshopError(f"The {name} in {file.path} has NaN or infinite numbers in {listed(strange)}.")
    network.load_state_dict(copies, strict=True, assign=True)  # nothing is drawn at random first, only to be replaced
    return network.eval().requires_grad_(False)


def finite(tensor: Tensor) -> bool:
    """Whether no number is NaN or infinite; in one pass, without a mask of the tensor's size."""
    if not tensor.numel() or not tensor.is_floating_point():
        return True
    return all(math.isfinite(end.item()) for end in tensor.aminmax())


def listed(names: Collection[str] | Iterable[str]) -> str:
    """The first of them, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(for_sentence(name) for name in names[:NAMED]) + more
