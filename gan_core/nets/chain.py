"""A generator that is a plain list of layers, rebuilt from the description kept in its file."""

from typing import Any

from torch import Tensor, nn

from gan_core.nets.description import (
    Activation,
    Conv,
    Dense,
    Description,
    Flatten,
    Layer,
    Norm,
    Transposed,
    Unflatten,
)


class SequentialGenerator(nn.Module):
    """z (N, z_dim) to pictures (N, C, H, W) in [-1, 1] through the layers of `description`; labels are ignored.

    Tensors are named after the index of their layer, as `layers.3.weight`. A `Description` bounds the memory this
    takes, so it may come from a stranger's file; built on the meta device it takes none.
    """

    def __init__(self, description: Description) -> None:
        super().__init__()
        self.description = description
        self.layers = nn.Sequential(*(BUILD[type(layer)](layer) for layer in description.layers))

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.layers(z)


def _transposed(layer: Transposed) -> nn.Module:
    return nn.ConvTranspose2d(layer.inputs, layer.outputs, layer.kernel, layer.stride, layer.padding, bias=layer.bias)


def _activation(layer: Activation) -> nn.Module:
    return {"relu": nn.ReLU, "leaky_relu": lambda: nn.LeakyReLU(layer.slope), "tanh": nn.Tanh}[layer.name]()


BUILD: dict[type[Layer], Any] = {
    Dense: lambda layer: nn.Linear(layer.inputs, layer.outputs, bias=layer.bias),
    Transposed: _transposed,
    Conv: lambda layer: nn.Conv2d(layer.inputs, layer.outputs, layer.kernel, 1, layer.padding, bias=layer.bias),
    Norm: lambda layer: (nn.BatchNorm2d if layer.maps else nn.BatchNorm1d)(layer.features, eps=layer.eps),
    Activation: _activation,
    Unflatten: lambda layer: nn.Unflatten(1, (layer.channels, layer.height, layer.width)),
    Flatten: lambda layer: nn.Flatten(),
}
"""How each kind of layer is built."""
