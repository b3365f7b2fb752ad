"""Strict loading of untrusted weights: shapes and types are checked before any memory is allocated for them."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from gan_core.models._messages import first_line, listed
from gan_core.models._safetensors import FLOATS, INTEGERS, TensorFile
from gan_core.system.errors import WorkshopError


def build_on_meta(build: Callable[[], nn.Module], file: TensorFile) -> nn.Module:
    """The network from `build` on the meta device, without memory; raises WorkshopError if it cannot be built."""
    try:
        with torch.device("meta"), _SkipInit():
            return build()
    except (KeyError, ValueError, TypeError, RuntimeError) as error:  # settings that no variant accepts together
        reason = first_line(error)
        raise WorkshopError(f"The config in {file.path} describes no network that can be built ({reason}).") from error


class _SkipInit(TorchFunctionMode):
    """Skips `torch.nn.init`, which takes half of the time to build a network whose weights are replaced anyway."""

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        if getattr(func, "__module__", "") == "torch.nn.init":
            return args[0] if args else (kwargs or {}).get("tensor")
        return func(*args, **(kwargs or {}))


def check(network: nn.Module, file: TensorFile, name: str) -> None:
    """Raise WorkshopError with all mismatches unless the tensors `name.*` are exactly those of `network`."""
    expected, prefix = network.state_dict(), f"{name}."
    stored = {key.removeprefix(prefix): info for key, info in file.tensors.items() if key.startswith(prefix)}
    both = [(key, tensor, stored[key]) for key, tensor in expected.items() if key in stored]
    problems = {
        "missing": [key for key in expected if key not in stored],
        "unexpected": [key for key in stored if key not in expected],
        "wrong shape": [
            f"{key} {info.shape} instead of {tuple(tensor.shape)}"
            for key, tensor, info in both
            if info.shape != tensor.shape
        ],
        "wrong type": [
            f"{key} ({info.dtype})"
            for key, tensor, info in both
            if info.dtype not in (FLOATS if tensor.is_floating_point() else INTEGERS)
        ],
    }
    mismatches = [f"{problem}: {listed(keys)}" for problem, keys in problems.items() if keys]
    if mismatches:
        raise WorkshopError(f"The {name} in {file.path} does not match its config: {'; '.join(mismatches)}.")


def load_strict(network: nn.Module, file: TensorFile, name: str) -> nn.Module:
    """`network`, on the meta device and passed by `check`, with the tensors `name.*`: on the CPU, in eval mode, frozen.

    Raises WorkshopError for NaN or infinite weights.
    """
    expected, prefix = network.state_dict(), f"{name}."
    stored = file.read([prefix + key for key in expected])
    copies = {
        key: stored[prefix + key].to(tensor.dtype, copy=True, memory_format=torch.contiguous_format)
        for key, tensor in expected.items()
    }
    if invalid := [key for key, tensor in copies.items() if not is_finite(tensor)]:
        raise WorkshopError(f"The {name} in {file.path} has NaN or infinite numbers in {listed(invalid)}.")
    network.load_state_dict(copies, strict=True, assign=True)
    return network.eval().requires_grad_(False)


def is_finite(tensor: Tensor) -> bool:
    """Whether no number is NaN or infinite; in one pass, without a mask of the tensor's size."""
    if not tensor.numel() or not tensor.is_floating_point():
        return True
    return all(math.isfinite(end.item()) for end in tensor.aminmax())
