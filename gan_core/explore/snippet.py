"""Ten lines of Python that draw a picture again: with this program, or from an exported file with onnxruntime alone."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_core.explore.point_file import short
from gan_core.system.errors import WorkshopError

PICTURE = "picture.png"
"""The file a snippet writes into the folder where it runs: the picture, pixel for pixel."""


@dataclass(frozen=True)
class Drawn:
    """A z that is row `index` of the fixed noise of `seed`, unchanged."""

    seed: int
    index: int


Z = Drawn | np.ndarray
"""How z is given: by where it was drawn from, or as its numbers, (z_dim,)."""

Label = str | Mapping[str, float] | None
"""The class by name, weights over classes by name, or None of a model that is told no class."""


def with_gan_core(model: str | Path, z: Z, label: Label = None, *, raw: bool = False) -> str:
    """A script for this program's folder: `model` is the name of a bundled model, or the path of a weights file.

    `raw`: with the last weights of the file instead of their average (EMA).
    """
    if isinstance(model, Path):
        room, load = "checkpoint", f"checkpoint.load(Path({str(model)!r}){', raw=True' if raw else ''})"
    elif raw:
        raise WorkshopError(f"raw: {model} is a bundled model, which holds only the averaged weights (EMA).")
    else:
        room, load = "models", f"models.load({model!r})"
    drawn = isinstance(z, Drawn)
    used = ", ".join(sorted([room, "sampling", *(["latent"] if drawn else [])]))
    lines = [
        *(["from pathlib import Path", ""] if isinstance(model, Path) else []),
        *(["import torch"] if not drawn or label is not None else []),
        "from PIL import Image",
        "",
        f"from gan_core import {used}",
        "",
        f"model = {load}",
        *_z_lines(z),
        *_label_lines(label),
        f"picture = sampling.generate(model.generator, z{', labels' if label is not None else ''})[0]  # (H, W, C)",
        f'Image.fromarray(picture.squeeze()).save("{PICTURE}")',
    ]
    return "\n".join(lines) + "\n"


def _z_lines(z: Z) -> list[str]:
    if not isinstance(z, Drawn):
        return [f"z = torch.tensor([{_numbers(z)}])"]
    return [
        "network = model.config.network",
        f"z = latent.fixed({z.index + 1}, network.z_dim, seed={z.seed}, distribution=network.z_distribution)"
        f"[{z.index}:]",
    ]


def _label_lines(label: Label) -> list[str]:
    if label is None:
        return []
    if isinstance(label, str):
        return [f"labels = torch.tensor([model.classes.index({label!r})])"]
    weights = {name: short(weight) for name, weight in label.items() if weight}
    return [
        f"weights = {weights!r}",
        "labels = torch.tensor([[weights.get(name, 0.0) for name in model.classes]])",
    ]


def with_onnx(file: str | Path, z: np.ndarray, label: Label = None, classes: Sequence[str] = ()) -> str:
    """A script that needs the exported `file`, numpy, Pillow and onnxruntime; z (z_dim,), `classes` of the model.

    Raises WorkshopError for weights over classes, which an exported file does not take, and for an unknown class.
    """
    if label is not None and not isinstance(label, str):
        raise WorkshopError(
            "An exported file takes one class, no mix of several; choose one class, or another snippet."
        )
    if label is not None and label not in classes:
        raise WorkshopError(f"label: {label!r} was given; allowed: {', '.join(classes) or 'none'}.")
    given = {"z": "z"} if label is None else {"z": "z", "labels": "labels"}
    lines = [
        "import numpy as np",
        "import onnxruntime",
        "from PIL import Image",
        "",
        f"session = onnxruntime.InferenceSession({str(file)!r})",
        f"z = np.array([{_numbers(z)}], np.float32)",
        *([] if label is None else [f"labels = np.array([{list(classes).index(label)}], np.int64)  # {label!r}"]),
        f"pictures = session.run(None, {{{', '.join(f'{name!r}: {name}' for name in given)}}})[0]  # -1 to 1",
        "picture = (pictures[0] * 127.5 + 127.5).round().clip(0, 255).astype(np.uint8).transpose(1, 2, 0)",
        f'Image.fromarray(picture.squeeze()).save("{PICTURE}")',
    ]
    return "\n".join(lines) + "\n"


def _numbers(z: np.ndarray) -> str:
    """z (z_dim,) as a list of the fewest digits that give back the same float32, wrapped."""
    text = ", ".join(str(short(number)) for number in z)
    return "[\n" + textwrap.fill(text, 116, initial_indent="    ", subsequent_indent="    ") + "\n]"
