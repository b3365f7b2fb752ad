"""Training: `train`, `resume`, and the worker that the app starts."""

import argparse
from pathlib import Path
from typing import Any

from gan_core import runs
from gan_core.commands import common
from gan_core.errors import WorkshopError


def add(commands: Any) -> None:
    """The commands of this room."""
    train = commands.add_parser("train", help="train a GAN; the last line printed is the run's folder")
    train.set_defaults(command=_train)
    train.add_argument("--variant", help="the kind of GAN, see `variants` (default: dcgan)")
    train.add_argument("--dataset", help="the pictures, see `datasets` (default: fashion-small)")
    train.add_argument("--preset", help="named settings; what is given beside them wins")
    train.add_argument("--steps", type=int, help="generator steps until the end")
    train.add_argument("--epochs", type=int, help="passes over the pictures until the end")
    train.add_argument("--seconds", type=float, help="seconds of training until the end")
    train.add_argument("--seed", type=int, help="same seed, same curve (default: 0)")
    common.add_set(train)
    common.add_runs(train)

    resume = commands.add_parser("resume", help="go on with a stopped or interrupted run")
    resume.set_defaults(command=_resume)
    resume.add_argument("run", help="name, number or folder of the run")
    common.add_runs(resume)

    work = commands.add_parser("work")  # what the app starts for each run; not for people
    work.set_defaults(command=_work)
    work.add_argument("folder", type=Path)


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
        given.setdefault("schedule.steps", 100_000_000)  # the seconds or epochs alone decide
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


def _work(options: argparse.Namespace) -> int:
    from gan_core.worker import Worker

    Worker(runs.Run(options.folder.resolve())).work()
    return 0
