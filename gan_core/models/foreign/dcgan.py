"""The generator of PyTorch's DCGAN example (Radford et al., 2015): transposed convolutions with batch norm and ReLU.

https://github.com/pytorch/examples/tree/main/dcgan; also the common adaptation to 28 × 28 pixels, where features of
32 × 32 end in a 1 × 1 convolution with padding 2, and a plain convolution as the last layer.
"""

import itertools

from gan_core.models.foreign._layers import ChainBuilder, LayerWeights, LayoutMismatch
from gan_core.models.foreign.layout import ImportOptions, Layout, LayoutMatch
from gan_core.nets.description import Conv, Layer, Norm, Transposed

StridePadding = tuple[int, int]

CANDIDATES: dict[int, tuple[StridePadding, ...]] = {
    1: ((1, 2), (1, 0)),
    2: ((2, 0),),
    3: ((2, 1), (1, 1)),
    4: ((2, 1),),
    5: ((1, 2),),
    6: ((2, 2),),
}
"""Stride and padding by kernel size, which weights do not show; the likelier first."""

PREFERRED_SIZES = (28, 32, 64, 128)
"""Pixels: the first combination that gives one of these is taken, else the first with one of ALLOWED_SIZES."""
ALLOWED_SIZES = range(16, 257)
MAX_STAGES = 12


def match(weights: tuple[LayerWeights, ...], options: ImportOptions) -> LayoutMatch:
    """See `Layout`."""
    stages = [layer for layer in weights if layer.kind != "norm"]
    if not stages or any(layer.kind != "conv" for layer in stages):
        raise LayoutMismatch("it needs transposed convolutions only")
    if not 2 <= len(stages) <= MAX_STAGES:
        raise LayoutMismatch(f"it needs 2 to {MAX_STAGES} convolutions, not {len(stages)}")
    uneven = [layer for layer in stages if layer.weight.shape[2] != layer.weight.shape[3]]
    if uneven:
        raise LayoutMismatch(f"{uneven[0]} has a kernel that is not square")
    plain_end = _ends_in_plain_conv(stages)
    geometry, size = _geometry(stages, plain_end)
    stride_padding = dict(zip(stages, geometry, strict=True))

    def build(layer: LayerWeights) -> Layer:
        a, b, kernel, _ = layer.weight.shape
        stride, padding = stride_padding[layer]
        if plain_end and layer is stages[-1]:
            return Conv(inputs=b, outputs=a, kernel=kernel, padding=padding, bias=layer.bias)
        return Transposed(inputs=a, outputs=b, kernel=kernel, stride=stride, padding=padding, bias=layer.bias)

    z_dim, width = stages[0].weight.shape[0], stages[-1].weight.shape[1 if plain_end else 0]
    chain = ChainBuilder(z_dim)
    chain.unflatten(z_dim, 1)
    chain.add_all(weights, build, options.slope, Norm(features=1, maps=True, eps=options.eps), max_gap=1)
    layers = chain.description()
    channels = layers.shape[0]
    cropped = geometry[-1] == (1, 2) and stages[-1].weight.shape[2] == 1
    return LayoutMatch(
        layers,
        chain.tensors,
        width,
        f"z of {z_dim} numbers, width {width}, {channels} channel{'s' if channels > 1 else ''}, {size} × {size} pixels",
        "padding 2 in its last layer, " if cropped else "",
    )


def _ends_in_plain_conv(stages: list[LayerWeights]) -> bool:
    """Whether the last layer is not transposed: then its input channels are the second number of its shape."""
    before, last = stages[-2].weight.shape, stages[-1].weight.shape
    return last[0] != before[1] and last[1] == before[1]


def _geometry(stages: list[LayerWeights], plain_end: bool) -> tuple[tuple[StridePadding, ...], int]:
    """Stride and padding of each stage, and the picture's size; the first stage expands one pixel to its kernel."""
    candidates: list[tuple[StridePadding, ...]] = [((1, 0),)]
    for layer in stages[1:]:
        kernel = layer.weight.shape[2]
        if plain_end and layer is stages[-1]:
            candidates.append(((1, kernel // 2),) if kernel % 2 else ())
        elif kernel == 1 and layer is not stages[-1]:
            candidates.append(((1, 0),))
        else:
            candidates.append(CANDIDATES.get(kernel, ()))
        if not candidates[-1]:
            raise LayoutMismatch(f"the stride and padding of {layer} cannot be inferred")
    sized = [(geometry, _size(stages, geometry)) for geometry in itertools.product(*candidates)]
    fitting = [one for one in sized if one[1] in PREFERRED_SIZES] or [one for one in sized if one[1] in ALLOWED_SIZES]
    if not fitting:
        raise LayoutMismatch(
            f"it would draw pictures of {sized[0][1]} pixels across; allowed are {ALLOWED_SIZES[0]} to "
            f"{ALLOWED_SIZES[-1]}"
        )
    return fitting[0]


def _size(stages: list[LayerWeights], geometry: tuple[StridePadding, ...]) -> int:
    size = 1
    for number, (layer, (stride, padding)) in enumerate(zip(stages, geometry, strict=True)):
        kernel = layer.weight.shape[2]
        # a plain convolution at the end keeps the size, as does a transposed one with stride 1 and the same padding
        size = (size - 1) * stride - 2 * padding + kernel if number else kernel
    return size


LAYOUT = Layout(title="DCGAN as in PyTorch's example", variant="dcgan", match=match)
