"""The command line: `python -m gan_core COMMAND`. Results go to stdout, progress and errors to stderr."""

import argparse
import contextlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from gan_core import files, runs
from gan_core.errors import WorkshopError

MAX_SKIPPED_SHOWN = 20


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 2 after one sentence on what was wrong."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options) or 0
    except WorkshopError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gan_core", description="Train and use small GANs. Runs live under GAN_HOME."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="train a GAN; the last line printed is the run's folder")
    train.set_defaults(command=_train)
    train.add_argument("--variant", help="the kind of GAN, see `variants` (default: dcgan)")
    train.add_argument("--dataset", help="the pictures, see `datasets` (default: fashion-small)")
    train.add_argument("--preset", help="named settings; what is given beside them wins")
    train.add_argument("--steps", type=int, help="generator steps until the end")
    train.add_argument("--epochs", type=int, help="passes over the pictures until the end")
    train.add_argument("--seconds", type=float, help="seconds of training until the end")
    train.add_argument("--seed", type=int, help="same seed, same curve (default: 0)")
    _add_set(train)
    _add_runs(train)

    resume = commands.add_parser("resume", help="go on with a stopped or interrupted run")
    resume.set_defaults(command=_resume)
    resume.add_argument("run", help="name, number or folder of the run")
    _add_runs(resume)

    _add_list(commands, "list", _list, "list the runs, newest first")
    _add_list(commands, "variants", _variants, "list the GAN variants")
    _add_list(commands, "datasets", _datasets, "list the data sets")
    _add_list(commands, "studies", _studies, "list the studies: presets to run and compare")
    _add_list(commands, "presets", _presets, "list the presets: named settings for `train --preset`")

    study = commands.add_parser("study", help="run a study, or go on with it; the last line is the report's file")
    study.set_defaults(command=_study)
    study.add_argument("name", help="the study, see `studies`")
    study.add_argument("--seeds", type=int, default=1, help="run each row with so many seeds (default: 1)")
    study.add_argument("--out", type=Path, metavar="DIR", help="for the report (default: GAN_HOME/studies/NAME)")
    _add_set(study)
    _add_runs(study)

    from gan_core import race_command

    race_command.add(commands, _add_set, _add_runs).set_defaults(command=_race)

    sample = commands.add_parser("sample", help="draw pictures from a trained generator into an .npz file")
    sample.set_defaults(command=_sample)
    sample.add_argument("model", metavar="RUN_OR_FILE", help="a run's folder or name, or a .safetensors file")
    sample.add_argument("--count", type=int, default=64, help="how many pictures (default: 64)")
    sample.add_argument("--seed", type=int, default=0, help="seed of the noise (default: 0)")
    sample.add_argument("--label", help="only this class, by number or name (conditional models)")
    sample.add_argument("--raw", action="store_true", help="the last weights instead of their average (EMA)")
    sample.add_argument("--out", type=Path, required=True, metavar="FILE.npz", help="where to write")
    _add_runs(sample)

    own = commands.add_parser("data-import", help="make a data set of your own pictures; the last line is its name")
    own.set_defaults(command=_data_import)
    own.add_argument("path", type=Path, help="a folder or a zip of pictures, with a folder for each class")
    own.add_argument("--name", default="", help="what to call it (default: as the folder or zip)")
    own.add_argument("--size", type=int, default=64, help="pixels of width and height (default: 64)")
    own.add_argument("--grey", action="store_true", help="grey pictures instead of colour")
    own.add_argument("--json", action="store_true", help="progress and result as lines of JSON, for programs")
    own.add_argument("--origin", default="", help=argparse.SUPPRESS)  # an upload's own name

    work = commands.add_parser("work")  # what the app starts for each run; not for people
    work.set_defaults(command=_work)
    work.add_argument("folder", type=Path)
    return parser


def _add_runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", type=Path, metavar="DIR", help="where runs live (default: GAN_HOME or ./runs)")


def _add_set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="GROUP.FIELD=VALUE",
        help="any setting, e.g. optimiser.lr_g=0.0001 or data.classes=[0,1,2]; may be repeated",
    )


def _add_list(commands: Any, name: str, command: Any, text: str) -> None:
    parser = commands.add_parser(name, help=text)
    parser.set_defaults(command=command)
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")
    if name == "list":
        _add_runs(parser)


def _train(options: argparse.Namespace) -> int:
    from gan_core import config, recipe

    given = dict(config.parse_assignment(text) for text in options.set)
    named = {
        "variant": options.variant,
        "preset": options.preset,
        "seed": options.seed,
        "data.dataset": options.dataset,
        "schedule.steps": options.steps,
        "schedule.epochs": options.epochs,
        "schedule.seconds": options.seconds,
    }
    given |= {field: value for field, value in named.items() if value is not None}
    if options.steps is None and (options.seconds is not None or options.epochs is not None):
        given.setdefault("schedule.steps", None)  # the seconds or epochs alone decide
    run = runs.create(recipe.build(given), options.runs)
    run.claim()
    return _work_on(run)


def _resume(options: argparse.Namespace) -> int:
    run = runs.find(options.run, options.runs)
    run.claim()
    return _work_on(run)


def _work_on(run: runs.Run) -> int:
    from gan_core.progress import Progress
    from gan_core.worker import Worker

    with Progress(run.config()) as progress:
        status = Worker(run, progress.show).work()
    if status.state == "failed":
        raise WorkshopError(status.message)
    print(run.path)
    return 0


