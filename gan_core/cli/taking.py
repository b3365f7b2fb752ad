"""What can be carried elsewhere: `export` a generator for other programs, `walk` through its latent space as a film."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_core.cli import _common
from gan_core.system.errors import WorkshopError

if TYPE_CHECKING:
    import numpy as np

    from gan_core.models.checkpoint import Model

KINDS = {"onnx": "ONNX, for onnxruntime and others", "pt2": "torch.export, for PyTorch without this program"}
"""The ids of `export.FORMATS`, here so that `--help` needs no torch."""


def add(commands: Any) -> None:
    """The commands of this room."""
    export = commands.add_parser("export", help="write a generator as a file for other programs, ONNX or torch.export")
    export.set_defaults(command=_export)
    _common.add_weights(export)
    about = "; ".join(f"{kind}: {what}" for kind, what in KINDS.items())
    export.add_argument("--to", choices=[*KINDS], required=True, help=about)
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to write")

    walk = commands.add_parser("walk", help="a random walk through latent space that loops, as a GIF, WebP or MP4")
    walk.set_defaults(command=_walk)
    _common.add_weights(walk)
    walk.add_argument("--frames", type=int, default=60, help="how many pictures (default: 60)")
    walk.add_argument("--fps", type=int, default=20, help="frames a second (default: 20)")
    walk.add_argument("--seed", type=int, default=0, help="of the start and of the walk (default: 0)")
    walk.add_argument("--label", help="of this class, by number or name (conditional models; default: the first)")
    walk.add_argument("--reach", type=float, default=1.0, help="how far it strays from the start, 0 to 1 (default: 1)")
    walk.add_argument("--side", type=int, default=256, help="pixels across, about (default: 256)")
    walk.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to write: .gif, .webp or .mp4")


def _export(options: argparse.Namespace) -> None:
    from gan_core.models import export

    _common.check_out(options.out)
    model = _common.loaded(options)
    run = _common.run_of(options.model, options.runs)
    content = export.export(model, options.to, run.name if run else Path(options.model).stem)
    with _common.writing(options.out) as temporary:
        temporary.write_bytes(content)
    print(options.out)


def _walk(options: argparse.Namespace) -> None:
    from gan_core.explore import animation

    _common.check_out(options.out)
    kinds = {form.suffix: kind for kind, form in animation.FORMATS.items()}
    if options.out.suffix.lower() not in kinds:
        raise WorkshopError(f"--out: {options.out.name!r} was given; allowed: a name that ends in {', '.join(kinds)}.")
    animation.check(options.frames, options.fps)
    _check_range("seed", options.seed, 0, 2**31 - 1)
    _check_range("reach", options.reach, 0, 1)
    _check_range("side", options.side, 1, animation.MAX_SIDE)
    model = _common.loaded(options)
    frames = _frames(model, options)
    kind = kinds[options.out.suffix.lower()]
    content = animation.encode(frames, kind, fps=options.fps, recipe=_recipe(options), side=options.side)
    with _common.writing(options.out) as temporary:
        temporary.write_bytes(content)
    print(options.out)


def _frames(model: "Model", options: argparse.Namespace) -> "np.ndarray":
    """The pictures uint8 (N, H, W, C) on the walk."""
    from gan_core.explore import paths
    from gan_core.explore.latent_sampler import LatentSampler
    from gan_core.explore.points import LatentPoint

    sampler, start = LatentSampler(model), LatentPoint(options.seed, 0, model.class_index(options.label))
    distribution = model.config.network.z_distribution
    z = paths.walk(sampler.z([start])[0], options.frames, options.seed, options.reach, distribution)
    return sampler.draw(z, sampler.class_weights([start] * options.frames))


def _recipe(options: argparse.Namespace) -> str:
    """The command that makes the film again, without the places of this machine."""
    run = _common.run_of(options.model, options.runs)
    parts = ["walk", run.name if run else Path(options.model).name]
    for name in ("frames", "fps", "seed", "label", "reach", "side"):
        value = getattr(options, name)
        parts += [] if value is None else [f"--{name}", str(value)]
    parts += ["--raw"] if options.raw else []
    parts += ["--at", options.at] if run else []
    return f"python -m gan_core {shlex.join(parts)} --out {shlex.quote(options.out.name)}"


def _check_range(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:  # so that NaN is refused as well
        raise WorkshopError(f"{name}: {value} was given; allowed: {least} to {most:,}.")
