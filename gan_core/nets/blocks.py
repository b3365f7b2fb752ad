"""Small pieces that networks are made of."""

import torch
from torch import Tensor, nn

SMALLEST = 7
"""Halving stops at or below this many pixels; what is left is the stem's picture."""


def sizes(size: int) -> list[int]:
    """The picture sizes from the stem to the output, e.g. 28 to [7, 14, 28] and 100 to [7, 13, 25, 50, 100]."""
    chain = [size]
    while chain[0] > SMALLEST:
        chain.insert(0, (chain[0] + 1) // 2)
    return chain


def widths(size: int, width: int) -> list[int]:
    """Channels for each size but the last, from the stem on: doubling towards the stem, 8 × `width` at most."""
    return [width * min(2**i, 8) for i in reversed(range(len(sizes(size)) - 1))]


def norm2d(kind: str, channels: int) -> nn.Module:
    """A normalisation layer by name: `batch` or `none`."""
    return {"batch": nn.BatchNorm2d, "none": nn.Identity}[kind](channels)


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
        keep = torch.rand(x.shape, generator=self.generator, device=x.device) >= self.p
        return x * keep / (1 - self.p)


class LabelCode(nn.Module):
    """A learned vector for each class: labels (N,) to (N, dim)."""

    def __init__(self, classes: int, dim: int) -> None:
        super().__init__()
        self.table = nn.Embedding(classes, dim)

    def forward(self, labels: Tensor) -> Tensor:
        return self.table(labels)


@torch.no_grad()
def initialise(network: nn.Module, generator: torch.Generator) -> None:
    """Weights from N(0, 0.02) as in DCGAN (Radford et al., 2015, section 4); dense layers by fan-in.

    Dense layers of the MLPs are wide and have no norm to rescale them, so they get He's scale instead.
    Biases start at 0, norms at 1, and class codes at N(0, 1), strong enough to be heard.
    `generator` must be on the CPU: the same seed gives the same weights on every device.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            module.weight.normal_(0, 0.02, generator=generator)
        elif isinstance(module, nn.Linear):
            module.weight.normal_(0, module.in_features**-0.5, generator=generator)
        elif isinstance(module, nn.Embedding):
            module.weight.normal_(0, 1, generator=generator)
        bias = getattr(module, "bias", None)
        if isinstance(bias, Tensor):
            bias.zero_()
