"""Drawing a run of a million steps against one of a thousand: `python -m benchmarks.long_run`."""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import report
from gan_core.runs.history import History
from pages.ui.live.plots import PlotLine, lines_figure

NAMES = ("loss/d", "loss/g", "accuracy/real", "accuracy/fake", "accuracy/all", "score/real", "score/fake", "grad/d")


def main() -> None:
    rows = []
    for steps in (1_000, 1_000_000):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "metrics.jsonl"
            _write(path, steps)
            first = _time(lambda path=path: History(path).refresh())
            again = _time(lambda path=path: History(path).refresh())
            history = History(path)
            columns = history.refresh()
            ticks = []
            for extra in range(1, 6):
                with path.open("a") as file:
                    file.write(_line(steps + extra, np.zeros(len(NAMES))))
                ticks.append(_time(history.refresh))
            tick = report.median(ticks)
            draw = min(_time(lambda columns=columns: _draw(columns)) for _ in range(5))
            size = len(json.dumps(_draw(columns)))
        rows.append([f"{steps:,}", *(f"{1000 * t:.0f}" for t in (first, again, tick, draw)), f"{size / 1000:.0f}"])
    header = [
        "steps",
        "first read ever (ms)",
        "first read of a server (ms)",
        "tick: read (ms)",
        "draw (ms)",
        "sent (kB)",
    ]
    report.publish("A long run", report.table(header, rows))


def _draw(columns: dict[str, np.ndarray]) -> dict:
    """The losses chart of the Train page."""
    lines = [PlotLine(name, columns["step"], columns[name], group) for group, name in enumerate(NAMES[:2])]
    return lines_figure(lines, title="", x_title="", y_title="")


def _write(path: Path, steps: int) -> None:
    values = np.random.default_rng(0).normal(1, 0.2, (steps, len(NAMES)))
    with path.open("w") as file:
        file.writelines(_line(step + 1, row) for step, row in enumerate(values))


def _line(step: int, values: np.ndarray) -> str:
    numbers = ", ".join(f'"{name}": {value:.6g}' for name, value in zip(NAMES, values + 1e-6, strict=True))
    return f'{{"step": {step}, "images": {64 * step}, "seconds": {step / 20}, {numbers}}}\n'


def _time(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
