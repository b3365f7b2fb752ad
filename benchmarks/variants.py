"""The six classic variants after equal seconds: `python -m benchmarks.variants [--seconds 60] [--seeds 3]`.

Each is trained with its usual settings on the whole of Fashion-MNIST, one after the other in a process of its own,
and scored at its last step against real training pictures.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import report
from gan_core import variants
from gan_core.evaluation import evaluate
from gan_core.runs import Status, list_runs, scores
from gan_core.runs.scores import Score, ScoreReport

CLASSICS = ("vanilla", "dcgan", "cgan", "acgan", "wgan", "wgan_gp")
COLUMNS = {"frechet": "", "precision": "Precision", "recall": "Recall", "class_accuracy": "Class asked for"}
COUNT = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="training time of each run (default: 60)")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each variant (default: 3)")
    parser.add_argument("--dataset", default="fashion-mnist")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = {
            name: [_one(name, seed, options, Path(folder) / f"{name}-{seed}") for seed in range(options.seeds)]
            for name in CLASSICS
        }
    report.publish("The six classics after equal seconds", _table(found) + "\n\n" + _protocol(found, options))


def _one(name: str, seed: int, options: argparse.Namespace, folder: Path) -> tuple[Status, ScoreReport]:
    """How a run in a process of its own ended, and its scores."""
    given = ["--variant", name, "--dataset", options.dataset, "--seconds", str(options.seconds)]
    command = [sys.executable, "-m", "gan_core", "train", *given, "--seed", str(seed), "--set", "scoring.score=off"]
    command += ["--runs", str(folder)]
    subprocess.run(command, check=True, cwd=report.ROOT, stdout=subprocess.DEVNULL)
    (run,) = list_runs(folder)
    return run.status(), evaluate.evaluate_file(run.weights_at("last")[1], count=COUNT, subject=run.name)


def _table(found: dict[str, list[tuple[Status, ScoreReport]]]) -> str:
    how = found[CLASSICS[0]][0][1].protocol
    head = ["Variant", "Steps", "Images/s", scores.frechet_title(how), *list(COLUMNS.values())[1:]]
    rows = []
    for name, results in found.items():
        status, reports = zip(*results, strict=True)
        steps = f"{statistics.median(s.step for s in status):,.0f}"
        speed = f"{statistics.median(s.images / s.seconds for s in status):,.0f}"
        cells = [_over_seeds([r.scores[score] for r in reports if score in r.scores]) for score in COLUMNS]
        rows.append([variants.get(name).title, steps, speed, *cells])
    return report.table(head, rows)


def _over_seeds(found: Sequence[Score]) -> str:
    """The median seed's value, and an interval that holds the 95 % intervals of all seeds."""
    if not found:
        return "–"
    middle = sorted(found, key=lambda score: score.value)[len(found) // 2]
    low, high = min(score.low for score in found), max(score.high for score in found)
    return f"{middle.value:.3g} ({low:.3g} to {high:.3g})"


def _protocol(found: dict[str, list[tuple[Status, ScoreReport]]], options: argparse.Namespace) -> str:
    status, first = found[CLASSICS[0]][0]
    how = first.protocol
    return (
        f"Usual settings, {options.seconds:g} s of training each on {status.device}, {options.seeds} seeds: the "
        f"median, and the span of the 95 % intervals of all seeds. {how.count:,} pictures (EMA weights) against "
        f"{how.reference_count:,} of {how.reference}; extractor {how.extractor}. A lower Fréchet distance is better, "
        "of all else more."
    )


if __name__ == "__main__":
    main()
