"""Scores: `evaluate` a model."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_core import runs
from gan_core.commands import common

if TYPE_CHECKING:
    from gan_core.scores import Report

BIG = ("nearest", "distances")
"""Details of a picture each, too long to print."""


def add(commands: Any) -> None:
    """The commands of this room."""
    evaluate = commands.add_parser("evaluate", help="score a trained generator against real pictures")
    evaluate.set_defaults(command=_evaluate)
    evaluate.add_argument("model", metavar="RUN_OR_FILE", help="a run's folder or name, or a .safetensors file")
    evaluate.add_argument("--count", type=int, default=5_000, help="how many pictures to draw (default: 5000)")
    evaluate.add_argument("--extractor", metavar="NAME", help="what looks at them (default: the best there is)")
    evaluate.add_argument("--seed", type=int, default=0, help="seed of the noise (default: 0)")
    evaluate.add_argument("--raw", action="store_true", help="the last weights instead of their average (EMA)")
    evaluate.add_argument("--floor", action="store_true", help="score unseen real pictures, too, for comparison")
    evaluate.add_argument("--json", action="store_true", help="as JSON, for programs")
    common.add_at(evaluate)
    common.add_runs(evaluate)


def _evaluate(options: argparse.Namespace) -> None:
    from gan_core import evaluation, scores

    path = common.weights_of(options.model, options.runs, options.at)
    is_file = Path(options.model).suffix == ".safetensors"
    run = None if is_file else runs.find(options.model, options.runs)
    report = evaluation.evaluate_file(
        path,
        count=options.count,
        extractor=options.extractor,
        raw=options.raw,
        seed=options.seed,
        subject=run.name if run else path.name,
        floor=options.floor,
    )
    if run:
        print(f"Kept as {scores.save(report, run)}", file=sys.stderr)
    print(report.to_json() if options.json else text(report))


def text(report: "Report") -> str:
    """The report for people."""
    at = "" if report.step is None else f" at step {report.step:,}"
    lines = [f"{report.subject}{at}", report.protocol.sentence(), ""]
    arrows = {"lower": "lower is better", "higher": "higher is better", "none": ""}
    for name, score in report.scores.items():
        real = report.floor.get(name)
        lines.append(
            f"{score.title:34} {score.text():28} {arrows[score.better]:18} {real.text() if real else ''}".rstrip()
        )
        histogram = score.details.get("generated") if name == "class_coverage" else None
        for index, share in enumerate(histogram or ()):
            bar = "█" * round(200 * share)
            lines.append(f"    {score.details['classes'][index]:24} {share:6.1%}  {bar}")
    lines += [f"{name}: {why}" for name, why in report.skipped.items()]
    lines += ["", f"In brackets: 95 % intervals. {report.seconds:.1f} s."]
    return "\n".join(lines)
