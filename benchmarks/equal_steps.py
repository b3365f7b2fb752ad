"""Whether speed costs quality: `python -m benchmarks.equal_steps [--variants dcgan r3gan] [--steps 500] [--seeds 3]`.

The engine, in the precision it chooses, and a plain loop in fp32 (`benchmarks.plain`) take the same number of steps
from the same weights with the same pictures and noise; then both EMA generators are scored. What bf16 and the order of
sums do to the quality must lie within what another seed does.
"""

import argparse
import sys

import numpy as np
import torch

from benchmarks import plain, report
from gan_core import data, variants
from gan_core.config import TrainConfig
from gan_core.data import Dataset
from gan_core.evaluation import evaluate
from gan_core.evaluation.reference import Reference
from gan_core.models import checkpoint
from gan_core.presets import recipe
from gan_core.runs.summary import format_number
from gan_core.system import device
from gan_core.training.trainer import Trainer

HEAD = ["variant", "engine, each seed", "plain loop, each seed", "medians: engine / plain", "of the plain loop's seeds"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", nargs="+", default=["dcgan", "r3gan", "wgan_gp"], metavar="VARIANT")
    parser.add_argument("--preset", default="fast", help="usual, or a preset's name (default: fast)")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--dataset", default="fashion-small")
    parser.add_argument("--count", type=int, default=5_000, help="pictures for each score (default: 5000)")
    options = parser.parse_args()
    dataset = data.load(options.dataset)
    against = Reference.of(data.load(options.dataset, split="test"))
    rows = []
    for name in options.variants:
        pairs = [
            distances(_config(name, seed, options), dataset, against, options.count) for seed in range(options.seeds)
        ]
        rows.append(row(variants.get(name).title, pairs))
        print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    place = device.choose("cpu")
    protocol = (
        f"Fréchet distance ({against.extractor.name}) after {options.steps} steps, settings {options.preset}, "
        f"{options.dataset}; {options.count:,} pictures (EMA weights) against {len(against.sample):,} of "
        f"{against.name}. The engine computes in {device.describe(place, device.choose_dtype('auto', place))}. "
        "The last column is the plain loop's highest over its lowest: what chance alone does."
    )
    report.publish("Quality at equal steps: engine and plain loop", f"{report.table(HEAD, rows)}\n\n{protocol}")


def _config(variant: str, seed: int, options: argparse.Namespace) -> TrainConfig:
    named = {} if options.preset == "usual" else {"preset": options.preset}
    schedule = {"schedule.steps": options.steps, "schedule.seconds": None, "schedule.epochs": None}
    schedule["schedule.device"] = "cpu"  # where the plain loop is
    return recipe.build({"variant": variant, "data.dataset": options.dataset, "seed": seed, **named, **schedule})


def distances(config: TrainConfig, dataset: Dataset, against: Reference, count: int) -> tuple[float, float]:
    """Fréchet distances after the schedule's steps: the engine's, and a plain loop's from the same start."""
    trainer = Trainer(config, dataset)
    loop = plain.alike(trainer, dataset)
    while not trainer.finished:
        trainer.advance()
        loop.step()
    ours = trainer.ema.average if trainer.ema else trainer.G
    theirs = loop.average or loop.G
    return _distance(config, ours, dataset, against, count), _distance(config, theirs, dataset, against, count)


def _distance(config: TrainConfig, network: torch.nn.Module, dataset: Dataset, against: Reference, count: int) -> float:
    conditional = variants.get(config.variant).is_conditional(config)
    model = checkpoint.Model(config, network, network, dataset.classes, conditional, config.schedule.steps or 0, True)
    draw = evaluate.drawing(model, 0, against)
    found = evaluate.evaluate(draw, against, subject="", weights="ema", count=count, only=("frechet",))
    return found.scores["frechet"].value


def row(title: str, pairs: list[tuple[float, float]]) -> list[str]:
    """A line of the table from (engine, plain) of each seed."""
    ours, theirs = np.array(pairs).T
    return [
        title,
        *(", ".join(map(format_number, sorted(side))) for side in (ours, theirs)),
        f"**{np.median(ours) / np.median(theirs):.2f}**",
        f"{theirs.max() / theirs.min():.2f}",
    ]


if __name__ == "__main__":
    main()
