"""Where a run computes and in which precision: what this machine has, what is requested, and its name."""

import torch

from gan_core.system.errors import WorkshopError


def available() -> list[str]:
    """The devices of this machine, best first; `cpu` is always last."""
    found = ["cuda"] if torch.cuda.is_available() else []
    found += ["mps"] if torch.backends.mps.is_available() else []
    return [*found, "cpu"]


def choose(requested: str) -> torch.device:
    """The device for a `schedule.device`: `auto` is the best; raises WorkshopError for one that is not there."""
    if requested == "auto":
        return torch.device(available()[0])
    if requested not in available():
        raise WorkshopError(
            f"schedule.device: {requested} was given, but this machine offers only {', '.join(available())}."
        )
    return torch.device(requested)


def has_native_bf16(device: torch.device) -> bool:
    """Whether bf16 runs in hardware there; emulated bf16 would be slower than fp32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        features = torch.backends.cpu.get_cpu_capability()
        capable = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
        return capable and "AVX512" in features
    return False


def choose_dtype(requested: str, device: torch.device) -> torch.dtype:
    """The dtype of the forward passes for a `schedule.precision`."""
    if requested == "auto":
        return torch.bfloat16 if has_native_bf16(device) else torch.float32
    return {"fp32": torch.float32, "bf16": torch.bfloat16}[requested]


def describe(device: torch.device, dtype: torch.dtype, processes: int = 1) -> str:
    """For people, e.g. `2 CPU cores, bf16`, `NVIDIA L4, bf16` or `2 processes × 1 CPU core, bf16`."""
    each = f"{processes} processes × " if processes > 1 else ""
    precision, threads = {torch.float32: "fp32", torch.bfloat16: "bf16"}[dtype], torch.get_num_threads()
    name = f"{threads} CPU core{'s' if threads > 1 else ''}"
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    elif device.type == "mps":
        name = "Apple GPU"
    return f"{each}{name}, {precision}"
