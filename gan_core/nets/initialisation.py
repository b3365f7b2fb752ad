"""Initial weights."""

import torch
from torch import Tensor, nn

from gan_core.nets.blocks import FanInConv2d, ProjectionEmbedding, Residual
from gan_core.nets.spectral import raw_weight, restart_power_iteration


@torch.no_grad()
def initialise(network: nn.Module, generator: torch.Generator, scheme: str = "normal") -> None:
    """Fill all weights from `generator`, which must be on the CPU: the same seed gives the same on every device.

    Convolutions start as `scheme` says: `normal` is N(0, 0.02) as in DCGAN (Radford et al., 2015, section 4),
    `he` is N(0, 2 / fan-in) (He et al., 2015, eq. 10), and a residual block then starts close to its shortcut,
    with a tenth of its last convolution (after Fixup, Zhang et al., 2019, which takes none). Dense layers
    are wide and have no norm to rescale them, so under `normal` they get N(0, 1 / fan-in), and so do, under
    both, convolutions that no activation follows. Biases start at 0, norms at 1, and class codes at N(0, 1),
    strong enough to matter.
    """
    hidden = {"normal": lambda fan_in: 0.02, "he": lambda fan_in: (2 / fan_in) ** 0.5}[scheme]
    dense = {"normal": lambda fan_in: fan_in**-0.5, "he": hidden}[scheme]
    for module in network.modules():
        std = _std(module, hidden, dense)
        if std is not None:
            raw_weight(module).normal_(0, std, generator=generator)
        bias = getattr(module, "bias", None)
        if isinstance(bias, Tensor):
            bias.zero_()
    if scheme == "he":
        for module in network.modules():
            if isinstance(module, Residual):
                raw_weight(module.branch[-1]).mul_(0.1)
    restart_power_iteration(network, generator)


def _std(module: nn.Module, hidden, dense) -> float | None:
    """The standard deviation of a layer's initial weights; None for what has none to draw."""
    if isinstance(module, FanInConv2d):
        return _fan_in(module) ** -0.5
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        return hidden(_fan_in(module))
    if isinstance(module, nn.Linear):
        return dense(module.in_features)
    if isinstance(module, ProjectionEmbedding):
        return module.embedding_dim**-0.5
    return 1.0 if isinstance(module, nn.Embedding) else None


def _fan_in(layer: nn.Conv2d | nn.ConvTranspose2d) -> float:
    """How many products make one output: a transposed convolution with stride s reaches a pixel k² / s² times."""
    area = layer.kernel_size[0] * layer.kernel_size[1]
    if isinstance(layer, nn.ConvTranspose2d):
        area /= layer.stride[0] * layer.stride[1]
    return layer.in_channels * area
