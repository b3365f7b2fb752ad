"""How long it takes to carry something away: `python -m benchmarks.takeaway [--repeats 5]`.

A walk of 60 frames through the latent space of two bundled models, one grey and one in colour, as GIF, WebP and MP4,
drawing included; then their generators as ONNX and torch.export. Each is done once before the clock runs.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from benchmarks import report
from gan_core.explore import animation
from gan_core.models import bundled, export
from gan_core.models.checkpoint import Model
from gan_core.nets import latent, sampling

MODELS = ("fashion-cgan", "emoji-r3gan")
FRAMES = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    loaded = {name: bundled.load(name) for name in MODELS}
    films = [row for name, model in loaded.items() for row in of_walks(name, model, options.repeats)]
    files = [row for name, model in loaded.items() for row in of_exports(name, model, options.repeats)]
    spread = ["median (s)", "range (s)", "kB"]
    parts = [
        f"{FRAMES} frames, drawn, enlarged and written:",
        report.table(["model", "pixels", "file", *spread], films),
        "A generator, exported and checked:",
        report.table(["model", "file", *spread], files),
    ]
    report.publish(f"Taken away, {options.repeats} times each", "\n\n".join(parts))


def of_walks(name: str, model: Model, repeats: int) -> list[list[str]]:
    """A row for each kind of animation."""
    size = walk(model).shape[1]
    pixels = f"{size} to {size * animation.factor(size, size)}"
    return [
        [name, pixels, form.title, *measured(partial(_film, model, kind, name), repeats)]
        for kind, form in animation.FORMATS.items()
    ]


def of_exports(name: str, model: Model, repeats: int) -> list[list[str]]:
    """A row for each kind of export."""
    return [
        [name, target.title, *measured(partial(export.export, model, kind, name), repeats)]
        for kind, target in export.KINDS.items()
    ]


def _film(model: Model, kind: str, name: str) -> bytes:
    return animation.encode(walk(model), kind, recipe=name)


def walk(model: Model) -> np.ndarray:
    """FRAMES pictures on the line between two points of the fixed noise, of one class where there are any."""
    network = model.config.network
    start, end = latent.fixed(2, network.z_dim, seed=0, distribution=network.z_distribution)
    z = torch.lerp(start, end, torch.linspace(0, 1, FRAMES)[:, None])
    return sampling.generate(model.generator, z, torch.zeros(FRAMES, dtype=torch.int64) if model.conditional else None)


def measured(work: Callable[[], bytes], repeats: int) -> list[str]:
    """The median and the range of the seconds that `work` takes, and the size of what it makes."""
    made, times = work(), []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return [f"{report.median(times):.2f}", f"{min(times):.2f} to {max(times):.2f}", f"{len(made) / 1000:,.0f}"]


if __name__ == "__main__":
    main()
