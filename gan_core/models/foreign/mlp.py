"""A fully connected generator, as in the first GAN (Goodfellow et al., 2014): dense layers, batch norm or not, tanh."""

import math

from gan_core.models.foreign._layers import ChainBuilder, LayerWeights, LayoutMismatch
from gan_core.models.foreign.layout import ImportOptions, Layout, LayoutMatch
from gan_core.nets.description import Dense, Layer, Norm


def match(weights: tuple[LayerWeights, ...], options: ImportOptions) -> LayoutMatch:
    """See `Layout`."""
    stages = [layer for layer in weights if layer.kind != "norm"]
    if not stages or any(layer.kind != "dense" for layer in stages):
        raise LayoutMismatch("it needs dense layers only")
    if len(stages) < 2:
        raise LayoutMismatch("it needs two dense layers or more")
    z_dim, width = stages[0].weight.shape[1], stages[-1].weight.shape[1]
    channels, size = _picture_shape(stages[-1].weight.shape[0])
    chain = ChainBuilder(z_dim)
    norm = Norm(features=1, maps=False, eps=options.eps)
    chain.add_all(weights, _dense, options.slope, norm, max_gap=2)  # an activation and dropout
    chain.unflatten(channels, size)
    return LayoutMatch(
        chain.description(),
        chain.tensors,
        width,
        f"z of {z_dim} numbers, {len(stages)} dense layers, {channels} channel{'s' if channels > 1 else ''}, "
        f"{size} × {size} pixels",
        "channels before rows, " if channels > 1 else "",
    )


def _dense(layer: LayerWeights) -> Layer:
    outputs, inputs = layer.weight.shape
    return Dense(inputs=inputs, outputs=outputs, bias=layer.bias)


def _picture_shape(features: int) -> tuple[int, int]:
    """Channels and side of a square picture; unambiguous, because the square root of 3 is irrational."""
    for channels in (1, 3):
        size = math.isqrt(features // channels)
        if channels * size**2 == features and size >= 16:
            return channels, size
    raise LayoutMismatch(f"its last layer gives {features:,} numbers, which are no square picture of 16 pixels or more")


LAYOUT = Layout(title="MLP of dense layers", variant="vanilla", match=match, order=1)
