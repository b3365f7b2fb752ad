"""How long a run lasts: by steps, by epochs or by seconds, whichever ends it first."""

import math

from gan_core.config import TrainConfig


class Schedule:
    """The length of a run of `config` on `dataset_size` pictures."""

    def __init__(self, config: TrainConfig, dataset_size: int) -> None:
        self._images_per_step = config.schedule.batch * config.objective.d_steps
        self._dataset_size, self._seconds = dataset_size, config.schedule.seconds or math.inf
        limits = (config.schedule.steps, config.schedule.epochs and self.step_of(config.schedule.epochs))
        self.steps: int | None = min((steps for steps in limits if steps is not None), default=None)
        """Generator steps to the end, if no time limit comes before it; None if neither steps nor epochs end it."""

    def step_of(self, epoch: int) -> int:
        """The step at which D has seen every picture `epoch` times."""
        return -(-epoch * self._dataset_size // self._images_per_step)

    def progress(self, step: int, seconds: float) -> float:
        """The share that is done, 0 to 1: by steps or by training seconds, whichever is further."""
        return min(1.0, max(step / (self.steps or math.inf), seconds / self._seconds))
