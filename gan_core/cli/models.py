"""Models in and out: `export` one for other programs, film a `walk` through its latent space, `import` weights."""

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_core.cli import _common
from gan_core.cli._common import Options, add_command
from gan_core.system.errors import WorkshopError, check_range

if TYPE_CHECKING:
    import numpy as np

    from gan_core.models.checkpoint import Model

FORMATS = {"onnx": "ONNX, for onnxruntime and others", "pt2": "torch.export, for PyTorch without this program"}
"""The ids of `export.FORMATS`, repeated here so that `--help` needs no torch."""

MAX_NAME = 60
"""Letters of a name that is derived from a file's."""


def add(commands: Any) -> None:
    text = "write a generator as a file for other programs, ONNX or torch.export"
    export = add_command(commands, "export", _export, help=text)
    _common.add_weights(export)
    text = "; ".join(f"{name}: {title}" for name, title in FORMATS.items())
    export.add_argument("--to", choices=[*FORMATS], required=True, help=text)
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to write")

    text = "a random walk through latent space that loops, as a GIF, WebP or MP4"
    walk = add_command(commands, "walk", _walk, help=text)
    _common.add_weights(walk)
    walk.add_argument("--frames", type=int, default=60, help="how many pictures (default: 60)")
    walk.add_argument("--fps", type=int, default=20, help="frames a second (default: 20)")
    walk.add_argument("--seed", type=int, default=0, help="of the start and of the walk (default: 0)")
    walk.add_argument("--label", help="of this class, by number or name (conditional models; default: the first)")
    walk.add_argument("--reach", type=float, default=1.0, help="how far it strays from the start, 0 to 1 (default: 1)")
    walk.add_argument("--side", type=int, default=256, help="pixels across, about (default: 256)")
    walk.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to write: .gif, .webp or .mp4")

    text = "keep a generator from a file of weights, also one made elsewhere"
    imported = add_command(commands, "import", _import, help=text)
    imported.add_argument("file", type=Path, metavar="FILE", help=".pth, .pt, .bin or .safetensors")
    imported.add_argument("--name", help="what to call it, in the place of an older one (default: as the file)")
    imported.add_argument(
        "--slope", type=float, help="of LeakyReLU in its hidden layers, which no weights show (default: 0, ReLU)"
    )
    imported.add_argument(
        "--eps", type=float, help="of its batch norm, which no weights show either (default: 0.00001)"
    )
    imported.add_argument("--licence", default="", help="of the pictures it has learned from, if you know it")


def _export(options: Options) -> None:
    from gan_core.models import export

    _common.check_out(options.out)
    model = _common.loaded(options)
    run = _common.run_of(options)
    content = export.export(model, options.to, run.name if run else Path(options.model).stem)
    _common.write(options.out, content)


def _walk(options: Options) -> None:
    from gan_core.explore import animation

    _common.check_out(options.out)
    formats = {one.suffix: name for name, one in animation.FORMATS.items()}
    chosen = formats.get(options.out.suffix.lower())
    if chosen is None:
        allowed = f"a name that ends in {', '.join(formats)}"
        raise WorkshopError(f"--out: {options.out.name!r} was given; allowed: {allowed}.")
    animation.check(options.frames, options.fps)
    check_range("seed", options.seed, 0, 2**31 - 1)
    check_range("reach", options.reach, 0, 1)
    check_range("side", options.side, 1, animation.MAX_SIDE)
    frames = _frames(_common.loaded(options), options)
    content = animation.encode(frames, chosen, fps=options.fps, recipe=_recipe(options), side=options.side)
    _common.write(options.out, content)


def _frames(model: "Model", options: Options) -> "np.ndarray":
    """The images uint8 (N, H, W, C) along the walk."""
    from gan_core.explore import paths
    from gan_core.explore.latent_sampler import LatentSampler
    from gan_core.explore.points import LatentPoint

    sampler, start = LatentSampler(model), LatentPoint(options.seed, 0, model.class_index(options.label))
    distribution = model.config.network.z_distribution
    z = paths.walk(sampler.z([start])[0], options.frames, options.seed, options.reach, distribution)
    return sampler.draw(z, sampler.class_weights([start] * options.frames))


def _recipe(options: Options) -> str:
    """The command that makes the film again, without folders of this machine."""
    run = _common.run_of(options)
    parts = ["walk", run.name if run else Path(options.model).name]
    for name in ("frames", "fps", "seed", "label", "reach", "side"):
        value = getattr(options, name)
        parts += [] if value is None else [f"--{name}", str(value)]
    parts += ["--raw"] if options.raw else []
    parts += ["--at", options.at] if run else []
    return f"python -m gan_core {shlex.join(parts)} --out {shlex.quote(options.out.name)}"


def _import(options: Options) -> None:
    from gan_core.models import bundled, store

    given = {name: value for name in ("slope", "eps") if (value := getattr(options, name)) is not None}
    origin = store.Origin(kind="imported", file=options.file.name, licence=options.licence)
    name = options.name or _free_name(options.file, [*store.names(), *bundled.names()])
    kept = store.add(options.file, name, origin, **given)
    print(kept.found or f"A model of this program's own: {kept.title}, {kept.size} × {kept.size} pixels.")
    print(f"Kept as {kept.id}: {store.weights(kept.id)}")


def _free_name(file: Path, taken: list[str]) -> str:
    """A name like the file's that no other model has."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", file.stem)[:MAX_NAME].strip("-") or "model"
    names = [plain, *(f"{plain}-{number}" for number in range(2, len(taken) + 2))]
    return next(name for name in names if name not in taken)
