"""A generator as a plain list of layers: the metadata of a model that none of our variants would build. Torch-free.

A description comes from a stranger's file, so its validation follows every shape from z to the picture and bounds
parameters, features and arithmetic: a valid one is safe to build.
"""

import math
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MAX_LAYERS = 64
MAX_PARAMETERS = 125_000_000
"""Half a gigabyte of float32."""
MAX_FEATURES = 2**24
"""Numbers that one picture may be between two layers: 128 × 128 pixels with 1,024 channels."""
MAX_PRODUCTS = 10**11
"""Multiplications for one picture; a DCGAN of 128 × 128 pixels and width 64 needs 2 · 10⁹."""

Channels = Annotated[int, Field(ge=1, le=2**16)]
Shape = tuple[int, ...]
"""Of one picture on its way: (features,) of a row, (C, H, W) of maps."""


class Layer(BaseModel):
    """The base of every layer: frozen, strictly typed, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @property
    def parameters(self) -> int:
        """The number of learned parameters."""
        return 0

    def after(self, shape: Shape) -> Shape:
        """The shape behind it; raises ValueError where it does not fit `shape`."""
        return shape


class Dense(Layer):
    """A row of `inputs` features to one of `outputs`."""

    kind: Literal["dense"] = "dense"
    inputs: Annotated[int, Field(ge=1, le=2**20)]
    outputs: Annotated[int, Field(ge=1, le=2**20)]
    bias: bool = True

    @property
    def parameters(self) -> int:
        return self.outputs * (self.inputs + self.bias)

    def after(self, shape: Shape) -> Shape:
        _fit("a dense layer", shape, (self.inputs,))
        return (self.outputs,)


class Kernels(Layer):
    """What the two kinds of convolution share: square kernels, from `inputs` channels to `outputs`."""

    inputs: Channels
    outputs: Channels
    kernel: Annotated[int, Field(ge=1, le=16)]
    padding: Annotated[int, Field(ge=0, le=15)] = 0
    bias: bool = True

    @property
    def parameters(self) -> int:
        return self.inputs * self.outputs * self.kernel**2 + self.outputs * self.bias


class Transposed(Kernels):
    """A transposed convolution."""

    kind: Literal["transposed"] = "transposed"
    stride: Annotated[int, Field(ge=1, le=8)] = 1

    def after(self, shape: Shape) -> Shape:
        _fit("a transposed convolution", shape, (self.inputs, *shape[1:]), maps=True)
        return (self.outputs, *((side - 1) * self.stride - 2 * self.padding + self.kernel for side in shape[1:]))


class Conv(Kernels):
    """A convolution with a stride of 1."""

    kind: Literal["conv"] = "conv"

    def after(self, shape: Shape) -> Shape:
        _fit("a convolution", shape, (self.inputs, *shape[1:]), maps=True)
        return (self.outputs, *(side + 2 * self.padding - self.kernel + 1 for side in shape[1:]))


class Norm(Layer):
    """Batch norm of a row's features, or of maps by channel, with a learned scale and shift."""

    kind: Literal["norm"] = "norm"
    features: Annotated[int, Field(ge=1, le=2**20)]
    maps: bool
    eps: Annotated[float, Field(gt=0, le=1)] = 1e-5

    @property
    def parameters(self) -> int:
        return 2 * self.features

    def after(self, shape: Shape) -> Shape:
        _fit("batch norm", shape, (self.features, *shape[1:]), maps=self.maps)
        return shape


class Activation(Layer):
    """`relu`, `leaky_relu` with a slope, or `tanh`."""

    kind: Literal["activation"] = "activation"
    name: Literal["relu", "leaky_relu", "tanh"]
    slope: Annotated[float, Field(ge=0, lt=1)] = 0.0


class Unflatten(Layer):
    """A row of features to maps (C, H, W), row by row."""

    kind: Literal["unflatten"] = "unflatten"
    channels: Channels
    height: Annotated[int, Field(ge=1, le=1024)]
    width: Annotated[int, Field(ge=1, le=1024)]

    def after(self, shape: Shape) -> Shape:
        _fit("unflatten", shape, (self.channels * self.height * self.width,))
        return self.channels, self.height, self.width


class Flatten(Layer):
    """Maps to a row of features, the inverse."""

    kind: Literal["flatten"] = "flatten"

    def after(self, shape: Shape) -> Shape:
        _fit("flatten", shape, shape, maps=True)
        return (shape[0] * shape[1] * shape[2],)


AnyLayer = Annotated[Dense | Transposed | Conv | Norm | Activation | Unflatten | Flatten, Field(discriminator="kind")]


class Description(BaseModel):
    """z (z_dim,) through `layers` to a picture (1 or 3, S, S) in [−1, 1], S from 16 to 256 pixels.

    Raises ValueError (pydantic's) for layers that do not fit each other, that end otherwise, or that are too large.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    z_dim: Annotated[int, Field(ge=1, le=1024)]
    layers: Annotated[tuple[AnyLayer, ...], Field(min_length=2, max_length=MAX_LAYERS)]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        shape, products = (self.z_dim,), 0
        for number, layer in enumerate(self.layers):
            before = shape
            try:
                shape = layer.after(before)
            except ValueError as error:
                raise ValueError(f"layer {number}, {error}") from None
            if min(shape) < 1 or math.prod(shape) > MAX_FEATURES:
                raise ValueError(
                    f"layer {number} gives {shape}; allowed are sides from 1 on and {MAX_FEATURES:,} numbers"
                )
            places = before if isinstance(layer, Transposed) else shape
            products += layer.parameters * math.prod(places[1:])
        if self.parameters > MAX_PARAMETERS:
            raise ValueError(f"the layers have {self.parameters:,} parameters; allowed are {MAX_PARAMETERS:,}")
        if products > MAX_PRODUCTS:
            raise ValueError(f"a picture takes {products:,} multiplications; allowed are {MAX_PRODUCTS:,}")
        if len(shape) != 3 or shape[0] not in (1, 3) or shape[1] != shape[2] or not 16 <= shape[1] <= 256:
            raise ValueError(f"the layers end in {shape}, which is no square picture of 16 to 256 pixels")
        if not any(isinstance(layer, Activation) and layer.name == "tanh" for layer in self.layers[-2:]):
            raise ValueError("the layers do not end in tanh, which makes values from −1 to 1")
        return self

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of the picture, (C, H, W)."""
        shape: Shape = tuple([self.z_dim])
        for layer in self.layers:
            shape = layer.after(shape)
        return shape[0], shape[1], shape[2]

    @property
    def parameters(self) -> int:
        """The number of learned parameters."""
        return sum(layer.parameters for layer in self.layers)


def _fit(what: str, shape: Shape, expected: Shape, *, maps: bool = False) -> None:
    if shape != expected or len(shape) != (3 if maps else 1):
        needed = f"maps with {expected[0]} channels" if maps else f"a row of {expected[0]} numbers"
        raise ValueError(f"{what}, is given {shape} but needs {needed}")
