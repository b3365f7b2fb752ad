"""Layers and blocks that the networks are built from."""

from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from gan_core.config import NetworkConfig
from gan_core.nets.spectral import spectral_norm
from gan_core.system import sharding

SMALLEST = 7
"""Halving stops at or below this many pixels; what is left is the stem's picture."""


def sizes(size: int) -> list[int]:
    """The picture sizes from the stem to the output, e.g. 28 to [7, 14, 28] and 100 to [7, 13, 25, 50, 100]."""
    chain = [size]
    while chain[0] > SMALLEST:
        chain.insert(0, (chain[0] + 1) // 2)
    return chain


def widths(count: int, width: int) -> list[int]:
    """Channels of `count` stages, from the stem on: doubling towards the stem, 8 × `width` at most."""
    return [width * min(2**i, 8) for i in reversed(range(count))]


NORMS = {
    "batch": nn.BatchNorm2d,
    "instance": partial(nn.InstanceNorm2d, affine=True),
    "none": nn.Identity,
    "spectral": nn.Identity,  # acts on the weights, see `spectral_if`
}


def norm2d(kind: str, channels: int) -> nn.Module:
    """A layer that normalises features (N, channels, H, W): `batch` or `instance`; nothing for the other two."""
    return NORMS[kind](channels)


def has_bias(norm: str) -> bool:
    """Whether a convolution before this norm needs a bias of its own: the features' norms bring one."""
    return NORMS[norm] is nn.Identity


def spectral_if(norm: str, layer: nn.Module) -> nn.Module:
    """`layer`, under spectral norm if that is the norm."""
    return spectral_norm(layer) if norm == "spectral" else layer


def activation(slope: float) -> nn.Module:
    """LeakyReLU, or ReLU at slope 0."""
    return nn.LeakyReLU(slope) if slope else nn.ReLU()


def dropout(p: float) -> list[nn.Module]:
    """One layer, or none at 0."""
    return [SeededDropout(p)] if p else []


def up(kind: str, a: int, b: int, *, bias: bool) -> nn.Sequential:
    """(N, a, H, W) to (N, b, 2H, 2W), four ways.

    `transposed` as in DCGAN; `nearest` and `bilinear` enlarge first, which leaves no checkerboards (Odena et
    al., 2016, Deconvolution and Checkerboard Artifacts); `subpixel` makes pixels of channels (Shi et al., 2016).
    """
    build = {
        "transposed": lambda: [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=bias)],
        "nearest": lambda: [nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(a, b, 3, 1, 1, bias=bias)],
        "bilinear": lambda: [nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(a, b, 3, 1, 1, bias=bias)],
        "subpixel": lambda: [nn.Conv2d(a, 4 * b, 3, 1, 1, bias=bias), DepthToSpace(2)],
    }
    return nn.Sequential(*build[kind]())


def down(a: int, b: int, size: int, norm: str) -> list[nn.Module]:
    """(N, a, size, size) to (N, b, s, s) with s = ⌈size / 2⌉: a 4×4 convolution with stride 2.

    An odd size gets one more row and column of padding, so that the sizes are the generator's.
    """
    pad: list[nn.Module] = [nn.ZeroPad2d((0, 1, 0, 1))] if size % 2 else []
    return [*pad, spectral_if(norm, nn.Conv2d(a, b, 4, 2, 1, bias=has_bias(norm)))]


class FanInConv2d(nn.Conv2d):
    """A convolution with no activation after it (a shortcut, a last layer): it starts by fan-in, as dense layers do."""


class Residual(nn.Module):
    """branch(x) + skip(x), pre-activation (He et al., 2016, Identity Mappings, figure 1b)."""

    def __init__(self, branch: nn.Sequential, skip: nn.Sequential) -> None:
        super().__init__()
        self.branch, self.skip = branch, skip

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.skip(x)


def up_block(a: int, b: int, network: NetworkConfig) -> Residual:
    """(N, a, H, W) to (N, b, 2H, 2W): up-sampling and a 3×3 convolution; the shortcut repeats pixels."""
    norm, slope = network.norm_g, network.slope_g
    branch = nn.Sequential(
        norm2d(norm, a),
        activation(slope),
        up(network.upsample, a, b, bias=has_bias(norm)),
        norm2d(norm, b),
        activation(slope),
        nn.Conv2d(b, b, 3, 1, 1),
    )
    match: list[nn.Module] = [FanInConv2d(a, b, 1, bias=False)] if a != b else []
    return Residual(branch, nn.Sequential(*match, nn.Upsample(scale_factor=2, mode="nearest")))


