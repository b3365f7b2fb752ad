"""A fully connected generator, as in the first GAN (Goodfellow et al., 2014): dense layers, batch norm or not, tanh."""

import math

from pydantic import ValidationError

from gan_core.models import metadata
from gan_core.models.foreign._parts import Assembly, NotThis, Part, activation_of
from gan_core.models.foreign.layout import Layout, Options, Plan
from gan_core.nets.description import Dense, Description, Layer, Norm, Unflatten


def plan(parts: tuple[Part, ...], options: Options) -> Plan:
    """See `Layout.plan`."""
    stages = [part for part in parts if part.kind != "norm"]
    if not stages or any(part.kind != "dense" for part in stages):
        raise NotThis("it needs dense layers alone")
    if len(stages) < 2:
        raise NotThis("it needs two dense layers or more")
    z_dim, numbers = stages[0].weight.shape[1], stages[-1].weight.shape[0]
    channels, size = _picture(numbers)
    assembly = Assembly()
    try:
        norm = Norm(features=1, maps=False, eps=options.eps)
        assembly.run(parts, _layer, activation_of(options.slope), norm, most_hidden=2)  # with dropout
        assembly.add(Unflatten(channels=channels, height=size, width=size))
        layers = Description.model_validate({"z_dim": z_dim, "layers": tuple(assembly.layers)})
    except ValidationError as error:
        raise NotThis(metadata.first(error).rstrip(".")) from None
    width = stages[-1].weight.shape[1]
    return Plan(
        layers,
        assembly.tensors,
        width,
        f"z of {z_dim} numbers, {len(stages)} dense layers, {channels} channel{'s' if channels > 1 else ''}, "
        f"{size} × {size} pixels",
        "channels before rows, " if channels > 1 else "",
    )


def _layer(part: Part) -> Layer:
    outputs, inputs = part.weight.shape
    return Dense(inputs=inputs, outputs=outputs, bias=part.bias)


def _picture(numbers: int) -> tuple[int, int]:
    """The channels and the size of a square picture of so many numbers: √3 is no fraction, so there is one at most."""
    for channels in (1, 3):
        size = math.isqrt(numbers // channels)
        if channels * size**2 == numbers and size >= 16:
            return channels, size
    raise NotThis(f"its last layer gives {numbers:,} numbers, which are no square picture of 16 pixels or more")


LAYOUT = Layout(title="MLP of dense layers", variant="vanilla", plan=plan, order=1)
