"""Does the diagnosis find what ails a run, early, and keep still where nothing does?

Trains the presets `lesson-…` and three healthy runs on fashion-small, each by a worker as the Train page starts it,
then diagnoses each curve again as the page would have, ten steps at a time.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import report
from gan_core import diagnosis, runs
from gan_core.config import TrainConfig
from gan_core.presets import recipe
from gan_core.runs.history import History

ILL = {
    "lesson-mode-collapse": "mode-collapse",
    "lesson-d-wins": "d-wins",
    "lesson-diverges": "diverging",
}
"""Each lesson and the rule that must find it first."""

HEALTHY: dict[str, dict[str, Any]] = {
    "dcgan": {"network.width": 16, "schedule.steps": 300},
    "acgan": {"network.width": 16, "schedule.steps": 300},
    "wgan_gp": {"network.width": 16, "schedule.steps": 150},
}
"""Variants as usual but for narrow networks, which are quick, and an end."""

EVERY, LEAST = 10, 10
"""Steps between two diagnoses, and the step of the first one."""


def first_findings(config: TrainConfig, columns: dict[str, np.ndarray]) -> dict[str, tuple[int, int]]:
    """Each rule that fired during the run: the step at which it first did, and the step since which it held."""
    found: dict[str, tuple[int, int]] = {}
    rows = len(columns.get("step", ()))
    for end in [*range(LEAST, rows, EVERY), rows]:
        cut = {name: values[:end] for name, values in columns.items()}
        for name, finding in diagnosis.diagnose(config, cut, runs.Status()).items():
            found.setdefault(name, (int(cut["step"][-1]), finding.since))
    return found


def train(given: dict[str, Any], folder: Path) -> runs.Run:
    """A run with these settings, taken to its end by a worker process, or as it was trained before."""
    config = recipe.build({**given, "scoring.score": "off"})  # the curves alone have to tell
    trained = [run for run in runs.list_runs(folder) if run.config() == config]
    run = trained[0] if trained else runs.create(config, folder)
    if not trained:
        run.start()
    while run.status().alive:
        time.sleep(0.5)
    return run


def row(name: str, run: runs.Run, expected: str | None) -> tuple[list[object], bool]:
    """One line of the table, and whether it is as it should be."""
    status, columns = run.status(), History(run.metrics_path).refresh()
    found = first_findings(run.config(), columns)
    first = next(iter(sorted(found, key=lambda rule: found[rule][0])), None)
    right = first == expected
    took = {at: columns["seconds"][np.searchsorted(columns["step"], at)] for at, _ in found.values()}
    findings = [f"{rule} at step {at}, {took[at]:.0f} s (since step {since})" for rule, (at, since) in found.items()]
    kept = list(run.weights())
    last = f"{kept[-1]}" if kept else "none"
    rows = len(columns.get("step", ()))
    found_text = "; ".join(findings) or "nothing"
    cells = [name, rows, f"{status.seconds:.0f}", status.state, found_text, last, "yes" if right else "NO"]
    return cells, right


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only the runs whose name contains this; nothing is appended then")
    parser.add_argument("--runs", type=Path, help="train there and keep the runs; those that are there are only read")
    options = parser.parse_args()
    only = options.only
    cases = {name: ({"preset": name}, rule) for name, rule in ILL.items()}
    clothes = {"data.dataset": "fashion-small"}
    cases |= {f"{v}, healthy": ({"variant": v, **clothes, **given}, None) for v, given in HEALTHY.items()}
    rows, right = [], True
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.runs or Path(temporary)).resolve()
        for name, (given, expected) in cases.items():
            if only in name:
                cells, good = row(name, train(given, folder), expected)
                print(cells, flush=True)
                rows.append(cells)
                right &= good
    header = ["run", "steps", "training (s)", "ended", "found, and when", "last weights kept", "as expected"]
    table = report.table(header, rows)
    if only:
        print(table)
    else:
        report.publish("Diagnosis of ill and healthy runs", table)
    raise SystemExit(0 if right else 1)


if __name__ == "__main__":
    main()
