"""Ten lines of Python that draw a picture again: with this program, or from an exported file with onnxruntime alone."""

import itertools
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_core.explore.point_file import shortest_float
from gan_core.system.errors import WorkshopError

PICTURE = "picture.png"
"""The file that a script writes into its working folder: the picture, pixel for pixel."""


@dataclass(frozen=True)
class SeededZ:
    """A z that is row `index` of the fixed noise of `seed`, unchanged."""

    seed: int
    index: int


Z = SeededZ | np.ndarray
"""By where it was drawn from, or its numbers (z_dim,)."""


def with_gan_core(model: str | Path, z: Z, label: str | None = None, *, raw: bool = False) -> str:
    """A script for this program's folder: `model` is the name of a bundled model, or the path of a weights file.

    `label` is the class by name, None of an unconditional model; `raw`: with the last weights of the file instead of
    their average (EMA). Raises WorkshopError for those of a bundled model, which has none.
    """
    if isinstance(model, Path):
        module, load = "checkpoint", f"checkpoint.load(Path({str(model)!r}){', raw=True' if raw else ''})"
    elif raw:
        raise WorkshopError(f"raw: {model} is a bundled model, which holds only the averaged weights (EMA).")
    else:
        module, load = "models", f"models.load({model!r})"
    seeded = isinstance(z, SeededZ)
    modules = ", ".join(sorted([module, "sampling", *(["latent"] if seeded else [])]))
    return _script(
        ["from pathlib import Path", ""] if isinstance(model, Path) else [],
        ["import torch"] if not seeded or label is not None else [],
        ["from PIL import Image", "", f"from gan_core import {modules}", "", f"model = {load}"],
        _z_lines(z),
        [] if label is None else [f"labels = torch.tensor([model.classes.index({label!r})])"],
        [f"picture = sampling.generate(model.generator, z{', labels' if label is not None else ''})[0]  # (H, W, C)"],
    )


def with_onnx(file: str | Path, z: np.ndarray, label: str | None = None, classes: Sequence[str] = ()) -> str:
    """A script that needs the exported `file`, numpy, Pillow and onnxruntime; z (z_dim,), `classes` of the model.

    Raises WorkshopError for an unknown class.
    """
    if label is not None and label not in classes:
        raise WorkshopError(f"label: {label!r} was given; allowed: {', '.join(classes) or 'none'}.")
    inputs = "{'z': z}" if label is None else "{'z': z, 'labels': labels}"
    return _script(
        ["import numpy as np", "import onnxruntime", "from PIL import Image", ""],
        [f"session = onnxruntime.InferenceSession({str(file)!r})", f"z = np.array([{_numbers(z)}], np.float32)"],
        [] if label is None else [f"labels = np.array([{list(classes).index(label)}], np.int64)  # {label!r}"],
        [
            f"pictures = session.run(None, {inputs})[0]  # -1 to 1",
            "picture = (pictures[0] * 127.5 + 127.5).round().clip(0, 255).astype(np.uint8).transpose(1, 2, 0)",
        ],
    )


def _script(*parts: Sequence[str]) -> str:
    """The lines in turn, and one that saves the picture."""
    save = f'Image.fromarray(picture.squeeze()).save("{PICTURE}")\n'
    return "\n".join([*itertools.chain(*parts), save])


def _z_lines(z: Z) -> list[str]:
    if not isinstance(z, SeededZ):
        return [f"z = torch.tensor([{_numbers(z)}])"]
    fixed = f"latent.fixed({z.index + 1}, network.z_dim, seed={z.seed}, distribution=network.z_distribution)"
    return ["network = model.config.network", f"z = {fixed}[{z.index}:]"]


def _numbers(z: np.ndarray) -> str:
    """z (z_dim,) as a list of the fewest digits that give back the same float32, wrapped."""
    text = ", ".join(str(shortest_float(number)) for number in z)
    return "[\n" + textwrap.fill(text, 116, initial_indent="    ", subsequent_indent="    ") + "\n]"
