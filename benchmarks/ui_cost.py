"""Training speed with and without open pages: `python -m benchmarks.ui_cost [--pairs 5] [--seconds 30] [--viewers 1]`.

Each pair trains the same DCGAN twice, in changing order: once by the command line with nothing else on the machine,
once the same way while the app serves its Train page to light viewers.
"""

import argparse
import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import report, server
from gan_core import runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--viewers", type=int, nargs="+", default=[1])
    options = parser.parse_args()
    rows = []
    for viewers in options.viewers:
        ratios, ticks = [], []
        for pair in range(options.pairs):
            speeds: dict[int, float] = {}
            for count in (0, viewers) if pair % 2 == 0 else (viewers, 0):
                speeds[count], told = measure(count, options.seconds)
                if count:
                    ticks.append(told)
            ratios.append(speeds[viewers] / speeds[0])
            print(f"{viewers} viewers, pair {pair + 1}: {speeds[0]:.0f} alone, {speeds[viewers]:.0f} images/s viewed")
        spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
        rows.append([viewers, f"{report.median(ratios):.3f}", spread, f"{report.median(ticks):.2f}"])
    header = ["viewers", "speed viewed / alone, median", "range", "ticks a second and viewer"]
    report.publish("Cost of open pages", report.table(header, rows))


def measure(viewers: int, seconds: float) -> tuple[float, float]:
    """Images/s of one training run with this many viewers, and how often each was updated a second."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with server.app(home) if viewers else contextlib.nullcontext("") as address:
            if viewers:
                asyncio.run(_warm_up(address))
            command = [sys.executable, "-m", "gan_core", "train", "--seconds", str(seconds), "--runs", folder]
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=report.ROOT)
            ticks = asyncio.run(_look_on(process, home, address, viewers)) if viewers else 0.0
            assert process.wait() == 0
        status = runs.list_runs(home)[0].status()
        return status.images / status.seconds, ticks


async def _warm_up(address: str) -> None:
    """Open the form, as everyone does who then starts a run: the server imports torch once, before training."""
    form = server.Viewer(address, "train", "")
    task = asyncio.create_task(form.watch())
    while not form.runs:
        await asyncio.sleep(0.1)
        if task.done():
            task.result()
    task.cancel()


async def _look_on(process: subprocess.Popen, home: Path, address: str, viewers: int) -> float:
    """Keep the Train page of the run open until it ends; returns ticks a second and viewer."""
    while not runs.list_runs(home):
        await asyncio.sleep(0.1)
    query = f"run={runs.list_runs(home)[0].name}"
    watching = [server.Viewer(address, "train", query) for _ in range(viewers)]
    tasks = [asyncio.create_task(viewer.watch()) for viewer in watching]
    start = time.monotonic()
    while process.poll() is None:
        await asyncio.sleep(0.2)
        for task in tasks:
            if task.done():
                task.result()  # a viewer that fell out would make the page look cheap
    elapsed = time.monotonic() - start
    for task in tasks:
        task.cancel()
    return sum(viewer.ticks for viewer in watching) / viewers / elapsed


if __name__ == "__main__":
    main()
