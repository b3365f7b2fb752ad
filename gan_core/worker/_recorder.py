"""What a training run leaves on disk: rows, pictures, weights and snapshots."""

import json
import os
import time

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
"""Seconds from the end of one picture to the next, or between kept weights, at least; what is due sooner waits."""

TAIL_BYTES = 65_536
"""Bytes at the end of metrics.jsonl that surely hold the beginning of its last line."""


class Recorder:
    """Writes what `trainer` does into `run`, when it is due."""

    def __init__(self, run: Run, trainer: Trainer, dataset: Dataset) -> None:
        self.run, self.trainer, self.dataset = run, trainer, dataset
        self.schedule = trainer.config.schedule
        self.epoch_ends = {trainer.schedule.step_of(epoch) for epoch in self.schedule.sample_epochs or ()}
        self.scorer = Scorer(trainer, dataset)
        self.rows: list[Row] = []
        self.speed = 0.0
        self._picture_due = self._weights_due = False
        self._last_picture = self._last_weights = 0.0
        self._last_snapshot = time.monotonic()

    def restore(self) -> None:
        """Go on from the last snapshot, if there is one; what was written after it is taken back."""
        if self.run.state_path.is_file():
            state = torch.load(self.run.state_path, weights_only=True, map_location="cpu")
            self.trainer.load_state_dict(state)
        self._cut_torn_line()
        for path in (self.run.path / part for part in RUN_FOLDERS):  # only the process that trains writes there
            files.clear_leftovers(path)
        if self.trainer.step:
            columns = History(self.run.metrics_path).refresh()
            self.scorer.budget.resume(columns, self.trainer.step)
        for kept in (self.run.samples(), self.run.weights()):
            for path in (path for step, path in kept.items() if step > self.trainer.step):
                path.unlink()
        if self.run.best() is None:  # its weights were among them; the next score names others
            self.run.best_path.unlink(missing_ok=True)

    def roll_back(self) -> str:
        """After a divergence: keep the weights of the last snapshot, which is from before. Says what is kept.

        The trainer is back at that step then.
        """
        if not self.run.state_path.is_file():
            return self._kept_without_snapshot()
        self.trainer.load_state_dict(torch.load(self.run.state_path, weights_only=True, map_location="cpu"))
        if self.trainer.step not in self.run.weights():
            checkpoint.save(self._path("weights", ".safetensors"), self.trainer, self.dataset)
        return f"The last good snapshot, of step {self.trainer.step:,}, and its weights are kept."

    def _kept_without_snapshot(self) -> str:
        last = ", ".join([f"{step:,}" for step in self.run.weights()][-5:])
        if not last:
            return "It came before the first snapshot, so no weights are kept, and Resume starts anew."
        return (
            f"It came before the first snapshot: Resume starts anew and removes the kept weights (last at step {last})."
        )

    def _cut_torn_line(self) -> None:
        """Remove the half of a row that a killed process has left, or the next row would be glued to it."""
        if self.run.metrics_path.is_file():
            with self.run.metrics_path.open("rb+") as file:
                start = max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES)
                file.seek(start)
                file.truncate(start + file.read().rfind(b"\n") + 1)

    def after_step(self) -> None:
        """Take what this step is due for."""
        step = self.trainer.step
        if self.scorer.due():  # first, while this step's row is not written yet
            self.save_score()
        # steps 1, 2, 4, 8, … as well: the first changes are the quickest
        self._picture_due |= step % self.schedule.sample_every == 0 or step.bit_count() == 1
        self._weights_due |= step % self.schedule.keep_every == 0
        now = time.monotonic()
        at_epoch = step in self.epoch_ends  # these are wanted at that very step
        if at_epoch or (self._picture_due and now - self._last_picture >= MIN_INTERVAL):
            self.save_samples()
        if self._weights_due and now - self._last_weights >= MIN_INTERVAL:
            self.save_weights()
        if time.monotonic() - self._last_snapshot >= self.schedule.snapshot_seconds:
            self.save_snapshot()

    def add_rows(self, rows: tuple[Row, ...]) -> None:
        """Keep rows for the next `write_rows`."""
        self.rows += rows
        if rows:
            self.speed = float(rows[-1]["speed/images"] or 0)

    def write_rows(self, *, durable: bool = False) -> None:
        """Append the rows so far to metrics.jsonl; `durable`: wait until all that it has are on the disk."""
        if self.rows or (durable and self.run.metrics_path.exists()):
            text = "".join(to_json(row) for row in self.rows)
            with self.run.metrics_path.open("a") as file:
                file.write(text)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            self.rows = []

    def save_samples(self) -> None:
        """The sample grid of this step."""
        files.write_atomic(self._path("samples", ".png"), sample_grid.png(sample_grid.grid(self.trainer.samples())))
        self._picture_due, self._last_picture = False, time.monotonic()

    def save_weights(self) -> None:
        """The networks of this step; raises Diverged rather than keep weights that are of no use."""
        self.add_rows(self.trainer.drain())
        self.trainer.check(weights=True)
        checkpoint.save(self._path("weights", ".safetensors"), self.trainer, self.dataset)
        self._weights_due, self._last_weights = False, time.monotonic()
        best = self.run.best()
        if best and best.step == self.trainer.step:
            self._name_best(best, extra=False)  # from now on they are kept in any case

    def save_score(self) -> None:
        """Score the networks of this step, and keep their weights if none were better."""
        self.add_rows(self.trainer.drain())
        self.trainer.check(weights=True)
        found = self.scorer.score()
        if found is None:
            return
        self.rows[-1] = {**self.rows[-1], **found.row, "cost/scoring": self.scorer.cost}
        before = self.run.best()
        if before is None or found.best.value < before.value:
            self._keep_best(found.best, before)

    def _keep_best(self, best: BestWeights, before: BestWeights | None) -> None:
        extra = best.step not in self.run.weights()
        if extra:
            checkpoint.save(self._path("weights", ".safetensors"), self.trainer, self.dataset)
        # first the new weights, then the name, then the old weights: at no moment does the name point nowhere
        self._name_best(best, extra=extra)
        if before and before.extra and before.step != best.step:
            self.run.weights()[before.step].unlink()

    def _name_best(self, best: BestWeights, *, extra: bool) -> None:
        text = best.model_copy(update={"extra": extra}).model_dump_json()
        files.write_atomic(self.run.best_path, text.encode())

    def save_snapshot(self) -> None:
        """All that a resume needs; raises Diverged rather than keep weights that are of no use."""
        self.add_rows(self.trainer.drain())
        self.write_rows(durable=True)  # first the rows, so that none is missing after a resume
        self.trainer.check(weights=True)
        with files.replacing(self.run.state_path) as temporary:
            torch.save(self.trainer.state_dict(), temporary)
        self._last_snapshot = time.monotonic()

    def _path(self, folder: str, suffix: str):
        return self.run.path / folder / f"{self.trainer.step:06d}{suffix}"


def to_json(row: Row) -> str:
    """One line of metrics.jsonl; six digits are plenty for a curve, and what is not finite is null."""
    return json.dumps({name: _short(value) for name, value in row.items()}) + "\n"


def _short(value: float | int | None) -> float | int | None:
    if not isinstance(value, float):
        return value
    return float(f"{value:.6g}") if value - value == 0 else None
