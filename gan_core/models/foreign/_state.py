"""From a file to the state dict in it: bounded before it is read, and never unpickled but by `weights_only`."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_core.models import _strict_loading as strict_loading
from gan_core.models import _tensors as tensors
from gan_core.models.foreign import _pickles as pickles
from gan_core.system import settings
from gan_core.system.errors import WorkshopError
from gan_core.system.text import for_sentence

MOST_TENSORS = 2_000
MOST_DEPTH = 4

AVERAGED = ("ema", "g_ema", "netg_ema", "generator_ema", "ema_generator")
WITHIN = (
    *(*AVERAGED, "generator", "netg", "g", "gen"),
    *("generator_state_dict", "netg_state_dict", "g_state_dict", "model_state_dict", "state_dict", "model", "params"),
)
"""Under which names checkpoints keep the weights that draw, in small letters; the averaged ones first."""


def check_size(count: int, called: str) -> None:
    """Raise WorkshopError for a file of more bytes than allowed."""
    allowed = settings.current().max_bytes
    if count > allowed:
        sizes = f"has {count / 1e6:,.0f} MB; allowed: {allowed / 1e6:,.0f} MB"
        raise WorkshopError(f"{called} {sizes} (GAN_PULL_MB sets it).")


def read(path: Path, *, raw: bool = False) -> tuple[dict[str, Tensor], str]:
    """The tensors in `path` by their names, float32 on the CPU where they are floats, and under which names they were.

    `raw` takes the last weights where there is an average of them as well. What the file is goes by its beginning, not
    by its suffix. Raises WorkshopError with one sentence.
    """
    try:
        check_size(path.stat().st_size, path.name)
        kind = tensors.lookalike(path)
    except OSError as error:
        raise WorkshopError(f"{path.name} cannot be read: {error.strerror}.") from None
    if not kind:
        return _of_safetensors(path), ""
    pickles.check(path)
    with path.open("rb") as file:
        try:  # an open file, for by a path PyTorch would go by the suffix
            loaded = torch.load(file, map_location="cpu", weights_only=True)
        except Exception as error:  # whatever a damaged or malicious file leads the reader into
            said = for_sentence(str(error).strip() or type(error).__name__, 200).rstrip(".")
            raise WorkshopError(f"{path.name} cannot be read as a file of PyTorch's: {said}.") from error
    state, where = _inside(loaded, path.name, raw)
    _check_memory(state, path)
    return {name: _plain(name, tensor, path) for name, tensor in state.items()}, where


def _of_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return _checked(path)
    except WorkshopError as error:
        raise WorkshopError(str(error).replace(str(path), path.name)) from None


def _checked(path: Path) -> dict[str, Tensor]:
    with tensors.opened(path) as file:
        known = tensors.FLOATS | tensors.INTEGERS
        strange = [f"{name} ({entry.dtype})" for name, entry in file.entries.items() if entry.dtype not in known]
        if strange:
            raise WorkshopError(
                f"{path.name} holds tensors of no type that weights have: {strict_loading.listed(strange)}."
            )
        _check_count(len(file.entries), path.name)
        return {name: _plain(name, tensor, path) for name, tensor in file.read(list(file.entries)).items()}


def _inside(loaded: Any, called: str, raw: bool) -> tuple[dict[str, Tensor], str]:
    """The state dict of the generator in what was loaded, and its place in words."""
    where: list[str] = []
    for _ in range(MOST_DEPTH + 1):
        if not isinstance(loaded, Mapping):
            break
        named = {key.lower(): key for key in loaded if isinstance(key, str) and isinstance(loaded[key], Mapping)}
        inner = next((named[name] for name in WITHIN if name in named and not (raw and name in AVERAGED)), None)
        if inner is None:
            found = {key: value for key, value in loaded.items() if isinstance(key, str) and torch.is_tensor(value)}
            if not found and named.keys() & {*AVERAGED}:
                raise WorkshopError(f"{called} holds only the averaged weights (EMA), not the last ones.")
            if not found:
                break
            _check_count(len(found), called)
            return found, ", ".join(where)
        where.append(inner)
        loaded = loaded[inner]
    what = type(loaded).__name__
    if isinstance(loaded, Mapping):
        what = f"a dict with {strict_loading.listed([str(key) for key in list(loaded)[:20]]) or 'nothing'}"
    raise WorkshopError(f"{called} holds no state dict that this program finds: in it is {what}.")


def _check_count(count: int, called: str) -> None:
    if count > MOST_TENSORS:
        raise WorkshopError(f"{called} holds {count:,} tensors; allowed: {MOST_TENSORS:,}.")


def _check_memory(state: Mapping[str, Tensor], path: Path) -> None:
    """Raise WorkshopError where tensors say that they are larger than the file: views that repeat the same numbers."""
    strange = [name for name, tensor in state.items() if tensor.layout != torch.strided or tensor.device.type != "cpu"]
    if strange:
        raise WorkshopError(f"{path.name} holds tensors that are not plain numbers: {strict_loading.listed(strange)}.")
    claimed = sum(math.prod(tensor.shape) * tensor.element_size() for tensor in state.values())
    if claimed > path.stat().st_size:
        raise WorkshopError(f"{path.name} holds tensors of {claimed:,} bytes, more than the file itself.")


def _plain(name: str, tensor: Tensor, path: Path) -> Tensor:
    """A copy of its own: floats as float32, contiguous; raises WorkshopError for complex, NaN or infinite numbers."""
    if tensor.is_complex() or tensor.is_quantized:
        raise WorkshopError(f"{path.name} holds tensors that are not plain numbers: {strict_loading.listed([name])}.")
    dtype = torch.float32 if tensor.is_floating_point() else tensor.dtype
    copied = tensor.detach().to(dtype, copy=True, memory_format=torch.contiguous_format)
    if not strict_loading.finite(copied):
        raise WorkshopError(f"{path.name} has NaN or infinite numbers in {strict_loading.listed([name])}.")
    return copied
