"""What open pages cost: `python -m benchmarks.ui_cost [--rounds 5] [--seconds 30] [--viewers 0 1 5 20] [--moves 15]`.

One DCGAN trains all the time, beside a server. In each round it is watched by each number of viewers in turn, in an
order that changes from round to round: light WebSocket clients that keep its Train page ticking, since browsers on the
same cores would measure themselves. Its speed is compared with that of the same round without a viewer. A browser
switches pages and moves the slider of a finished run's pictures, with nothing else going on and while it trains.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import browsing, report, server
from gan_core import recipe, runs
from gan_core.worker import Worker

SETTLE = 5.0
"""Seconds between opening pages and measuring: opening is paid once, ticking all the time."""

HOURS = 12


@dataclass(frozen=True)
class Window:
    """Images/s while so many watched, ticks of each viewer a second, and milliseconds of the server a tick."""

    speed: float
    ticks: float
    cost: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=30, help="of each window")
    parser.add_argument("--viewers", type=int, nargs="+", default=[0, 1, 5, 20])
    parser.add_argument("--moves", type=int, default=15, help="page switches, and moves of the slider")
    options = parser.parse_args()
    counts = sorted({0, *options.viewers})
    with tempfile.TemporaryDirectory() as folder, server.serve(Path(folder)) as (address, process):
        finished = _something_to_show(Path(folder), options.moves)
        alone = _browsing(address, finished, options.moves)
        with _training(Path(folder)) as run:
            rounds = [_round(address, process, run, _turned(counts, i), options.seconds) for i in range(options.rounds)]
            beside = _browsing(address, finished, options.moves)
    moved = [[name, *alone[name], *beside[name]] for name in alone]
    heads = [f"{what}, {when}" for when in ("nothing trains", "a run trains") for what in ("median (s)", "slowest (s)")]
    text = f"{_table(counts, rounds)}\n\n{report.table(['in a browser', *heads], moved)}"
    report.publish(f"Cost of open pages, {options.rounds} rounds of {options.seconds:.0f} s each", text)


def _table(counts: list[int], rounds: list[dict[int, Window]]) -> str:
    rows = []
    for count in counts:
        windows = [found[count] for found in rounds]
        ratios = [found[count].speed / found[0].speed for found in rounds]
        seen = [f"{report.median([w.ticks for w in windows]):.2f}", f"{report.median([w.cost for w in windows]):.1f}"]
        rows.append(
            [
                count,
                f"{report.median([w.speed for w in windows]):.0f}",
                f"{report.median(ratios):.3f}",
                f"{min(ratios):.3f} to {max(ratios):.3f}",
                *(seen if count else ["–", "–"]),
            ]
        )
    header = ["viewers", "images/s", "speed / alone, median", "range", "ticks a second and viewer", "server, ms a tick"]
    return report.table(header, rows)


def _turned(counts: list[int], by: int) -> list[int]:
    """The counts beginning with another one each time, and there and back, so that a drift hits all alike."""
    turned = counts[by % len(counts) :] + counts[: by % len(counts)]
    return turned if by % 2 == 0 else turned[::-1]


def _something_to_show(home: Path, pictures: int) -> runs.Run:
    """Two finished runs to compare; returns one that has a picture for each move of the slider and three between.

    The browser fetches the neighbours of a picture beforehand. A training would keep fewer, for it spares the disk.
    """
    tiny = {"network.width": 4, "data.limit": 100, "scoring.score": "off", "schedule.steps": 4 * pictures}
    made = [runs.create(recipe.build(tiny), home) for _ in range(2)]
    for run in made:
        Worker(run).work()
    picture = made[-1].samples()[4 * pictures].read_bytes()
    for step in range(4 * pictures):
        (made[-1].path / "samples" / f"{step:06d}.png").write_bytes(picture)
    return made[-1]


@contextmanager
def _training(home: Path) -> Iterator[runs.Run]:
    """A DCGAN that trains until the end of the block, at full speed when it begins; scores would disturb it."""
    before = {run.name for run in runs.list_runs(home)}
    command = [sys.executable, "-m", "gan_core", "train", "--variant", "dcgan", "--seconds", str(3600 * HOURS)]
    command += ["--runs", str(home), "--set", "scoring.score=off"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=report.ROOT)
    try:
        while not (new := [run for run in runs.list_runs(home) if run.name not in before and run.status().step > 50]):
            if process.poll() is not None:
                raise RuntimeError(f"the training ended with status {process.returncode}")
            time.sleep(0.2)
        yield new[0]
        if process.poll() is not None:
            raise RuntimeError(f"the training ended with status {process.returncode} while it was watched")
    finally:
        process.terminate()
        process.wait()


def _round(
    address: str, process: psutil.Process, run: runs.Run, counts: list[int], seconds: float
) -> dict[int, Window]:
    found = {count: asyncio.run(_window(address, process, run, count, seconds)) for count in counts}
    print({count: round(window.speed) for count, window in found.items()}, "images/s", flush=True)
    return found


async def _window(address: str, process: psutil.Process, run: runs.Run, viewers: int, seconds: float) -> Window:
    """Measure for so many seconds, with so many viewers."""
    watching = [server.Viewer(address, "train", f"run={run.name}") for _ in range(viewers)]
    tasks = [asyncio.create_task(viewer.watch()) for viewer in watching]
    while not all(viewer.runs for viewer in watching):
        await _look_on(tasks, 0.1)
    await _look_on(tasks, SETTLE)
    before, spent, ticks = run.status(), sum(process.cpu_times()[:2]), sum(viewer.ticks for viewer in watching)
    await _look_on(tasks, seconds)
    after, spent = run.status(), sum(process.cpu_times()[:2]) - spent
    ticks = sum(viewer.ticks for viewer in watching) - ticks
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    elapsed = after.heartbeat - before.heartbeat  # written together with the count of images
    speed = (after.images - before.images) / elapsed
    return Window(speed, ticks / max(1, viewers) / elapsed, 1000 * spent / max(1, ticks))


async def _look_on(tasks: list[asyncio.Task], seconds: float) -> None:
    await asyncio.sleep(seconds)
    for task in tasks:
        if task.done():
            task.result()  # a viewer that fell out would make the page look cheap


def _browsing(address: str, run: runs.Run, moves: int) -> dict[str, list[str]]:
    """Median and slowest of page switches and moves of the slider."""
    times = {"page switch": browsing.switches(address, moves), "slider": browsing.slides(address, run.name, moves)}
    return {name: [f"{report.median(found):.2f}", f"{max(found):.2f}"] for name, found in times.items()}


if __name__ == "__main__":
    main()
