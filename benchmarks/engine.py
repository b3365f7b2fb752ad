"""Our engine against a textbook loop: `python -m benchmarks.engine [--preset usual fast] [--variants …] [--pairs 5]`.

Both train the same networks with the same batch and objective (`benchmarks.plain`), each time in a fresh process, in
changing order. Steps, pictures and memory are counted after a warm-up; the table goes into RESULTS.md.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from benchmarks import report
from gan_core import variants

SIDES = ("textbook", "ours")
WARM_UP = 3
"""Steps that do not count: allocations, and what libraries prepare at a first call."""


@dataclass(frozen=True)
class Speed:
    """What one process measured: G's updates and D's real pictures a second, and its largest memory in MB.

    `before` is its memory when everything was imported and the data were read, in MB.
    """

    steps: float
    images: float
    memory: float
    before: float
    where: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", nargs="+", default=list(variants.all_variants()), metavar="VARIANT")
    parser.add_argument("--preset", nargs="+", default=["usual", "fast"], help="usual, or a preset's name")
    parser.add_argument("--pairs", type=int, default=5, help="how often each side is measured (default: 5)")
    parser.add_argument("--seconds", type=float, default=10, help="for each measurement (default: 10)")
    parser.add_argument("--dataset", default="fashion-small")
    parser.add_argument("--side", choices=SIDES, help="measure this side once, here, and print it as JSON")
    options = parser.parse_args()
    if options.side:
        print(json.dumps(asdict(measure(options))))
        return
    found = {
        f"{variants.get(variant).title}, {preset}": _pairs(variant, preset, options)
        for variant in options.variants
        for preset in options.preset
    }
    table = report.table(HEAD, [row(name, speeds) for name, speeds in found.items()])
    report.publish(
        f"Engine against a textbook loop: {', '.join(options.preset)}",
        f"{table}\n\n{_protocol(list(found.values()), options)}",
    )


def _pairs(variant: str, preset: str, options: argparse.Namespace) -> dict[str, list[Speed]]:
    found: dict[str, list[Speed]] = {side: [] for side in SIDES}
    for pair in range(options.pairs):
        for side in SIDES if pair % 2 == 0 else SIDES[::-1]:
            found[side].append(_elsewhere(variant, preset, side, options))
        last = {side: f"{speeds[-1].images:,.0f}" for side, speeds in found.items()}
        print(f"{variant}, {preset}, pair {pair + 1}: images/s {last}", file=sys.stderr, flush=True)
    return found


def _elsewhere(variant: str, preset: str, side: str, options: argparse.Namespace) -> Speed:
    """One measurement in a fresh process."""
    given = ["--variants", variant, "--preset", preset, "--side", side]
    given += ["--seconds", str(options.seconds), "--dataset", options.dataset]
    command = [sys.executable, "-m", "benchmarks.engine", *given]
    done = subprocess.run(command, cwd=report.ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return Speed(**json.loads(done.stdout))


def measure(options: argparse.Namespace) -> Speed:
    """The speed of `options.side` with the first variant and preset, in this process."""
    from benchmarks import plain
    from gan_core import data
    from gan_core.presets import recipe
    from gan_core.system import device
    from gan_core.training.trainer import Trainer

    named = {} if options.preset[0] == "usual" else {"preset": options.preset[0]}
    endless = {"schedule.steps": None, "schedule.seconds": None, "schedule.epochs": None}
    config = recipe.build({"variant": options.variants[0], "data.dataset": options.dataset, **named, **endless})
    dataset = data.load(config.data.dataset, classes=config.data.classes, size=config.data.size)
    before = _memory()
    if options.side == "ours":
        trainer = Trainer(config, dataset)
        events, where = trainer.events(), device.describe(trainer.device, trainer.dtype)
        # an event is not always a step: what is logged is read now and then, as in a run
        steps = timed(lambda: next(events), lambda: trainer.step, options.seconds)
    else:
        loop, where = plain.textbook(config, dataset), "fp32"
        steps = timed(loop.step, lambda: loop.done, options.seconds)
    images = steps * config.schedule.batch * config.objective.d_steps
    return Speed(steps, images, _memory(), before, where)


def timed(go: Callable[[], object], steps: Callable[[], int], seconds: float) -> float:
    """Steps a second over at least `seconds`, after a warm-up; `go` goes on by a step or less."""
    while steps() < WARM_UP:
        go()
    start, first = time.perf_counter(), steps()
    while time.perf_counter() - start < seconds or steps() == first:
        go()
    return (steps() - first) / (time.perf_counter() - start)


def _memory() -> float:
    """The largest memory this process has held so far, in MB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024**2 if sys.platform == "darwin" else 1024)


HEAD = [
    *("variant, settings", "textbook images/s", "ours images/s", "ours steps/s", "ours / textbook"),
    *("lowest to highest", "textbook MB", "ours MB"),
]


def row(name: str, found: dict[str, list[Speed]]) -> list[str]:
    """A line of the table: medians, and the ratio within each pair, measured in the same minute."""
    theirs, ours = found["textbook"], found["ours"]
    middle, low, high = ratios([one.images for one in ours], [one.images for one in theirs])
    return [
        name,
        f"{report.median([one.images for one in theirs]):,.0f}",
        f"{report.median([one.images for one in ours]):,.0f}",
        f"{report.median([one.steps for one in ours]):,.1f}",
        f"**{middle:.2f}**",
        f"{low:.2f} to {high:.2f}",
        *(f"{report.median([one.memory for one in side]):,.0f}" for side in (theirs, ours)),
    ]


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float, float]:
    """Median, lowest and highest of ours / theirs, pair by pair."""
    found = [a / b for a, b in zip(ours, theirs, strict=True)]
    return report.median(found), min(found), max(found)


def _protocol(found: Sequence[dict[str, list[Speed]]], options: argparse.Namespace) -> str:
    before = report.median([one.before for sides in found for speeds in sides.values() for one in speeds])
    return (
        f"Real pictures that D sees a second, {options.dataset}, {options.seconds:g} s a measurement, each in a fresh "
        f"process, {options.pairs} pairs in changing order: medians, and the ratio within each pair. Ours: "
        f"{found[0]['ours'][0].where}, with all that a run measures on the way; the textbook loop: fp32, contiguous, "
        "DataLoader with torchvision's transforms, torch's default optimisers, `.item()` in each step. Memory is the "
        f"largest of the process; {before:,.0f} MB of it are the libraries and the data."
    )


if __name__ == "__main__":
    main()
