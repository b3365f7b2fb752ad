"""Training: `train`, `resume`, `race`, `study`, and `work`, the worker that the app starts."""

import contextlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_core import runs
from gan_core.cli import _common
from gan_core.cli._common import Options, add_command
from gan_core.system import processes
from gan_core.system.errors import WorkshopError

if TYPE_CHECKING:
    from gan_core.runs.race import Race
    from gan_core.training.parallel import Team

POLL = 0.3
"""Seconds between two reads of the runs of a race."""


def add(commands: Any) -> None:
    train = add_command(commands, "train", _train, help="train a GAN; the last line printed is the run's folder")
    train.set_defaults(together=True)
    train.add_argument("--variant", help="the kind of GAN, see `variants` (default: dcgan)")
    train.add_argument("--preset", help="named settings; what is given beside them wins")
    _common.add_length(train)
    _common.add_set(train)
    _common.add_runs(train)

    resume = add_command(commands, "resume", _resume, help="go on with a stopped or interrupted run")
    resume.set_defaults(together=True)
    resume.add_argument("run", help="name, number or folder of the run")
    _common.add_runs(resume)

    work = add_command(commands, "work", _work)
    work.add_argument("folder", type=Path)

    text = "train two to four settings in turns on the same pictures; the last line is the race's folder"
    race = add_command(commands, "race", _race, help=text)
    text = "a variant or a preset, settings after commas: dcgan,regularization.r1=1"
    race.add_argument("lanes", nargs="+", metavar="LANE", help=text)
    _common.add_length(race)
    _common.add_set(race)
    _common.add_runs(race)


def add_study(commands: Any) -> None:
    text = "run a study, or go on with it; the last line is the report's file"
    study = add_command(commands, "study", _study, help=text)
    study.add_argument("name", help="the study, see `studies`")
    study.add_argument("--seeds", type=int, default=1, help="run each row with so many seeds (default: 1)")
    study.add_argument("--out", type=Path, metavar="DIR", help="for the report (default: GAN_HOME/studies/NAME)")
    _common.add_set(study)
    _common.add_runs(study)


def _train(options: Options) -> None:
    from gan_core.presets import recipe

    names = {"variant": options.variant, "preset": options.preset}
    given = _common.given(options) | {field: value for field, value in names.items() if value is not None}
    _together(lambda: runs.create(recipe.build(given), options.runs))


def _resume(options: Options) -> None:
    _together(lambda: runs.find(options.run, options.runs))


def _together(choose: Callable[[], runs.Run]) -> None:
    """Train the run that `choose` gives, with the other processes if a launcher has started several."""
    if processes.world_size() == 1:
        return _work_on(choose())
    from gan_core.training import parallel
    from gan_core.worker import follower

    with parallel.join() as team:
        if team.rank == 0:
            return _work_on(choose(), team)
        follower.follow(team)


def _work_on(run: runs.Run, team: "Team | None" = None) -> None:
    run.claim()
    from gan_core.cli._progress import RunBar
    from gan_core.worker.worker import Worker

    with RunBar(run.config()) as bar:
        status = Worker(run, bar.show, team).work()
    if status.state == "failed":
        raise WorkshopError(status.message)
    print(run.path)


def _work(options: Options) -> None:
    from gan_core.worker.worker import Worker

    Worker(runs.Run(options.folder.resolve())).work()


def _race(options: Options) -> None:
    from gan_core.runs import lanes, race

    configs = lanes.build([lanes.parse(text) for text in options.lanes], _common.given(options))
    contest = race.create(configs, options.runs)
    contest.start()
    with processes.on_stop_signal(lambda: contest.send_request("stop")):
        _watch(contest, lanes.labels(configs))
    members = contest.runs()
    print(*(member.path for member in members), contest.path, sep="\n")
    failed = [m for m in members if m.status().state in ("failed", "interrupted")]
    if failed:
        raise WorkshopError(" ".join(f"{member.name}: {member.status().message}" for member in failed))


def _watch(contest: "Race", names: list[str]) -> None:
    """Show a bar for each run until none is at work."""
    from gan_core.cli._progress import RunBar

    members = contest.runs()
    with contextlib.ExitStack() as stack:
        bars = [stack.enter_context(RunBar(member.config())) for member in members]
        alive = True
        while alive:
            time.sleep(POLL)
            statuses = [member.status() for member in members]
            alive = any(status.alive for status in statuses)
            for name, bar, status in zip(names, bars, statuses, strict=True):
                bar.show(status, f"{name}: ")


def _study(options: Options) -> None:
    from gan_core import config
    from gan_core.cli._progress import RunBar, clock
    from gan_core.studies import study

    overrides = dict(config.parse_assignment(text) for text in options.set)
    work = study.StudyRun(options.name, out=options.out, folder=options.runs, overrides=overrides, seeds=options.seeds)
    with contextlib.ExitStack() as stack:
        bars: dict[int, RunBar] = {}

        def show(progress: study.StudyProgress, status: runs.Status) -> None:
            if progress.number not in bars:
                stack.close()  # the bar of the row before
                bars[progress.number] = stack.enter_context(RunBar(progress.row.config))
            left = "" if progress.left is None else f", {clock(progress.left)} left for all"
            prefix = f"row {progress.number} of {progress.rows}, {progress.row.label}{left}: "
            bars[progress.number].show(status, prefix)

        ended = work.work(show)
    done, rows = len(work.finished()), len(work.rows)
    if not ended:
        print(f"Stopped with {done} of {rows} rows finished; the same command goes on.", file=sys.stderr)
    print(work.report_path)
    if ended and done < rows:
        raise WorkshopError(f"{rows - done} of {rows} rows failed; the report says why.")
