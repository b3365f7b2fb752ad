"""A generator that is a plain list of layers, rebuilt from the description kept in its file."""

from typing import Any

from torch import Tensor, nn

from gan_core.nets import description
from gan_core.nets.description import Activation, Conv, Dense, Description, Flatten, Norm, Transposed, Unflatten


class Chain(nn.Module):
    """z (N, z_dim) to pictures (N, C, H, W) in [-1, 1] through the layers of `told`; labels are ignored.

    Its tensors are called by the place of their layer, as `layers.3.weight`. `told` bounds what this takes, so it
    may come from a stranger; built on the meta device it takes no memory at all.
    """

    def __init__(self, told: Description) -> None:
        super().__init__()
        self.told = told
        self.layers = nn.Sequential(*(BUILD[type(layer)](layer) for layer in told.layers))

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.layers(z)


def _transposed(told: Transposed) -> nn.Module:
    return nn.ConvTranspose2d(told.inputs, told.outputs, told.kernel, told.stride, told.padding, bias=told.bias)


def _conv(told: Conv) -> nn.Module:
    return nn.Conv2d(told.inputs, told.outputs, told.kernel, 1, told.padding, bias=told.bias)


def _norm(told: Norm) -> nn.Module:
    return (nn.BatchNorm2d if told.maps else nn.BatchNorm1d)(told.features, eps=told.eps)


def _activation(told: Activation) -> nn.Module:
    return {"relu": nn.ReLU, "leaky_relu": lambda: nn.LeakyReLU(told.slope), "tanh": nn.Tanh}[told.name]()


BUILD: dict[type[description.Layer], Any] = {
    Dense: lambda told: nn.Linear(told.inputs, told.outputs, bias=told.bias),
    Transposed: _transposed,
    Conv: _conv,
    Norm: _norm,
    Activation: _activation,
    Unflatten: lambda told: nn.Unflatten(1, (told.channels, told.height, told.width)),
    Flatten: lambda told: nn.Flatten(),
}
"""How each kind of layer is built."""
