"""The convolutions and matrix products of a training step, recorded as they happen, and each timed alone."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

CONVOLUTIONS = {"convolution", "convolution_backward"}
PRODUCTS = {"mm", "addmm", "bmm", "baddbmm"}
SHORT = {torch.float32: "fp32", torch.bfloat16: "bf16", torch.float16: "fp16"}


@dataclass(frozen=True)
class Like:
    """What a tensor is like: enough to make another that takes as long."""

    shape: tuple[int, ...]
    stride: tuple[int, ...]
    dtype: torch.dtype
    device: str

    def make(self) -> Tensor:
        """Random numbers, laid out as the tensor was (also where it was expanded)."""
        count = 1 + sum((size - 1) * step for size, step in zip(self.shape, self.stride, strict=True))
        return torch.randn(count, device=self.device).to(self.dtype).as_strided(self.shape, self.stride)

    def __str__(self) -> str:
        return "×".join(map(str, self.shape))


@dataclass(frozen=True)
class Call:
    """One kind of call in a step: `flops` floating-point operations, a multiplication and an addition being two."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    flops: int

    @property
    def name(self) -> str:
        return self.function._overloadpacket.__name__  # pyright: ignore[reportFunctionMemberAccess]

    @property
    def is_convolution(self) -> bool:
        return self.name in CONVOLUTIONS

    def __str__(self) -> str:
        tensors = [argument for argument in self.arguments if isinstance(argument, Like)]
        kind = SHORT.get(tensors[-1].dtype, str(tensors[-1].dtype))
        if not self.is_convolution:
            return f"{self.name} {' · '.join(map(str, tensors[-2:]))}, {kind}"
        backward = self.name == "convolution_backward"
        picture, weight = tensors[1:3] if backward else tensors[:2]
        # (grad,) input, weight, bias or its size, stride, padding, dilation, transposed, …
        stride, transposed = (self.arguments[4 if backward else 3], self.arguments[7 if backward else 6])
        what = f"{'transposed ' if transposed else ''}convolution{' backward' if backward else ''}"
        return f"{what} {picture} with {weight}, stride {stride[0]}, {kind}"

    def seconds(self, repeats: int = 15) -> float:
        """The median time of the call alone."""
        given = [argument.make() if isinstance(argument, Like) else argument for argument in self.arguments]
        lists = [list(argument) if isinstance(argument, tuple) else argument for argument in given]
        return timed(lambda: self.function(*lists), repeats)


class Recorder(TorchDispatchMode):
    """Counts the calls made while it is entered, those of backward passes and of penalties among them."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[Call] = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        name = func._overloadpacket.__name__
        if name in CONVOLUTIONS or (name in PRODUCTS and not kwargs):
            flops = flop_registry[func._overloadpacket](*args, **(kwargs or {}), out_val=out)
            self.calls[Call(func, tuple(_kept(argument) for argument in args), flops)] += 1
        return out


def timed(go: Callable[[], object], repeats: int = 15) -> float:
    """The median seconds of `go()`, which is called three times before."""
    for _ in range(3):
        go()
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        go()
        found.append(time.perf_counter() - start)
    return sorted(found)[repeats // 2]


def product_peak(dtype: torch.dtype, size: int = 2048) -> float:
    """FLOP/s of a large square matrix product: what this processor can do at best."""
    a, b = torch.randn(2, size, size).to(dtype)
    return 2 * size**3 / timed(lambda: a @ b)


def convolution_peak(dtype: torch.dtype, batch: int = 64) -> float:
    """FLOP/s of the best of some well-shaped 3×3 convolutions, forward and backward, channels last."""
    return max(
        _convolution(dtype, batch, channels, size) for channels, size in ((64, 14), (128, 14), (256, 7), (256, 14))
    )


def _convolution(dtype: torch.dtype, batch: int, channels: int, size: int) -> float:
    x, weight = (
        torch.randn(*shape).to(dtype).to(memory_format=torch.channels_last).requires_grad_()
        for shape in ((batch, channels, size, size), (channels, channels, 3, 3))
    )
    gradient = torch.randn_like(x)

    def step() -> None:
        x.grad = weight.grad = None
        F.conv2d(x, weight, padding=1).backward(gradient)

    return 3 * 2 * batch * (channels * size) ** 2 * 9 / timed(step)


def _kept(argument: Any) -> Any:
    if isinstance(argument, Tensor):
        return Like(tuple(argument.shape), argument.stride(), argument.dtype, str(argument.device))
    return tuple(argument) if isinstance(argument, list) else argument
