"""The generator of PyTorch's DCGAN example (Radford et al., 2015): transposed convolutions with batch norm and ReLU.

https://github.com/pytorch/examples/tree/main/dcgan; also as it is written for 28 × 28 pixels, where features of 32 × 32
end in a 1 × 1 convolution with padding 2, and with a plain convolution at the end.
"""

import itertools

from pydantic import ValidationError

from gan_core.models import metadata
from gan_core.models.foreign._parts import Assembly, NotThis, Part, activation_of
from gan_core.models.foreign.layout import Layout, Options, Plan
from gan_core.nets.description import Conv, Description, Layer, Norm, Transposed, Unflatten

Move = tuple[int, int]
"""Stride and padding."""

MOVES: dict[int, tuple[Move, ...]] = {
    1: ((1, 2), (1, 0)),
    2: ((2, 0),),
    3: ((2, 1), (1, 1)),
    4: ((2, 1),),
    5: ((1, 2),),
    6: ((2, 2),),
}
"""How a transposed convolution with this kernel may move, which its weights do not show; the likelier way first."""

USUAL = (28, 32, 64, 128)
"""Pixels; of all ways to move, the first that ends in one of these is taken, else the first that makes a picture."""

ALLOWED = range(16, 257)
MOST_STAGES = 12


def plan(parts: tuple[Part, ...], options: Options) -> Plan:
    """See `Layout.plan`."""
    stages = [part for part in parts if part.kind != "norm"]
    if not stages or any(part.kind != "maps" for part in stages):
        raise NotThis("it needs transposed convolutions alone")
    if not 2 <= len(stages) <= MOST_STAGES:
        raise NotThis(f"it needs 2 to {MOST_STAGES} convolutions, not {len(stages)}")
    square = [part for part in stages if part.weight.shape[2] != part.weight.shape[3]]
    if square:
        raise NotThis(f"{square[0]} has a kernel that is not square")
    flat = _ends_plainly(stages)
    moves, size = _moves(stages, flat)
    made = dict(zip(stages, moves, strict=True))

    def layer(part: Part) -> Layer:
        a, b, kernel, _ = part.weight.shape
        stride, padding = made[part]
        if flat and part is stages[-1]:
            return Conv(inputs=b, outputs=a, kernel=kernel, padding=padding, bias=part.bias)
        return Transposed(inputs=a, outputs=b, kernel=kernel, stride=stride, padding=padding, bias=part.bias)

    z_dim, assembly = stages[0].weight.shape[0], Assembly()
    try:
        assembly.add(Unflatten(channels=z_dim, height=1, width=1))
        norm = Norm(features=1, maps=True, eps=options.eps)
        assembly.run(parts, layer, activation_of(options.slope), norm, most_hidden=1)
        layers = Description.model_validate({"z_dim": z_dim, "layers": tuple(assembly.layers)})
    except ValidationError as error:
        raise NotThis(metadata.first(error).rstrip(".")) from None
    channels, width = layers.shape[0], stages[-1].weight.shape[1 if flat else 0]
    cut = moves[-1] == (1, 2) and stages[-1].weight.shape[2] == 1
    return Plan(
        layers,
        assembly.tensors,
        width,
        f"z of {z_dim} numbers, width {width}, {channels} channel{'s' if channels > 1 else ''}, {size} × {size} pixels",
        "padding 2 in its last layer, " if cut else "",
    )


def _ends_plainly(stages: list[Part]) -> bool:
    """Whether the last is a plain convolution: its inputs, then, are the second number of its shape."""
    before, last = stages[-2].weight.shape, stages[-1].weight.shape
    return last[0] != before[1] and last[1] == before[1]


def _moves(stages: list[Part], flat: bool) -> tuple[tuple[Move, ...], int]:
    """How each stage moves, and the size of the picture; the first makes its kernel's size of one pixel."""
    ways: list[tuple[Move, ...]] = [((1, 0),)]
    for part in stages[1:]:
        kernel = part.weight.shape[2]
        if flat and part is stages[-1]:
            ways.append(((1, kernel // 2),) if kernel % 2 else ())
        elif kernel == 1 and part is not stages[-1]:
            ways.append(((1, 0),))
        else:
            ways.append(MOVES.get(kernel, ()))
        if not ways[-1]:
            raise NotThis(f"how {part} moves cannot be told")
    found = [(moves, _size(stages, moves)) for moves in itertools.product(*ways)]
    usual = [way for way in found if way[1] in USUAL] or [way for way in found if way[1] in ALLOWED]
    if not usual:
        raise NotThis(
            f"it would draw pictures of {found[0][1]} pixels across; allowed are {ALLOWED[0]} to {ALLOWED[-1]}"
        )
    return usual[0]


def _size(stages: list[Part], moves: tuple[Move, ...]) -> int:
    size = 1
    for number, (part, (stride, padding)) in enumerate(zip(stages, moves, strict=True)):
        kernel = part.weight.shape[2]
        # a plain convolution at the end keeps the size, as does a transposed one with stride 1 and the same padding
        size = (size - 1) * stride - 2 * padding + kernel if number else kernel
    return size


LAYOUT = Layout(title="DCGAN as in PyTorch's example", variant="dcgan", plan=plan)
