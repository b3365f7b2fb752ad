"""What open pages cost: `python -m benchmarks.ui_cost [--rounds 5] [--seconds 30] [--viewers 0 1 5 20] [--moves 15]`.

One DCGAN trains all the time, beside a server. In each round it is watched by each number of viewers in turn, in an
order that changes from round to round: light WebSocket clients that keep its Train page ticking, since browsers on the
same cores would measure themselves. Its speed is compared with the mean of just before and just after, when nobody
watches. A browser switches pages and moves the slider of a finished run's pictures, with nothing else going on and
while it trains.
"""

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from benchmarks import browsing, report, server
from gan_core import runs
from gan_core.presets import recipe
from gan_core.worker.worker import Worker

SETTLE = 5.0
"""Seconds between opening pages and measuring: opening is paid once, ticking all the time."""


@dataclass(frozen=True)
class Window:
    """Images/s while so many watched, and the same by that of just before and after without a viewer.

    `ticks` of each viewer a second; `cost` and `viewers` are processor time a tick, in ms: of the server, and of this
    process, which plays the viewers on the same cores.
    """

    speed: float
    ticks: float
    cost: float
    viewers: float
    ratio: float = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15, help="of each window")
    parser.add_argument("--viewers", type=int, nargs="+", default=[1, 5, 20])
    parser.add_argument("--moves", type=int, default=15, help="page switches, and moves of the slider")
    options = parser.parse_args()
    counts = sorted(set(options.viewers))
    with tempfile.TemporaryDirectory() as folder, server.serve(Path(folder)) as (address, process):
        finished = _something_to_show(Path(folder), options.moves)
        alone = _browsing(address, finished, options.moves)
        with server.training(Path(folder)) as run:
            rounds = [_round(address, process, run, _turned(counts, i), options.seconds) for i in range(options.rounds)]
            beside = _browsing(address, finished, options.moves)
    moved = [[name, *alone[name], *beside[name]] for name in alone]
    heads = [f"{what}, {when}" for when in ("nothing trains", "a run trains") for what in ("median (s)", "slowest (s)")]
    how = f"{options.rounds} rounds of {options.seconds:.0f} s each, {options.moves} moves."
    text = f"{_table(counts, rounds)}\n\n{report.table(['in a browser', *heads], moved)}\n\n{how}"
    report.publish("Cost of open pages", text)


def _table(counts: list[int], rounds: list[dict[int, Window]]) -> str:
    rows = []
    for count in counts:
        windows = [found[count] for found in rounds]
        ratios = [window.ratio for window in windows]
        rows.append(
            [
                count,
                f"{report.median([w.speed for w in windows]):.0f}",
                f"{report.median(ratios):.3f}",
                f"{min(ratios):.3f} to {max(ratios):.3f}",
                f"{report.median([w.ticks for w in windows]):.2f}",
                f"{report.median([w.cost for w in windows]):.1f}",
                f"{report.median([w.viewers for w in windows]):.1f}",
            ]
        )
    header = ["viewers", "images/s", "speed / alone, median", "range", "ticks a second and viewer"]
    return report.table([*header, "server, ms a tick", "the viewers themselves, ms a tick"], rows)


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


def _round(
    address: str, process: psutil.Process, run: runs.Run, counts: list[int], seconds: float
) -> dict[int, Window]:
    found, before = {}, asyncio.run(_window(address, process, run, 0, seconds))
    for count in counts:
        watched = asyncio.run(_window(address, process, run, count, seconds))
        after = asyncio.run(_window(address, process, run, 0, seconds))
        found[count] = replace(watched, ratio=2 * watched.speed / (before.speed + after.speed))
        before = after
    print({count: round(window.ratio, 3) for count, window in found.items()}, "of the speed alone", flush=True)
    return found


async def _window(address: str, process: psutil.Process, run: runs.Run, viewers: int, seconds: float) -> Window:
    """Measure for so many seconds, with so many viewers."""
    watching = [server.Viewer(address, "train", f"run={run.name}") for _ in range(viewers)]
    tasks = [asyncio.create_task(viewer.watch()) for viewer in watching]
    while not all(viewer.runs for viewer in watching):
        await _watch(tasks, 0.1)
    await _watch(tasks, SETTLE)
    before, ticks = run.status(), sum(viewer.ticks for viewer in watching)
    spent, mine = _spent(process), time.process_time()
    await _watch(tasks, seconds)
    after, spent, mine = run.status(), _spent(process) - spent, time.process_time() - mine
    ticks = sum(viewer.ticks for viewer in watching) - ticks
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    elapsed = after.heartbeat - before.heartbeat  # written together with the count of images
    speed = (after.images - before.images) / elapsed
    each = 1000 / max(1, ticks)
    return Window(speed, ticks / max(1, viewers) / elapsed, each * spent, each * mine)


def _spent(process: psutil.Process) -> float:
    """Processor seconds so far."""
    return sum(process.cpu_times()[:2])


async def _watch(tasks: list[asyncio.Task], seconds: float) -> None:
    await asyncio.sleep(seconds)
    for task in tasks:
        if task.done():
            task.result()  # raises if a viewer was disconnected: the page would seem cheap


def _browsing(address: str, run: runs.Run, moves: int) -> dict[str, list[str]]:
    """Median and slowest of page switches and moves of the slider."""
    times = {"page switch": browsing.switches(address, moves), "slider": browsing.slides(address, run.name, moves)}
    return {name: [f"{report.median(found):.2f}", f"{max(found):.2f}"] for name, found in times.items()}


if __name__ == "__main__":
    main()
