"""Studies: several presets, run and compared."""

import argparse
import contextlib
import sys
from pathlib import Path
from typing import Any

from gan_core import runs
from gan_core.cli import _common
from gan_core.system.errors import WorkshopError


def add(commands: Any) -> None:
    """The commands of this room."""
    study = commands.add_parser("study", help="run a study, or go on with it; the last line is the report's file")
    study.set_defaults(command=_study)
    study.add_argument("name", help="the study, see `studies`")
    study.add_argument("--seeds", type=int, default=1, help="run each row with so many seeds (default: 1)")
    study.add_argument("--out", type=Path, metavar="DIR", help="for the report (default: GAN_HOME/studies/NAME)")
    _common.add_set(study)
    _common.add_runs(study)


def _study(options: argparse.Namespace) -> int:
    from gan_core import config
    from gan_core.cli._progress import ProgressBar, clock
    from gan_core.studies import study

    overrides = dict(config.parse_assignment(text) for text in options.set)
    work = study.StudyRun(options.name, out=options.out, folder=options.runs, overrides=overrides, seeds=options.seeds)
    with contextlib.ExitStack() as stack:
        bars: dict[int, ProgressBar] = {}

        def show(at: study.StudyProgress, status: runs.Status) -> None:
            if at.number not in bars:
                stack.close()  # the bar of the row before
                bars[at.number] = stack.enter_context(ProgressBar(at.row.config))
            left = "" if at.left is None else f", {clock(at.left)} left for all"
            bars[at.number].show(status, f"row {at.number} of {at.rows}, {at.row.label}{left}: ")

        ended = work.work(show)
    done, rows = len(work.finished()), len(work.rows)
    if not ended:
        print(f"Stopped with {done} of {rows} rows finished; the same command goes on.", file=sys.stderr)
    print(work.report_path)
    if ended and done < rows:
        raise WorkshopError(f"{rows - done} of {rows} rows failed; the report says why.")
    return 0
