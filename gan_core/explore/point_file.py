"""Latent points as a JSON file: the numbers themselves, so that any program can draw the same pictures.

`{"format": …, "model": NAME, "points": […]}`; a point has its `z`, and where it has them the name of its `class`, and
the `seed` and `index`, a row of `latent.fixed`, that z was drawn from: z is what counts.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

FORMAT = "gan-workshop-points/1"


def saved_point(
    z: np.ndarray, label: str | None = None, seed: int | None = None, index: int | None = None
) -> dict[str, Any]:
    """A point of z float32 (z_dim,), with the fewest digits that give back the same numbers."""
    fields = {"z": list(map(shortest_float, z)), "class": label, "seed": seed, "index": index}
    return {name: value for name, value in fields.items() if value is not None}


def shortest_float(number: np.float32 | float) -> float:
    """The float with the shortest text that is read back as the same float32."""
    return float(str(np.float32(number)))


def write(model: str, points: Sequence[dict[str, Any]]) -> bytes:
    """The file with points of the model called `model`, as JSON in UTF-8 with a line per point.

    Raises ValueError for numbers that are not finite.
    """
    lines = [json.dumps(point, ensure_ascii=False, allow_nan=False) for point in points]
    head = json.dumps({"format": FORMAT, "model": model}, ensure_ascii=False)
    return (head[:-1] + ', "points": [\n' + ",\n".join(lines) + "\n]}\n").encode()