def _study(options: argparse.Namespace) -> int:
    from gan_core import config, study
    from gan_core.progress import Progress, clock

    overrides = dict(config.parse_assignment(text) for text in options.set)
    work = study.StudyRun(options.name, out=options.out, folder=options.runs, overrides=overrides, seeds=options.seeds)
    with contextlib.ExitStack() as stack:
        bars: dict[int, Progress] = {}

        def show(at: study.Standing, status: runs.Status) -> None:
            if at.number not in bars:
                stack.close()  # the bar of the row before
                bars[at.number] = stack.enter_context(Progress(at.row.config))
            left = "" if at.left is None else f", {clock(at.left)} left for all"
            bars[at.number].show(status, f"row {at.number} of {at.rows}, {at.row.label}{left}: ")

        ended = work.work(show)
    done, rows = len(work.finished()), len(work.rows)
    if not ended:
        print(f"Stopped with {done} of {rows} rows finished; the same command goes on.", file=sys.stderr)
    print(work.out / "report.md")
    if ended and done < rows:
        raise WorkshopError(f"{rows - done} of {rows} rows failed; the report says why.")
    return 0


def _race(options: argparse.Namespace) -> None:
    from gan_core import race_command

    for line in race_command.run(options):
        print(line)


def _work(options: argparse.Namespace) -> int:
    from gan_core.worker import Worker

    Worker(runs.Run(options.folder.resolve())).work()
    return 0


def _list(options: argparse.Namespace) -> None:
    rows = []
    for run in runs.list_runs(options.runs):
        status = run.status()
        rows.append({"run": run.name, **status.model_dump(include={"state", "step", "steps", "seconds"})})
    line = "{run:44} {state:12} step {step:,}{planned}, {seconds:.0f} s"
    if not options.json:
        rows = [row | {"planned": f" of {row['steps']:,}" if row["steps"] else ""} for row in rows]
    _print(options, rows, line, "No runs yet.")


def _variants(options: argparse.Namespace) -> None:
    from gan_core import variants

    rows = [
        {"id": name, "title": v.title, "summary": v.summary, "paper": v.paper, "conditional": v.conditional}
        for name, v in variants.all_variants().items()
    ]
    _print(options, rows, "{id:10} {title:24} {summary}")


def _datasets(options: argparse.Namespace) -> None:
    from gan_core import data

    rows = []
    for name, source in data.sources().items():
        row = {"id": name, "title": source.title, "size": source.size, "channels": source.channels}
        rows.append(row | {"classes": list(source.classes), "licence": source.licence, "missing": source.missing()})
    _print(options, rows, "{id:16} {title:32} {size} px, {channels} channel(s), {licence}")


def _presets(options: argparse.Namespace) -> None:
    from gan_core import presets

    rows = []
    for name, preset in presets.all_presets().items():
        row = {"id": name, "title": preset.title, "summary": preset.summary, "variant": preset.variant}
        rows.append(row | {"dataset": preset.dataset, "values": dict(preset.values)})
    _print(options, rows, "{id:32} {variant:8} on {dataset:14} {summary}")


def _studies(options: argparse.Namespace) -> None:
    from gan_core import studies

    rows = [
        {"id": name, "title": s.title, "summary": s.summary, "presets": list(s.presets)}
        for name, s in studies.all_studies().items()
    ]
    _print(options, rows, "{id:20} {title:32} {summary}", "No studies.")


def _data_import(options: argparse.Namespace) -> None:
    import signal

    from tqdm import tqdm

    from gan_core.data import own

    # SIGTERM ends it like Ctrl-C does, so that nothing half done is left
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    bar = tqdm(unit="file", file=sys.stderr, disable=options.json)
    told = 0.0

    def progress(done: int, total: int) -> None:
        nonlocal told
        bar.total = total
        bar.update(done - bar.n)
        if options.json and (done == total or time.monotonic() - told > 0.1):
            told = time.monotonic()
            print(json.dumps({"done": done, "total": total}), flush=True)

    with bar:
        channels = 1 if options.grey else 3
        made = own.prepare(options.path, options.name, options.size, channels, progress, options.origin)
    first = made.skipped[:MAX_SKIPPED_SHOWN]
    if options.json:
        print(json.dumps({"name": made.name, "kept": made.kept, "skipped": len(made.skipped), "first": first}))
        return
    if made.skipped:
        print(f"{len(made.skipped):,} of {len(made.skipped) + made.kept:,} files were skipped:", file=sys.stderr)
        print("\n".join(f"  {name} {reason}" for name, reason in first), file=sys.stderr)
    print(made.name)


def _print(options: argparse.Namespace, rows: list[dict], line: str, empty: str = "") -> None:
    if options.json:
        print(json.dumps(rows, indent=2))
    else:
        print("\n".join(line.format(**row) for row in rows) or empty)


def _sample(options: argparse.Namespace) -> None:
    import numpy as np

    from gan_core import checkpoint

    if not options.out.name or options.out.is_dir():
        raise WorkshopError(f"--out: {str(options.out)!r} is a folder; give the name of a file.")
    model = checkpoint.load(_weights_of(options.model, options.runs), raw=options.raw)
    images, labels = model.sample(options.count, options.seed, options.label)
    try:
        with files.replacing(options.out) as temporary, temporary.open("wb") as file:
            np.savez(file, images=images, labels=labels)
    except OSError as error:
        raise WorkshopError(f"--out: {options.out} cannot be written: {error.strerror}.") from None
    print(options.out)


def _weights_of(text: str, folder: Path | None) -> Path:
    path = Path(text)
    if path.suffix == ".safetensors":
        return path
    run = runs.find(text, folder)
    kept = run.weights()
    if not kept:
        raise WorkshopError(f"{run.name} has kept no weights yet; it keeps them at the end and now and then.")
    return list(kept.values())[-1]


if __name__ == "__main__":
    sys.exit(main())
