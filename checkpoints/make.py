"""Make the bundled models: `python -m checkpoints.make [NAME ...]`; without a name, those that are not there yet.

Each is trained by the command that its record states, as an ordinary run: one that has finished already is taken as
it is, one that was stopped goes on. Then it is packed, scored against pictures it never saw, and drawn. The names:
"""

import argparse
import contextlib
import datetime
import hashlib
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.report import machine
from checkpoints import class_shares, packing
from checkpoints.plans import PLANS, Plan
from gan_core import data, runs
from gan_core.data import sample_grid
from gan_core.evaluation import evaluate
from gan_core.evaluation.reference import MemorisationReference, Reference
from gan_core.hub import card
from gan_core.models import bundled, checkpoint
from gan_core.models.bundled import BundledModel
from gan_core.runs import Run
from gan_core.runs.scores import ClassShare, ScoreReport
from gan_core.system import discovery, files, places
from gan_core.system.errors import WorkshopError

COUNT = 10_000
"""Pictures that each model is scored on."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit status."""
    about = f"{__doc__}{', '.join(plan.name for plan in PLANS)}."
    parser = argparse.ArgumentParser(prog="python -m checkpoints.make", description=about)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which (default: those that are not there yet)")
    parser.add_argument("--runs", type=Path, metavar="DIR", help="where runs live (default: GAN_HOME or ./runs)")
    parser.add_argument("--count", type=int, default=COUNT, help=f"pictures to score (default: {COUNT})")
    parser.add_argument(
        "--each", type=int, default=class_shares.EACH, help=f"pictures of each class (default: {class_shares.EACH})"
    )
    parser.add_argument("--cards", action="store_true", help="only write the cards of those that are there")
    parser.add_argument("--again", action="store_true", help="train anew, also where a finished run is there")
    options = parser.parse_args(arguments)
    try:
        if options.cards:
            for name in options.names or bundled.names():
                print(write_card(bundled.get(name)), flush=True)
            return 0
        evaluate.check(options.count, 0)  # now, not after an hour of training
        plans = {plan.name: plan for plan in PLANS}
        wanted = options.names or [name for name in plans if name not in bundled.names()]
        for plan in [discovery.look_up(plans, name, "bundled model") for name in wanted]:
            run = trained(plan, options.runs, again=options.again)
            made = publish(plan, run, options.count, options.each)
            print(f"{bundled.weights_path(plan.name)}: {summary(made)}", flush=True)
    except WorkshopError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def trained(plan: Plan, folder: Path | None = None, *, again: bool = False) -> Run:
    """The newest run of `plan` among those of `folder`, brought to its end, or a new one; raises WorkshopError."""
    run = None if again else next((run for run in runs.list_runs(folder) if _is_of(run, plan)), None)
    if run and run.status().state == "finished":
        return run
    where = [] if folder is None else ["--runs", str(folder)]
    arguments = ["resume", str(run.path)] if run else [*plan.arguments, *where]
    command = [sys.executable, "-m", "gan_core", *arguments]
    with _left_to_the_training(signal.SIGINT):
        done = subprocess.run(command, cwd=places.ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise WorkshopError(f"{plan.name} could not be trained: `{' '.join(arguments)}` ended with {done.returncode}.")
    run = Run(Path(done.stdout.splitlines()[-1]))
    if run.status().state != "finished":
        raise WorkshopError(f"{plan.name} was stopped; the same command goes on with {run.name}.")
    return run


@contextlib.contextmanager
def _left_to_the_training(number: int) -> Iterator[None]:
    """Ctrl-C reaches the training as well, which keeps what it has learned; we only wait for it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(number, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(number, before)


def _is_of(run: Run, plan: Plan) -> bool:
    try:
        return run.config() == plan.config
    except (OSError, WorkshopError):  # a damaged run is not ours
        return False


def publish(plan: Plan, run: Run, count: int = COUNT, each: int = class_shares.EACH) -> BundledModel:
    """Pack, score and draw the last weights of `run`, and write the model's three files."""
    source, target = run.weights_at("last")[1], bundled.folder()
    packed = packing.pack(source)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / f"{plan.name}.safetensors"
        path.write_bytes(packed.content)
        model, told = checkpoint.load(path), checkpoint.read_metadata(path)[1]
        report, shares = scored(plan.name, path, count, each)
    drawn, as_trained = model.draw_sample_grid(), checkpoint.load(source).draw_sample_grid()
    status, dataset = run.status(), data.get(plan.dataset)
    made = BundledModel(
        id=plan.name,
        order=[other.name for other in PLANS].index(plan.name),
        title=model.title,
        dataset_title=_title(dataset, model.classes),
        settings=plan.given,
        command=plan.command,
        config=model.config,
        step=status.step,
        images=status.images,
        seconds=status.seconds,
        device=status.device,
        machine=machine(),
        made=datetime.date.today().isoformat(),
        size=told.size,
        channels=told.channels,
        classes=model.classes,
        conditional=model.conditional,
        licence=told.licence,
        bytes=len(packed.content),
        sha256=hashlib.sha256(packed.content).hexdigest(),
        precision=packed.precision,
        discriminator=packed.discriminator,
        rounding=int(np.abs(drawn.astype(int) - as_trained).max()),
        report=_short(report),
        shares=shares,
    )
    target.mkdir(parents=True, exist_ok=True)
    files.write_atomic(bundled.weights_path(plan.name), packed.content)
    files.write_atomic(bundled.samples_path(plan.name), sample_grid.png(drawn))
    files.write_atomic(target / f"{plan.name}.json", made.model_dump_json(indent=1).encode())
    write_card(made)
    return made


def write_card(made: BundledModel) -> Path:
    """Write the model card `cards/NAME.md` from the record alone; returns the file."""
    path = bundled.folder() / "cards" / f"{made.id}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_atomic(path, card.from_bundled(made, samples=f"../{made.id}.png").text.encode())
    return path


def scored(name: str, path: Path, count: int, each: int) -> tuple[ScoreReport, tuple[ClassShare, ...]]:
    """Every score against the test pictures, and the shares of the classes if the model is told them."""
    model = checkpoint.load(path)
    about = model.config.data
    unseen = data.load(about.dataset, split="test", classes=about.classes, size=about.size)
    against = Reference.from_dataset(unseen)
    report = evaluate.evaluate(
        evaluate.draw_from_model(model, 0, against),
        against,
        MemorisationReference.from_config(about, against.extractor),
        subject=name,
        weights="ema" if model.ema else "raw",
        count=count,
        step=model.step,
    )
    return report, class_shares.measure(model, against, each) if model.conditional else ()


def _title(dataset: data.Source, classes: Sequence[str]) -> str:
    """What a data set is called, or the part of it that a model was trained on."""
    part = len(classes) < len(dataset.classes)
    return dataset.title + (f", {len(classes)} of {len(dataset.classes)} classes" if part else "")


def summary(made: BundledModel) -> str:
    """One line for people."""
    score = f"{made.frechet.title} {made.frechet.text()}, " if made.frechet else ""
    accuracy = f"{made.class_accuracy:.1%} (real pictures {made.real_class_accuracy:.1%})" if made.shares else ""
    shares = f"class asked for {accuracy}, " if accuracy else ""
    precision = made.precision + ("" if made.discriminator else ", without D")
    return f"{score}{shares}{made.bytes:,} bytes ({precision}), scored in {made.report.seconds:.0f} s"


def _short(report: ScoreReport) -> ScoreReport:
    """`report` without what is told of each picture: its scores, intervals and classes are kept."""
    most = len(report.protocol.classes)
    short = {
        name: score.model_copy(
            update={"details": {k: v for k, v in score.details.items() if not isinstance(v, list) or len(v) <= most}}
        )
        for name, score in report.scores.items()
    }
    return report.model_copy(update={"scores": short})


if __name__ == "__main__":
    sys.exit(main())
