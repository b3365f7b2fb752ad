"""Convolutional networks after DCGAN (Radford et al., 2015), for any picture size from 16 on."""

import itertools

import torch
from torch import Tensor, nn

from gan_core.nets import DiscriminatorOutput, NetSpec
from gan_core.nets.blocks import (
    ClassEmbedding,
    DepthToSpace,
    FanInConv2d,
    FlattenChannelsLast,
    ProjectionEmbedding,
    SpaceToDepth,
    UnflattenChannelsLast,
    activation,
    down,
    down_block,
    dropout,
    has_bias,
    norm2d,
    sizes,
    spectral_if,
    up,
    up_block,
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
        self.code = ClassEmbedding(spec.classes, code) if conditional else None
        residual, bias = network.residual != "none", has_bias(network.norm_g)

        def norm_act(width: int) -> list[nn.Module]:
            return [norm2d(network.norm_g, width), activation(network.slope_g)]

        stem = _stem(network.stem, network.z_dim + code, channels[0], chain[0], bias=bias or residual)
        self.stem = nn.Sequential(*stem, *([] if residual else norm_act(channels[0])))
        self.stages = nn.ModuleList(
            up_block(a, b, network) if residual else nn.Sequential(up(network.upsample, a, b, bias=bias), *norm_act(b))
            for a, b in itertools.pairwise(channels)
        )
        last = (
            [FanInConv2d(channels[-1], patch**2 * spec.channels, 3, 1, 1), DepthToSpace(patch)]
            if patch > 1
            else [up(network.upsample, channels[-1], spec.channels, bias=True)]
        )
        self.to_picture = nn.Sequential(*(norm_act(channels[-1]) if residual else []), *last)

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
        self.code = ClassEmbedding(spec.classes, spec.size**2) if conditional else None

        def norm_act(kind: str, width: int) -> list[nn.Module]:
            return [norm2d(kind, width), activation(network.slope_d), *dropout(network.dropout)]

        first = "spectral" if norm == "spectral" else "none"
        channels = widths(len(chain) - (patch == 1), network.width)[::-1]
        layers: list[nn.Module] = (
            [SpaceToDepth(patch), spectral_if(first, nn.Conv2d(patch**2 * colours, channels[0], 3, 1, 1))]
            if patch > 1
            else down(colours, channels[0], chain.pop(0), first)
        )
        layers += [] if residual else norm_act(first, channels[0])
        for size, (a, b) in zip(chain[:-1], itertools.pairwise(channels), strict=True):
            layers += [down_block(a, b, size, network)] if residual else [*down(a, b, size, norm), *norm_act(norm, b)]
        self.features = nn.Sequential(*layers, *(norm_act(norm, channels[-1]) if residual else []))
        width, size = channels[-1], chain[-1]
        if network.hidden:
            dense = spectral_if(norm, nn.Linear(width * size**2, network.hidden))
            self.features.extend(
                [FlattenChannelsLast(), dense, activation(network.slope_d), nn.Unflatten(1, (-1, 1, 1))]
            )
            width, size = network.hidden, 1
        self.score = _head(network.stem, width, size, 1, norm)
        self.classes = _head(network.stem, width, size, spec.classes, norm) if classify else None
        self.vector = spectral_if(norm, ProjectionEmbedding(spec.classes, width)) if project else None

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
        "dense": lambda: [nn.Linear(count, channels * size**2, bias), UnflattenChannelsLast(size)],
    }[kind]()


def _head(kind: str, channels: int, size: int, count: int, norm: str) -> nn.Sequential:
    """(N, channels, size, size) to (N, count), by a convolution over the whole picture or a dense layer."""
    return {
        "conv": lambda: nn.Sequential(spectral_if(norm, FanInConv2d(channels, count, size)), nn.Flatten()),
        "dense": lambda: nn.Sequential(FlattenChannelsLast(), spectral_if(norm, nn.Linear(channels * size**2, count))),
    }[kind]()