def down_block(a: int, b: int, size: int, network: NetworkConfig) -> Residual:
    """(N, a, size, size) to (N, b, s, s) with s = ⌈size / 2⌉: a 3×3 and a down-sampling convolution.

    The shortcut takes the mean of 2×2 pixels, at an odd border of those there are.
    """
    norm, slope = network.norm_d, network.slope_d
    branch = nn.Sequential(
        norm2d(norm, a),
        activation(slope),
        spectral_if(norm, nn.Conv2d(a, a, 3, 1, 1, bias=has_bias(norm))),
        norm2d(norm, a),
        activation(slope),
        *dropout(network.dropout),
        *down(a, b, size, norm),
    )
    match: list[nn.Module] = [spectral_if(norm, FanInConv2d(a, b, 1, bias=False))] if a != b else []
    return Residual(branch, nn.Sequential(nn.AvgPool2d(2, ceil_mode=True), *match))


class SeededDropout(nn.Module):
    """Dropout whose coins come from the run's own generator, so that nothing else disturbs a seed.

    The trainer sets `generator`; without one (a network outside a run) torch's global one is used.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p
        self.generator: torch.Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        keep = sharding.uniform(*x.shape, rng=self.generator, device=x.device) >= self.p
        return x * keep / (1 - self.p)


class SpaceToDepth(nn.Module):
    """Pictures (N, C, H, W) to patches of p × p pixels as channels (N, p² · C, ⌈H / p⌉, ⌈W / p⌉), zeros at the border.

    Space to depth (Shi et al., 2016, read backwards): layers at full size with one or three channels are the
    slowest of a small network.
    """

    def __init__(self, p: int) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        p, rows, columns = self.p, -(-h // self.p), -(-w // self.p)
        if (h, w) != (rows * p, columns * p):
            x = nn.functional.pad(x, (0, columns * p - w, 0, rows * p - h))
        x = _SwapAxes.apply(x.permute(0, 2, 3, 1).reshape(n, rows, p, columns, p * c))  # (N, rows, columns, p, p · C)
        return x.view(n, rows, columns, p * p * c).permute(0, 3, 1, 2)


class _SwapAxes(torch.autograd.Function):
    """(N, A, B, C, R) to (N, A, C, B, R), contiguous.

    The R numbers of a run stay together and, where there is a type as long as they are, move as one: that takes a
    third of the time where a run is two pixels of one channel.
    """

    RUNS: ClassVar = {2: torch.int16, 4: torch.int32, 8: torch.int64}

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        run = _SwapAxes.RUNS.get(x.shape[-1] * x.element_size())
        whole = x if run is None else x.contiguous().view(run)
        return whole.transpose(2, 3).contiguous().view(x.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _SwapAxes.apply(gradient)


class DepthToSpace(nn.Module):
    """The inverse: (N, p² · C, H, W) to pictures (N, C, p · H, p · W)."""

    def __init__(self, p: int) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        p = self.p
        x = x.permute(0, 2, 3, 1).reshape(n, h, w, p, p, c // p**2).transpose(2, 3)  # (N, H, p, W, p, C)
        return x.reshape(n, h * p, w * p, c // p**2).permute(0, 3, 1, 2)


class UnflattenChannelsLast(nn.Module):
    """(N, size · size · C) to (N, C, size, size), with the channels last in memory.

    Layers pass gradients back in the memory layout of their input. Where that is not the layout of their own
    features, an activation's backward pass takes thirty times as long: hence this and `FlattenChannelsLast` in place of
    `Unflatten` and `Flatten`.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        # not len(x): that is a plain number, and an exported network would take batches of this size alone
        return x.view(x.shape[0], self.size, self.size, -1).permute(0, 3, 1, 2)


class FlattenChannelsLast(nn.Module):
    """The inverse: (N, C, H, W) to (N, H · W · C)."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)


class ClassEmbedding(nn.Module):
    """A learned vector for each class: labels (N,) to (N, dim); of weights over classes (N, K) the mixture (N, dim)."""

    def __init__(self, classes: int, dim: int) -> None:
        super().__init__()
        self.table = nn.Embedding(classes, dim)

    def forward(self, labels: Tensor) -> Tensor:
        return labels.to(self.table.weight.dtype) @ self.table.weight if labels.ndim == 2 else self.table(labels)


class ProjectionEmbedding(nn.Embedding):
    """A learned vector for each class that features are compared with: labels (N,) to (N, dim)."""
