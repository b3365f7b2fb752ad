"""Convolutional networks after DCGAN (Radford et al., 2015), for any picture size from 16 to 128."""

import itertools

import torch
from torch import Tensor, nn

from gan_core.nets import Judgement, NetSpec
from gan_core.nets.blocks import LabelCode, SeededDropout, norm2d, sizes, widths


class Generator(nn.Module):
    """z (N, z_dim) and labels (N,) to pictures (N, C, H, W) in [-1, 1].

    Every stage doubles the picture with a 4×4 transposed convolution; where a size is odd, as 25 on the
    way to 100, one row and column are cut. `conditional` appends a learned class code to z.
    """

    def __init__(self, spec: NetSpec, *, norm: str = "batch", conditional: bool = False) -> None:
        super().__init__()
        self.sizes = sizes(spec.size)
        channels = widths(spec.size, spec.network.width)
        code = spec.classes if conditional else 0
        self.code = LabelCode(spec.classes, code) if conditional else None
        self.stem = nn.Sequential(
            nn.ConvTranspose2d(spec.network.z_dim + code, channels[0], self.sizes[0], bias=norm == "none"),
            norm2d(norm, channels[0]),
            nn.ReLU(),
        )
        pairs = itertools.pairwise(channels)
        self.stages = nn.ModuleList(
            nn.Sequential(
                nn.ConvTranspose2d(a, b, 4, 2, 1, bias=norm == "none"),
                norm2d(norm, b),
                nn.ReLU(),
            )
            for a, b in pairs
        )
        self.to_picture = nn.ConvTranspose2d(channels[-1], spec.channels, 4, 2, 1)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        if self.code is not None:
            z = torch.cat([z, self.code(labels).to(z.dtype)], dim=1)
        x = self.stem(z[:, :, None, None])  # (N, C0, s0, s0)
        for stage, size in zip([*self.stages, self.to_picture], self.sizes[1:], strict=True):
            x = stage(x)[:, :, :size, :size]
        return torch.tanh(x)


class Discriminator(nn.Module):
    """Pictures (N, C, H, W) and labels (N,) to a Judgement: 4×4 convolutions with stride 2, LeakyReLU 0.2.

    `conditional` lays a learned map of the class beside the picture as one more channel (Mirza and
    Osindero, 2014); `classify` adds a second head with class logits (Odena et al., 2016). The first stage
    has no norm.
    """

    def __init__(
        self, spec: NetSpec, *, norm: str = "batch", conditional: bool = False, classify: bool = False
    ) -> None:
        super().__init__()
        chain = sizes(spec.size)[::-1]
        channels = [spec.channels + conditional, *reversed(widths(spec.size, spec.network.width))]
        self.size = spec.size
        self.code = LabelCode(spec.classes, spec.size**2) if conditional else None
        layers: list[nn.Module] = []
        for i, (a, b) in enumerate(itertools.pairwise(channels)):
            kind = "none" if i == 0 else norm
            # an odd size gets one more row and column of padding, so that the sizes are the generator's
            layers += [nn.ZeroPad2d((0, 1, 0, 1))] if chain[i] % 2 else []
            layers += [nn.Conv2d(a, b, 4, 2, 1, bias=kind == "none"), norm2d(kind, b), nn.LeakyReLU(0.2)]
            layers += [SeededDropout(spec.network.dropout)] if spec.network.dropout else []
        self.features = nn.Sequential(*layers)
        count = channels[-1] * chain[-1] ** 2
        self.score = nn.Linear(count, 1)
        self.classes = nn.Linear(count, spec.classes) if classify else None

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Judgement:
        if self.code is not None:
            plane = self.code(labels).view(-1, 1, self.size, self.size).to(x.dtype)
            x = torch.cat([x, plane], dim=1)
        h = self.features(x).flatten(1)
        return Judgement(self.score(h).squeeze(1), self.classes(h) if self.classes is not None else None)
