"""Convolutional networks after DCGAN (Radford et al., 2015), for any picture size from 16 on."""

import itertools

import torch
from torch import Tensor, nn

from gan_core.nets import Judgement, NetSpec
from gan_core.nets.blocks import (
    ByFanIn,
    ClassVector,
    LabelCode,
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
    """z (N, z_dim) and labels (N,) to pictures (N, C, H, W) in [-1, 1].

    Every stage doubles the picture; where a size is odd, as 25 on the way to 100, one row and column are
    cut. `conditional` appends a learned class code to z.
    """

    def __init__(self, spec: NetSpec, *, conditional: bool = False) -> None:
        super().__init__()
        network = spec.network
        self.sizes = sizes(spec.size)
        channels = widths(spec.size, network.width)
        code = spec.classes if conditional else 0
        self.code = LabelCode(spec.classes, code) if conditional else None
        residual, bias = network.residual != "none", has_bias(network.norm_g)

        def settle(width: int) -> list[nn.Module]:
            return [norm2d(network.norm_g, width), activation(network.slope_g)]

        stem = _stem(network.stem, network.z_dim + code, channels[0], self.sizes[0], bias=bias or residual)
        self.stem = nn.Sequential(*stem, *([] if residual else settle(channels[0])))
        self.stages = nn.ModuleList(
            up_block(a, b, network) if residual else nn.Sequential(up(network.upsample, a, b, bias=bias), *settle(b))
            for a, b in itertools.pairwise(channels)
        )
        last = up(network.upsample, channels[-1], spec.channels, bias=True)
        self.to_picture = nn.Sequential(*(settle(channels[-1]) if residual else []), last)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        if self.code is not None:
            z = torch.cat([z, self.code(labels).to(z.dtype)], dim=1)
        x = self.stem(z)  # (N, C0, s0, s0)
        for stage, size in zip([*self.stages, self.to_picture], self.sizes[1:], strict=True):
            x = stage(x)[:, :, :size, :size]
        return torch.tanh(x)


class Discriminator(nn.Module):
    """Pictures (N, C, H, W) and labels (N,) to a Judgement: 4×4 convolutions with stride 2, or residual blocks.

    `conditional` lays a learned map of the class beside the picture as one more channel (Mirza and
    Osindero, 2014); `project` adds to the score how well the features, summed over the picture, fit a
    learned vector of the class (Miyato and Koyama, 2018, eq. 4); `classify` adds a second head with class
    logits (Odena et al., 2016). The first stage has no norm of its features.
    """

    def __init__(
        self, spec: NetSpec, *, conditional: bool = False, project: bool = False, classify: bool = False
    ) -> None:
        super().__init__()
        network, chain = spec.network, sizes(spec.size)[::-1]
        norm, residual = network.norm_d, network.residual == "both"
        channels = [spec.channels + conditional, *reversed(widths(spec.size, network.width))]
        self.size = spec.size
        self.code = LabelCode(spec.classes, spec.size**2) if conditional else None

        def settle(kind: str, width: int) -> list[nn.Module]:
            return [norm2d(kind, width), activation(network.slope_d), *dropout(network.dropout)]

        layers: list[nn.Module] = []
        for i, (a, b) in enumerate(itertools.pairwise(channels)):
            kind = "none" if i == 0 and norm != "spectral" else norm
            if residual and i:
                layers.append(down_block(a, b, chain[i], network))
            else:
                layers += [*down(a, b, chain[i], kind), *([] if residual else settle(kind, b))]
        self.features = nn.Sequential(*layers, *(settle(norm, channels[-1]) if residual else []))
        self.score = _head(network.stem, channels[-1], chain[-1], 1, norm)
        self.classes = _head(network.stem, channels[-1], chain[-1], spec.classes, norm) if classify else None
        self.vector = weighted(norm, ClassVector(spec.classes, channels[-1])) if project else None

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Judgement:
        if self.code is not None:
            plane = self.code(labels).view(-1, 1, self.size, self.size).to(x.dtype)
            x = torch.cat([x, plane], dim=1)
        h = self.features(x)  # (N, C, s, s)
        score = self.score(h).squeeze(1)
        if self.vector is not None:
            score = score + (self.vector(labels) * h.sum((2, 3))).sum(1)
        return Judgement(score, self.classes(h) if self.classes is not None else None)


def _stem(kind: str, count: int, channels: int, size: int, *, bias: bool) -> list[nn.Module]:
    """(N, count) to (N, channels, size, size). From one pixel, a stride of `size` does the same as one of 1."""
    return {
        "conv": lambda: [nn.Unflatten(1, (count, 1, 1)), nn.ConvTranspose2d(count, channels, size, size, bias=bias)],
        "dense": lambda: [nn.Linear(count, channels * size**2, bias), nn.Unflatten(1, (channels, size, size))],
    }[kind]()


def _head(kind: str, channels: int, size: int, count: int, norm: str) -> nn.Sequential:
    """(N, channels, size, size) to (N, count), by a convolution over the whole picture or a dense layer."""
    return {
        "conv": lambda: nn.Sequential(weighted(norm, ByFanIn(channels, count, size)), nn.Flatten()),
        "dense": lambda: nn.Sequential(nn.Flatten(), weighted(norm, nn.Linear(channels * size**2, count))),
    }[kind]()
