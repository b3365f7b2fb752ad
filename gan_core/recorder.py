"""What a training run leaves on disk: rows, pictures, weights and snapshots."""

import json
import time

import torch

from gan_core import checkpoint, files, pictures
from gan_core.data import Dataset
from gan_core.events import Row
from gan_core.runs import Run
from gan_core.trainer import Trainer

PICTURE_GAP = 0.25
"""Seconds between two pictures at least; one that comes sooner is taken a little later."""


class Recorder:
    """Writes what `trainer` does into `run`, when it is due."""

    def __init__(self, run: Run, trainer: Trainer, dataset: Dataset) -> None:
        self.run, self.trainer, self.dataset = run, trainer, dataset
        self.schedule = trainer.config.schedule
        self.rows: list[Row] = []
        self.speed = 0.0
        self._picture_due = False
        self._last_picture, self._last_snapshot = 0.0, time.monotonic()

    def restore(self) -> None:
        """Go on from the last snapshot, if there is one; what was written after it is taken back."""
        if not self.run.state_path.is_file():
            return
        state = torch.load(self.run.state_path, weights_only=True, map_location="cpu")
        self.trainer.load_state_dict(state)
        for kept in (self.run.samples(), self.run.weights()):
            for path in (path for step, path in kept.items() if step > self.trainer.step):
                path.unlink()

    def after_step(self) -> None:
        """Take what this step is due for."""
        step = self.trainer.step
        # steps 1, 2, 4, 8, … as well: the first changes are the quickest
        self._picture_due |= step % self.schedule.sample_every == 0 or step.bit_count() == 1
        if self._picture_due and time.monotonic() - self._last_picture >= PICTURE_GAP:
            self.picture()
        if step % self.schedule.keep_every == 0:
            self.weights()
        if time.monotonic() - self._last_snapshot >= self.schedule.snapshot_seconds:
            self.snapshot()

    def measured(self, rows: tuple[Row, ...]) -> None:
        """Keep rows for the next `write_rows`."""
        self.rows += rows
        if rows:
            self.speed = float(rows[-1]["speed/images"] or 0)

    def write_rows(self) -> None:
        """Append the rows so far to metrics.jsonl."""
        if self.rows:
            text = "".join(to_json(row) for row in self.rows)
            with self.run.metrics_path.open("a") as file:
                file.write(text)
            self.rows = []

    def picture(self) -> None:
        """The sample grid of this step."""
        self._picture_due, self._last_picture = False, time.monotonic()
        files.write_atomic(self._path("samples", ".png"), pictures.png(pictures.grid(self.trainer.samples())))

    def weights(self) -> None:
        """The networks of this step."""
        checkpoint.save(self._path("weights", ".safetensors"), self.trainer, self.dataset)

    def snapshot(self) -> None:
        """All that a resume needs; raises Diverged rather than keep weights that are of no use."""
        self.measured(self.trainer.drain())
        self.write_rows()  # first the rows, so that none is missing after a resume
        self.trainer.check()
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
