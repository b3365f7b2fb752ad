"""Convolutional networks after DCGAN (Radford et al., 2015), for any picture size from 16 on."""

import itertools

import torch
from torch import Tensor, nn

from gan_core.nets import DiscriminatorOutput, NetSpec
from gan_core.nets.blocks import (
    ByFanIn,
    ClassVector,
    LabelCode,
    Patches,
    Pixels,
    ToMap,
    ToRow,
    activation,
    down,
    down_block,
    dropout,
    has_bias,
    norm2d,
    sizes,
    up,
    up_block,
    weighted,
    widths,
)


class Generator(nn.Module):
    """z (N, z_dim) and labels (N,), or weights over classes (N, K), to pictures (N, C, H, W) in [-1, 1].

    Every stage doubles the picture; where a size is odd, as 25 on the way to 100, one row and column are
    cut. With a `patch` above 1 the last layer draws patches of so many pixels across, and there are fewer
    stages. `conditional` appends a learned class code to z.
    """

    def __init__(self, spec: NetSpec, *, conditional: bool = False) -> None:
        super().__init__()
        network = spec.network
        patch, chain = network.patch, sizes(-(-spec.size // network.patch))
        self.sizes = [*chain[1:], *([spec.size] if patch > 1 else [])]  # after each stage and the last layer
        channels = widths(len(self.sizes), network.width)
        channels[0] = network.stem_width or channels[0]
        code = spec.classes if conditional else 0
        self.code = LabelCode(spec.classes, code) if conditional else None
        residual, bias = network.residual != "none", has_bias(network.norm_g)

        def settle(width: int) -> list[nn.Module]:
            return [norm2d(network.norm_g, width), activation(network.slope_g)]

        stem = _stem(network.stem, network.z_dim + code, channels[0], chain[0], bias=bias or residual)
        self.stem = nn.Sequential(*stem, *([] if residual else settle(channels[0])))
        self.stages = nn.ModuleList(
            up_block(a, b, network) if residual else nn.Sequential(up(network.upsample, a, b, bias=bias), *settle(b))
            for a, b in itertools.pairwise(channels)
        )
        last = (
            [ByFanIn(channels[-1], patch**2 * spec.channels, 3, 1, 1), Pixels(patch)]
            if patch > 1
            else [up(network.upsample, channels[-1], spec.channels, bias=True)]
        )
        self.to_picture = nn.Sequential(*(settle(channels[-1]) if residual else []), *last)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        if self.code is not None:
            z = torch.cat([z, self.code(labels).to(z.dtype)], dim=1)
        x = self.stem(z)  # (N, C0, s0, s0)
        for stage, size in zip([*self.stages, self.to_picture], self.sizes, strict=True):
            x = stage(x)[:, :, :size, :size]
        return torch.tanh(x)


class Discriminator(nn.Module):
    """Pictures (N, C, H, W) and labels (N,) to a DiscriminatorOutput.

    4×4 convolutions with stride 2, or residual blocks.

    `conditional` lays a learned map of the class beside the picture as one more channel (Mirza and
    Osindero, 2014); `project` adds to the score how well the features, summed over the picture, fit a
    learned vector of the class (Miyato and Koyama, 2018, eq. 4); `classify` adds a second head with class
    logits (Odena et al., 2016). The first stage has no norm of its features. With a `patch` above 1 it is a 3×3
    convolution that reads patches of so many pixels across. `hidden` adds a dense layer before the heads.
    """

    def __init__(
        self, spec: NetSpec, *, conditional: bool = False, project: bool = False, classify: bool = False
    ) -> None:
        super().__init__()
        network, patch = spec.network, spec.network.patch
        norm, residual, chain = network.norm_d, network.residual == "both", sizes(-(-spec.size // patch))[::-1]
        colours = spec.channels + conditional
        self.size = spec.size
        self.code = LabelCode(spec.classes, spec.size**2) if conditional else None

        def settle(kind: str, width: int) -> list[nn.Module]:
            return [norm2d(kind, width), activation(network.slope_d), *dropout(network.dropout)]

        first = "spectral" if norm == "spectral" else "none"
        channels = widths(len(chain) - (patch == 1), network.width)[::-1]
        layers: list[nn.Module] = (
            [Patches(patch), weighted(first, nn.Conv2d(patch**2 * colours, channels[0], 3, 1, 1))]
            if patch > 1
            else down(colours, channels[0], chain.pop(0), first)
        )
        layers += [] if residual else settle(first, channels[0])
        for size, (a, b) in zip(chain[:-1], itertools.pairwise(channels), strict=True):
            layers += [down_block(a, b, size, network)] if residual else [*down(a, b, size, norm), *settle(norm, b)]
        self.features = nn.Sequential(*layers, *(settle(norm, channels[-1]) if residual else []))
        width, size = channels[-1], chain[-1]
        if network.hidden:
            dense = weighted(norm, nn.Linear(width * size**2, network.hidden))
            self.features.extend([ToRow(), dense, activation(network.slope_d), nn.Unflatten(1, (-1, 1, 1))])
            width, size = network.hidden, 1
        self.score = _head(network.stem, width, size, 1, norm)
        self.classes = _head(network.stem, width, size, spec.classes, norm) if classify else None
        self.vector = weighted(norm, ClassVector(spec.classes, width)) if project else None

    def forward(self, x: Tensor, labels: Tensor | None = None) -> DiscriminatorOutput:
        if self.code is not None:
            plane = self.code(labels).view(-1, 1, self.size, self.size).to(x.dtype)
            x = torch.cat([x, plane], dim=1)
        h = self.features(x)  # (N, C, s, s)
        score = self.score(h).squeeze(1)
        if self.vector is not None:
            score = score + (self.vector(labels) * h.sum((2, 3))).sum(1)
        return DiscriminatorOutput(score, self.classes(h) if self.classes is not None else None)


def _stem(kind: str, count: int, channels: int, size: int, *, bias: bool) -> list[nn.Module]:
    """(N, count) to (N, channels, size, size). From one pixel, a stride of `size` does the same as one of 1."""
    return {
        "conv": lambda: [nn.Unflatten(1, (count, 1, 1)), nn.ConvTranspose2d(count, channels, size, size, bias=bias)],
        "dense": lambda: [nn.Linear(count, channels * size**2, bias), ToMap(size)],
    }[kind]()


def _head(kind: str, channels: int, size: int, count: int, norm: str) -> nn.Sequential:
    """(N, channels, size, size) to (N, count), by a convolution over the whole picture or a dense layer."""
    return {
        "conv": lambda: nn.Sequential(weighted(norm, ByFanIn(channels, count, size)), nn.Flatten()),
        "dense": lambda: nn.Sequential(ToRow(), weighted(norm, nn.Linear(channels * size**2, count))),
    }[kind]()
