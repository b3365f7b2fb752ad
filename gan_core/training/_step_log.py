"""The numbers of the latest steps, as tensors on the device until they are read together."""

import math
import time

import torch
from torch import Tensor

from gan_core.system.errors import WorkshopError
from gan_core.training.events import Row
from gan_core.training.parallel import Team

FLUSH_SECONDS = 0.25
"""Numbers stay on the device and are read this often, so that no step waits for one."""

REQUIRED_FINITE = ("loss/d", "loss/g", "grad/d", "grad/g")
"""Where one of these is not finite, the weights are not, or will not be after that step."""


class Diverged(WorkshopError):
    """A loss or gradient became NaN or infinite; the weights are of no use from here on."""


class StepLog:
    """Collects the numbers of steps; `images` and `seconds` are those of the run so far."""

    def __init__(self, dataset_size: int, images: int = 0, seconds: float = 0.0) -> None:
        self._dataset_size = dataset_size
        self._pending: list[tuple[dict[str, float], dict[str, Tensor]]] = []
        self._last_read = (time.perf_counter(), images, seconds)
        self._speed = 0.0  # images per second
        self.diverged_at: int | None = None
        """The first step whose losses or gradients were not finite."""

    def add(self, step: int, images: int, seconds: float, rates: tuple[float, float], row: dict[str, Tensor]) -> None:
        """Keep a step's scalar tensors by series name; `rates` are the learning rates of G and D."""
        known = {"lr/d": rates[1], "lr/g": rates[0], "step": step, "images": images, "seconds": seconds}
        self._pending.append((known, row))

    def age(self) -> float:
        """Seconds since the numbers were last read."""
        return time.perf_counter() - self._last_read[0]

    def check(self) -> None:
        """Raise Diverged if a loss or gradient read so far was NaN or infinite."""
        if self.diverged_at:
            step = self.diverged_at
            raise Diverged(f"The loss is no longer a number since step {step}; try smaller learning rates.")

    def read(self, team: Team) -> list[dict[str, float]]:
        """The numbers of the steps since the last time, the mean over all processes; waits for the device."""
        pending, self._pending = self._pending, []
        tensors = [torch.stack(list(row.values())) for _, row in pending]
        team.average(tensors)
        values = [tensor.tolist() for tensor in tensors]
        return [
            known | dict(zip(row, numbers, strict=True)) for (known, row), numbers in zip(pending, values, strict=True)
        ]

    def rows(self, steps: list[dict[str, float]], images: int, seconds: float) -> tuple[Row, ...]:
        """Rows for the charts from what `read` gave; `images` and `seconds` are those after it."""
        _, images_before, seconds_before = self._last_read
        if seconds - seconds_before >= FLUSH_SECONDS / 2 or not self._speed:  # a shorter while says little
            self._speed = (images - images_before) / max(seconds - seconds_before, 1e-9)
        self._last_read = (time.perf_counter(), images, seconds)
        for row in steps:
            if not all(math.isfinite(row.get(name, 0.0)) for name in REQUIRED_FINITE):
                self.diverged_at = self.diverged_at or int(row["step"])
        return tuple({"speed/images": self._speed, "epoch": row["images"] / self._dataset_size, **row} for row in steps)
