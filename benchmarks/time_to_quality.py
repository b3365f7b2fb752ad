"""Fréchet distance against seconds of training: `python -m benchmarks.time_to_quality [--seeds 3] [--until 600]`.

The preset `fast` of every variant, a textbook DCGAN and a textbook WGAN-GP (`benchmarks.textbook`) are trained on the
whole of Fashion-MNIST and compared with its test pictures. Each training has a process of its own with all cores; its
clock stands still while it is scored. Every reading is kept at once in benchmarks/measured/, so the whole may be
measured in several sittings and on several machines: the same command trains only what is missing (a training that was
cut off begins anew). `--report` draws table and picture of what is there.

A preset is trained anew for each number of seconds, as `train --seconds` does; a textbook once, scored on its way.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

from pydantic import TypeAdapter

from benchmarks import competitors, measurements, quality_report, report
from benchmarks.measurements import Measurement, Reading, Training
from gan_core import data
from gan_core.evaluation import evaluate
from gan_core.evaluation.reference import Reference
from gan_core.runs.scores import ScoreReport
from gan_core.training.trainer import Diverged

MARKS = (15.0, 30.0, 60.0, 120.0, 300.0, 600.0)
DATASET = "fashion-mnist"
COUNT = 10_000
METRICS = ("frechet", "recall", "class_coverage", "class_accuracy")
MEASURED = report.ROOT / "benchmarks" / "measured"
PICTURE = report.ROOT / "static" / "time-to-quality.svg"


def main() -> None:
    options = _options()
    if options.training:
        _measure(TypeAdapter(Training).validate_json(options.training), options.out)
        return
    if not options.report:
        for training in _todo(options):
            command = [sys.executable, "-m", "benchmarks.time_to_quality", "--training", json.dumps(asdict(training))]
            command += ["--out", str(options.out.absolute())]
            subprocess.run(command, cwd=report.ROOT, check=True)
    found = [measured for measured in measurements.read_all(options.out) if _is_of_today(measured)]
    if not found:
        raise SystemExit(f"Nothing is measured in {options.out} yet.")
    text = quality_report.text(found, _real(options.count))
    if options.report:
        options.picture.write_text(quality_report.picture(found))
        report.publish("Quality against seconds of training", text)
    else:
        print(text)


def _is_of_today(measured: Measurement) -> bool:
    """Whether it was measured with today's settings of its competitor; prints what is left out."""
    training = measured.training
    same = training.settings == competitors.settings(training.competitor, DATASET, training.seed, training.marks[-1])
    if not same:
        name = f"{training.competitor}, seed {training.seed}, {training.marks[-1]:g} s"
        print(f"{name}: other settings, left out", flush=True)
    return same


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", nargs="*", metavar="VARIANT", help="whose preset takes part (default: all)")
    parser.add_argument("--textbooks", nargs="*", metavar="NAME", choices=[*competitors.TEXTBOOKS, []])
    parser.add_argument("--preset", default="fast", help="a preset that every variant has (default: fast)")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each (default: 3)")
    parser.add_argument("--until", type=float, default=MARKS[-1], help="the last mark in seconds (default: 600)")
    parser.add_argument("--marks", type=float, nargs="+", default=list(MARKS), help="when to score, in seconds")
    parser.add_argument("--out", type=Path, default=MEASURED, metavar="DIR", help="where points are kept")
    parser.add_argument("--again", action="store_true", help="measure anew what is there, after a change of the engine")
    parser.add_argument("--report", action="store_true", help="train nothing: table into RESULTS.md, and the picture")
    parser.add_argument("--picture", type=Path, default=PICTURE, help="where --report draws the curves")
    parser.add_argument("--count", type=int, default=COUNT, help="samples for each score (default: 10000)")
    parser.add_argument("--training", help=argparse.SUPPRESS)
    return parser.parse_args()


def _todo(options: argparse.Namespace) -> list[Training]:
    """What is to be trained, printed as well; raises SystemExit for an unknown variant."""
    ours = [name for name in competitors.names(options.preset) if ":" in name]
    if options.variants is not None:
        chosen = [f"{options.preset}:{variant}" for variant in options.variants]
        unknown = [name.partition(":")[2] for name in chosen if name not in ours]
        if unknown:
            raise SystemExit(f"--variants: {', '.join(unknown)} was given; allowed: variants of `gan_core variants`.")
        ours = chosen
    theirs = list(competitors.TEXTBOOKS) if options.textbooks is None else options.textbooks
    marks = tuple(sorted({mark for mark in options.marks if mark < options.until} | {options.until}))

    def settings(name: str, seed: int, seconds: float) -> str:
        return competitors.settings(name, DATASET, seed, seconds)

    found = measurements.trainings([*ours, *theirs], range(options.seeds), marks, settings)
    everything = [replace(training, count=options.count) for training in found]
    todo = []
    for training in everything:
        state = measurements.state(training, options.out)
        if state != "done" or options.again:
            todo.append(training)
            print(f"{training.path(options.out).stem}: {state}", flush=True)
    seconds = sum(training.marks[-1] for training in todo)
    print(f"{len(todo)} of {len(everything)} to train, {seconds:,.0f} s of training.")
    return todo


def _measure(training: Training, folder: Path) -> None:
    """Train `training` in this process and keep each reading as soon as it is known."""
    dataset, against = data.load(DATASET), Reference.from_dataset(data.load(DATASET, split="test"))
    going = competitors.start(training.competitor, dataset, training.seed, training.marks[-1], against)
    measured = Measurement(training, where=report.machine(), commit=report.commit())
    for mark in training.marks:
        try:
            going.train(until=mark)
        except Diverged as error:
            measurements.save(replace(measured, ended=str(error)), folder)
            print(f"{training.competitor}, seed {training.seed}: {error}", flush=True)
            return
        found = evaluate.evaluate(
            going.draw, against, subject=training.competitor, weights=going.weights, count=training.count, only=METRICS
        )
        scores = {name: (score.value, score.low, score.high) for name, score in found.scores.items()}
        reading = Reading(mark, going.seconds, going.steps, going.images, scores)
        measured = replace(measured, readings=[*measured.readings, reading], how=found.protocol.sentence())
        measurements.save(measured, folder)
        distance = found.scores["frechet"].text()
        print(f"{training.competitor}, seed {training.seed}, {mark:g} s, step {going.steps:,}: {distance}", flush=True)


def _real(count: int) -> dict[str, ScoreReport]:
    """The scores of real pictures by the same protocol: the floor of every distance, and the classifier's errors.

    Training pictures as they are, and on the textbook DCGAN's way through 32 pixels; and the test pictures, which are
    the reference itself, so that only their class accuracy says something.
    """
    train, test = data.stratified_subset(data.load(DATASET), count), data.load(DATASET, split="test")
    against = Reference.from_dataset(test)
    draws = {
        "training pictures": evaluate.draw_real(train),
        "training pictures, to 32 × 32 and back": competitors.detour(train.images),
        "test pictures": evaluate.draw_real(test, labelled=True),
    }
    return {
        name: evaluate.evaluate(draw, against, subject=name, weights="real", count=count, only=METRICS)
        for name, draw in draws.items()
    }


if __name__ == "__main__":
    main()
