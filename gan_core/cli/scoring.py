"""Scores: `evaluate` a model against real pictures."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_core.cli import _common
from gan_core.cli._common import Options, add_command

if TYPE_CHECKING:
    from gan_core.runs.scores import ScoreReport

ARROWS = {"lower": "lower is better", "higher": "higher is better", "none": ""}


def add(commands: Any) -> None:
    text = "score a trained generator against real pictures; the first time is slow"
    evaluate = add_command(commands, "evaluate", _evaluate, help=text)
    _common.add_model(evaluate)
    evaluate.add_argument("--count", type=int, default=5_000, help="how many pictures to draw (default: 5000)")
    evaluate.add_argument("--extractor", metavar="NAME", help="what looks at them (default: the best there is)")
    evaluate.add_argument("--seed", type=int, default=0, help="seed of the noise (default: 0)")
    evaluate.add_argument("--raw", action="store_true", help="the last weights instead of their average (EMA)")
    evaluate.add_argument("--floor", action="store_true", help="score unseen real pictures, too, for comparison")
    evaluate.add_argument(
        "--split", choices=("train", "test"), default="train", help="the real pictures to compare with (default: train)"
    )
    evaluate.add_argument("--json", action="store_true", help="as JSON, for programs")
    _common.add_at(evaluate)
    _common.add_runs(evaluate)


def _evaluate(options: Options) -> None:
    from gan_core.evaluation import evaluate as evaluation
    from gan_core.runs import scores

    path, run = _common.weights_of(options), _common.run_of(options)
    report = evaluation.evaluate_file(
        path,
        count=options.count,
        extractor=options.extractor,
        raw=options.raw,
        seed=options.seed,
        subject=run.name if run else Path(options.model).name,
        floor=options.floor,
        split=options.split,
    )
    if run:
        print(f"Kept as {scores.save(report, run.scores_path)}", file=sys.stderr)
    print(report.to_json() if options.json else text(report))


def text(report: "ScoreReport") -> str:
    """The report as text for the terminal."""
    from gan_core.evaluation import metrics

    step = "" if report.step is None else f" at step {report.step:,}"
    lines = [f"{report.subject}{step}", report.protocol.sentence(), "In brackets: 95 % intervals."]
    if report.floor:
        lines.append("On the right: as many unseen real pictures in the place of generated ones.")
    lines.append("")
    for name, score in report.scores.items():
        floor = report.floor[name].text() if name in report.floor else ""
        lines.append(f"{score.title:34} {score.text():32} {ARROWS[score.better]:18} {floor}".rstrip())
        if name == "class_coverage":
            lines += _histogram(score.details)
    titles = {name: metric.title for name, metric in metrics.all_metrics().items()}
    lines += [f"{titles.get(name, name.capitalize()):34} – {why}" for name, why in report.skipped.items()]
    return "\n".join([*lines, "", f"Took {report.seconds:.1f} s."])


def _histogram(details: dict[str, Any]) -> list[str]:
    """A line for each class: its share of the generated pictures, as a number and a bar."""
    shares = zip(details["classes"], details["generated"], strict=True)
    return [f"    {name:24} {share:6.1%}  {'█' * round(60 * share)}".rstrip() for name, share in shares]
