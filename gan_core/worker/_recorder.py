"""The recorder: writes a run's rows, samples, weights and snapshots, and names its best weights."""

import json
import os
import time
from pathlib import Path

import torch

from gan_core.data import Dataset, sample_grid
from gan_core.models import checkpoint
from gan_core.runs import RUN_FOLDERS, BestWeights, Run
from gan_core.runs.history import History
from gan_core.system import files
from gan_core.training.events import Row
from gan_core.training.trainer import Trainer
from gan_core.worker._scoring import Scorer

MIN_INTERVAL = 0.6
"""The least seconds between two sample grids, and between two weights files; what is due sooner waits."""

TAIL_BYTES = 65_536
"""Bytes at the end of metrics.jsonl that are sure to contain the start of its last line."""


class Recorder:
    """Writes what `trainer` produces into `run`, whenever it is due."""

    def __init__(self, run: Run, trainer: Trainer, dataset: Dataset) -> None:
        self.run, self.trainer, self.dataset = run, trainer, dataset
        self.schedule = trainer.config.schedule
        self.epoch_ends = {trainer.schedule.step_of(epoch) for epoch in self.schedule.sample_epochs or ()}
        self.scorer = Scorer(trainer, dataset)
        self.rows: list[Row] = []
        self.speed = 0.0
        self._samples_due = self._weights_due = False
        self._last_samples = self._last_weights = 0.0
        self._last_snapshot = time.monotonic()

    def restore(self) -> None:
        """Continue from the last snapshot, if there is one; deletes what was written after it."""
        if self.run.state_path.is_file():
            self._load_snapshot()
        self._cut_torn_line()
        for folder in RUN_FOLDERS:
            files.clear_leftovers(self.run.path / folder)
        if self.trainer.step:
            columns = History(self.run.metrics_path).refresh()
            self.scorer.budget.resume(columns, self.trainer.step)
        for kept in (self.run.samples(), self.run.weights()):
            for path in (path for step, path in kept.items() if step > self.trainer.step):
                path.unlink()
        if self.run.best() is None:  # its weights were among the deleted ones
            self.run.best_path.unlink(missing_ok=True)

    def roll_back(self) -> str:
        """After a divergence: return the trainer to the last snapshot and keep its weights.

        Returns what is kept, in a sentence.
        """
        if self.run.state_path.is_file():
            self._load_snapshot()
            if self.trainer.step not in self.run.weights():
                self._write_weights()
            return f"The last good snapshot, of step {self.trainer.step:,}, and its weights are kept."
        kept = "It came before the first snapshot"
        if last := ", ".join([f"{step:,}" for step in self.run.weights()][-5:]):
            return f"{kept}: Resume starts anew and removes the kept weights (last at step {last})."
        return f"{kept}, so no weights are kept, and Resume starts anew."

    def _load_snapshot(self) -> None:
        self.trainer.load_state_dict(torch.load(self.run.state_path, weights_only=True, map_location="cpu"))

    def _cut_torn_line(self) -> None:
        """Remove the incomplete last row of a killed process, or the next row would be appended to it."""
        if self.run.metrics_path.is_file():
            with self.run.metrics_path.open("rb+") as file:
                start = max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES)
                file.seek(start)
                file.truncate(start + file.read().rfind(b"\n") + 1)

    def after_step(self) -> None:
        """Write what is due at this step."""
        step = self.trainer.step
        if self.scorer.due():  # first: the score belongs in the row of this step
            self.save_score()
        # at steps 1, 2, 4, 8, … as well: the first changes are the quickest
        self._samples_due |= step % self.schedule.sample_every == 0 or step.bit_count() == 1
        self._weights_due |= step % self.schedule.keep_every == 0
        now = time.monotonic()
        at_epoch_end = step in self.epoch_ends  # these do not wait
        if at_epoch_end or (self._samples_due and now - self._last_samples >= MIN_INTERVAL):
            self.save_samples()
        if self._weights_due and now - self._last_weights >= MIN_INTERVAL:
            self.save_weights()
        if time.monotonic() - self._last_snapshot >= self.schedule.snapshot_seconds:
            self.save_snapshot()

    def add_rows(self, rows: tuple[Row, ...]) -> None:
        """Collect rows for the next `write_rows`."""
        self.rows += rows
        if rows:
            self.speed = float(rows[-1]["speed/images"] or 0)

    def write_rows(self, *, durable: bool = False) -> None:
        """Append the collected rows to metrics.jsonl; `durable`: wait until the whole file is on the disk."""
        if self.rows or (durable and self.run.metrics_path.exists()):
            text = "".join(to_json(row) for row in self.rows)
            with self.run.metrics_path.open("a") as file:
                file.write(text)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            self.rows = []

    def save_samples(self) -> None:
        """Write the sample grid of this step."""
        files.write_atomic(self._path("samples", ".png"), sample_grid.png(sample_grid.grid(self.trainer.samples())))
        self._samples_due, self._last_samples = False, time.monotonic()

    def save_weights(self) -> None:
        """Keep the weights of this step; raises Diverged if they are not finite."""
        self._check_weights()
        self._write_weights()
        self._weights_due, self._last_weights = False, time.monotonic()
        best = self.run.best()
        if best and best.step == self.trainer.step:
            self._name_best(best, extra=False)  # these are kept even if others score better later

    def save_score(self) -> None:
        """Score the weights of this step, and keep them if none were better."""
        self._check_weights()
        scored = self.scorer.score()
        if scored is None:
            return
        self.rows[-1] = {**self.rows[-1], **scored.row, "cost/scoring": self.scorer.cost}
        before = self.run.best()
        if before is None or scored.value < before.value:
            self._keep_best(BestWeights.model_validate({**vars(scored), "step": self.trainer.step}), before)

    def _keep_best(self, best: BestWeights, before: BestWeights | None) -> None:
        extra = best.step not in self.run.weights()
        if extra:
            self._write_weights()
        # new weights, then best.json, then delete the old ones: best.json never names missing weights
        self._name_best(best, extra=extra)
        if before and before.extra and before.step != best.step:
            self.run.weights()[before.step].unlink()

    def _name_best(self, best: BestWeights, *, extra: bool) -> None:
        text = best.model_copy(update={"extra": extra}).model_dump_json()
        files.write_atomic(self.run.best_path, text.encode())

    def save_snapshot(self) -> None:
        """Write all that a resume needs; raises Diverged if the weights are not finite."""
        self.add_rows(self.trainer.drain())
        self.write_rows(durable=True)  # before the snapshot, so that a resume misses none
        self.trainer.check(weights=True)
        with files.replacing(self.run.state_path) as temporary:
            torch.save(self.trainer.state_dict(), temporary)
        self._last_snapshot = time.monotonic()

    def _check_weights(self) -> None:
        """Collect the rows that are still on the device; raises Diverged if the weights are not finite."""
        self.add_rows(self.trainer.drain())
        self.trainer.check(weights=True)

    def _write_weights(self) -> None:
        checkpoint.save(self._path("weights", ".safetensors"), self.trainer, self.dataset)

    def _path(self, folder: str, suffix: str) -> Path:
        return self.run.path / folder / f"{self.trainer.step:06d}{suffix}"


def to_json(row: Row) -> str:
    """One line of metrics.jsonl: floats with six digits, null for what is not finite."""
    return json.dumps({name: _short(value) for name, value in row.items()}) + "\n"


def _short(value: float | int | None) -> float | int | None:
    if not isinstance(value, float):
        return value
    return float(f"{value:.6g}") if value - value == 0 else None
