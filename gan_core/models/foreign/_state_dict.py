"""Read the state dict from a foreign file: bounded before it is read, unpickled only with `weights_only`."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_core.models._messages import listed
from gan_core.models._safetensors import FLOATS, INTEGERS, open_tensors, pytorch_format
from gan_core.models._strict_loading import is_finite
from gan_core.models.foreign import _pickles
from gan_core.system import settings
from gan_core.system.errors import WorkshopError
from gan_core.system.text import for_sentence

MAX_TENSORS = 2_000
MAX_DEPTH = 4

EMA_KEYS = ("ema", "g_ema", "netg_ema", "generator_ema", "ema_generator")
GENERATOR_KEYS = (
    *(*EMA_KEYS, "generator", "netg", "g", "gen"),
    *("generator_state_dict", "netg_state_dict", "g_state_dict", "model_state_dict", "state_dict", "model", "params"),
)
"""Where checkpoints keep the generator's weights, in lower case; averaged ones first."""


def read(path: Path, *, raw: bool = False) -> tuple[dict[str, Tensor], str]:
    """The tensors in `path` by name, on the CPU, floats as float32; and the keys under which they were nested.

    `raw` takes the last weights even if there are averaged ones. The file's type follows from its first bytes, not
    from its suffix. Raises WorkshopError.
    """
    try:
        size, limit = path.stat().st_size / 1e6, settings.current().max_bytes / 1e6
        if size > limit:
            raise WorkshopError(f"{path.name} has {size:,.0f} MB; allowed: {limit:,.0f} MB (GAN_PULL_MB sets it).")
        if not pytorch_format(path):
            return _read_safetensors(path), ""
    except OSError as error:
        raise WorkshopError(f"{path.name} cannot be read: {error.strerror}.") from None
    _pickles.check(path)
    with path.open("rb") as file:
        try:  # an open file: given a path, PyTorch would go by the suffix
            loaded = torch.load(file, map_location="cpu", weights_only=True)
        except Exception as error:  # a damaged or malicious file may raise anything
            reason = for_sentence(str(error).strip() or type(error).__name__, 200).rstrip(".")
            raise WorkshopError(f"{path.name} cannot be read as a file of PyTorch's: {reason}.") from error
    state, keys = _find_generator(loaded, path.name, raw)
    _check_memory(state, path)
    return {name: _copy(name, tensor, path) for name, tensor in state.items()}, keys


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        with open_tensors(path) as file:
            wrong = [f"{name} ({t.dtype})" for name, t in file.tensors.items() if t.dtype not in FLOATS | INTEGERS]
            if wrong:
                raise WorkshopError(f"{path.name} holds tensors of no type that weights have: {listed(wrong)}.")
            _check_count(len(file.tensors), path.name)
            return {name: _copy(name, tensor, path) for name, tensor in file.read(list(file.tensors)).items()}
    except WorkshopError as error:
        raise WorkshopError(str(error).replace(str(path), path.name)) from None


def _find_generator(loaded: Any, file_name: str, raw: bool) -> tuple[dict[str, Tensor], str]:
    """The generator's state dict in what was loaded, and the keys that lead to it."""
    keys: list[str] = []
    for _ in range(MAX_DEPTH + 1):
        if not isinstance(loaded, Mapping):
            break
        dicts = {key.lower(): key for key in loaded if isinstance(key, str) and isinstance(loaded[key], Mapping)}
        inner = next((dicts[key] for key in GENERATOR_KEYS if key in dicts and not (raw and key in EMA_KEYS)), None)
        if inner is None:
            state = {key: value for key, value in loaded.items() if isinstance(key, str) and torch.is_tensor(value)}
            if not state and dicts.keys() & {*EMA_KEYS}:
                raise WorkshopError(f"{file_name} holds only the averaged weights (EMA), not the last ones.")
            if not state:
                break
            _check_count(len(state), file_name)
            return state, ", ".join(keys)
        keys.append(inner)
        loaded = loaded[inner]
    what = type(loaded).__name__
    if isinstance(loaded, Mapping):
        what = f"a dict with {listed([str(key) for key in list(loaded)[:20]]) or 'nothing'}"
    raise WorkshopError(f"{file_name} holds no state dict of a generator: it contains {what}.")


def _check_count(count: int, file_name: str) -> None:
    if count > MAX_TENSORS:
        raise WorkshopError(f"{file_name} holds {count:,} tensors; allowed: {MAX_TENSORS:,}.")


def _check_memory(state: Mapping[str, Tensor], path: Path) -> None:
    """Raise WorkshopError if the tensors claim more memory than the file has: views that repeat the same numbers."""
    unusual = [name for name, tensor in state.items() if tensor.layout != torch.strided or tensor.device.type != "cpu"]
    if unusual:
        raise WorkshopError(f"{path.name} holds tensors that are not plain numbers: {listed(unusual)}.")
    claimed = sum(math.prod(tensor.shape) * tensor.element_size() for tensor in state.values())
    if claimed > path.stat().st_size:
        raise WorkshopError(f"{path.name} holds tensors of {claimed:,} bytes, more than the file itself.")


def _copy(name: str, tensor: Tensor, path: Path) -> Tensor:
    """A contiguous copy, floats as float32; raises WorkshopError for complex, NaN or infinite numbers."""
    if tensor.is_complex() or tensor.is_quantized:
        raise WorkshopError(f"{path.name} holds tensors that are not plain numbers: {listed([name])}.")
    dtype = torch.float32 if tensor.is_floating_point() else tensor.dtype
    copied = tensor.detach().to(dtype, copy=True, memory_format=torch.contiguous_format)
    if not is_finite(copied):
        raise WorkshopError(f"{path.name} has NaN or infinite numbers in {listed([name])}.")
    return copied
