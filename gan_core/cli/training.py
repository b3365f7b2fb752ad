"""Training: `train`, `resume`, and the worker that the app starts."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_core import runs
from gan_core.cli import _common
from gan_core.system import processes
from gan_core.system.errors import WorkshopError

if TYPE_CHECKING:
    from gan_core.training.parallel import Team


def add(commands: Any) -> None:
    """The commands of this room."""
    train = commands.add_parser("train", help="train a GAN; the last line printed is the run's folder")
    train.set_defaults(command=_train, together=True)
    train.add_argument("--variant", help="the kind of GAN, see `variants` (default: dcgan)")
    train.add_argument("--preset", help="named settings; what is given beside them wins")
    _common.add_length(train)
    _common.add_set(train)
    _common.add_runs(train)

    resume = commands.add_parser("resume", help="go on with a stopped or interrupted run")
    resume.set_defaults(command=_resume, together=True)
    resume.add_argument("run", help="name, number or folder of the run")
    _common.add_runs(resume)

    work = commands.add_parser("work")  # what the app starts for each run; not for people
    work.set_defaults(command=_work)
    work.add_argument("folder", type=Path)


def _train(options: argparse.Namespace) -> int:
    return _together(lambda: _new(options))


def _resume(options: argparse.Namespace) -> int:
    return _together(lambda: runs.find(options.run, options.runs))


def _new(options: argparse.Namespace) -> runs.Run:
    from gan_core.presets import recipe

    named = {"variant": options.variant, "preset": options.preset}
    given = _common.given(options) | {field: value for field, value in named.items() if value is not None}
    return runs.create(recipe.build(given), options.runs)


def _together(choose: Callable[[], runs.Run]) -> int:
    """Train the run that is chosen, with the other processes if several were started."""
    if processes.world_size() == 1:
        return _work_on(choose())
    from gan_core.training import parallel
    from gan_core.worker import follower

    with parallel.join() as team:
        if team.rank == 0:
            return _work_on(choose(), team)
        follower.follow(team)
    return 0


def _work_on(run: runs.Run, team: "Team | None" = None) -> int:
    run.claim()
    from gan_core.cli._progress import ProgressBar
    from gan_core.worker.worker import Worker

    with ProgressBar(run.config()) as progress:
        status = Worker(run, progress.show, team).work()
    if status.state == "failed":
        raise WorkshopError(status.message)
    print(run.path)
    return 0


def _work(options: argparse.Namespace) -> int:
    from gan_core.worker.worker import Worker

    Worker(runs.Run(options.folder.resolve())).work()
    return 0
