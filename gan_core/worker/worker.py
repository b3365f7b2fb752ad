"""The worker: runs a trainer, waits for its turn, obeys requests and signals, and writes the status."""

import time
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

import psutil

from gan_core import data
from gan_core.config import TrainConfig
from gan_core.data import Dataset
from gan_core.runs import Run, Status, limits, queue, race
from gan_core.runs.turns import TurnLock
from gan_core.system import processes
from gan_core.system.errors import WorkshopError
from gan_core.training.events import Measured

if TYPE_CHECKING:  # a run that only waits for its turn need not import torch
    from gan_core.training.parallel import Team
    from gan_core.training.trainer import Trainer
    from gan_core.worker._recorder import Recorder

TICK = 0.6
"""Seconds between writes of metrics and status; with samples, weights and snapshots at most ten writes a second."""

POLL = 0.1
"""Seconds between two reads of the request."""


class Worker:
    """Trains `run`, new or resumed, until it is finished, stopped or has failed. `on_status` gets every status.

    With a `team`, several processes train it: this is process 0, the others are followers.
    """

    def __init__(
        self, run: Run, on_status: Callable[[Status], None] = lambda status: None, team: "Team | None" = None
    ) -> None:
        self.run, self.config, self.on_status, self.team = run, run.config(), on_status, team
        process = psutil.Process()
        born = processes.birth(process.pid)
        identity = {"pid": process.pid, "pid_started": process.create_time(), "pid_born": born}
        self.status = run.status().model_copy(update=identity | {"steps": self.config.schedule.steps})
        self._stamp = self._request_stamp()  # read before the request, so that no change is missed
        self.request = run.request()
        self.trainer: Trainer | None = None
        self.race = race.of_run(run)
        self.turn_lock = TurnLock(self.race.path, run.name) if self.race else None
        self.stop_signal = False
        self._single_steps = 0
        self._ticked = self._polled = 0.0

    def work(self) -> Status:
        """Train to the end and return the last status; raises any error that is no WorkshopError.

        SIGTERM and SIGINT stop it after the current step, with everything saved.
        """
        group = f"race {self.race.name}" if self.race else None
        try:
            with processes.on_stop_signal(lambda: setattr(self, "stop_signal", True)):
                self.update_status(state="waiting", message="Waits for its turn.")
                with queue.hold_place(self.run.path.parent, self.run.name, self._must_stop, group) as has_place:
                    if has_place:
                        self._train()
                    else:
                        self.update_status(state="stopped", message="Stopped while it waited for its turn.")
        except WorkshopError as error:
            self.update_status(state="failed", message=str(error), eta=None)
        except BaseException as error:
            traceback.print_exc()  # into the run's log.txt
            message = f"Training failed with {type(error).__name__}: {error}. The log has the details."
            self.update_status(state="failed", message=message, eta=None)
            raise
        return self.status

    def _train(self) -> None:
        self.update_status(state="starting", message="")
        from gan_core.system import device
        from gan_core.training import parallel, process
        from gan_core.training.trainer import Diverged, Trainer
        from gan_core.worker._recorder import Recorder

        dataset = load_dataset(self.config)
        team = self.team or parallel.ALONE
        process.prepare(self.config.schedule)
        self.trainer = trainer = Trainer(self.config, dataset, team)
        recorder = Recorder(self.run, trainer, dataset)
        recorder.restore()
        self._apply_rates(trainer)
        team.send_start(self.config.to_json(), trainer.state_dict())
        self.update_status(steps=trainer.schedule.steps)
        if trainer.step not in self.run.samples():
            recorder.save_samples()
        self.update_status(state="running", device=device.describe(trainer.device, trainer.dtype, team.size))
        try:
            self._loop(trainer, recorder)
        except Diverged as error:
            recorder.write_rows()
            self.update_status(eta=None)
            self.trainer = None  # the trainer goes back to its snapshot, but the status stays at the step that diverged
            raise Diverged(f"{error} {recorder.roll_back()}") from None
        finally:
            recorder.write_rows()
            if self.turn_lock:
                self.turn_lock.leave(trainer.seconds)
        state, eta = ("finished", 0.0) if trainer.finished else ("stopped", None)
        warnings = " ".join(filter(None, (trainer.compile_error, recorder.scorer.warning)))
        self.update_status(state=state, message=warnings, eta=eta)

    def _loop(self, trainer: "Trainer", recorder: "Recorder") -> None:
        events = trainer.events()
        while not self._must_stop():
            if self._must_pause():
                self._pause(recorder)
                continue
            if self.turn_lock and not self._has_turn(self.turn_lock, trainer, recorder):
                continue
            event = next(events, None)
            if event is None:
                break
            if isinstance(event, Measured):
                recorder.add_rows(event.rows)
                continue
            recorder.after_step()
            if self._single_steps:
                self._single_steps -= 1
                recorder.add_rows(trainer.drain())
                recorder.save_samples()
            self._tick(trainer, recorder)
        events.close()
        recorder.save_snapshot()
        recorder.save_samples()
        recorder.save_weights()

    def _has_turn(self, lock: TurnLock, trainer: "Trainer", recorder: "Recorder") -> bool:
        """Wait for this run's turn in its race; False if a request came first."""
        if trainer.finished:
            return True
        if lock.held:
            if not lock.slice_over(trainer.seconds):
                return True
            recorder.add_rows(trainer.drain())  # waits for the device, so that the next runner finds it idle
            if not lock.yield_turn(trainer.seconds):
                return True
            recorder.write_rows()
            self.update_status(speed=recorder.speed, eta=self._seconds_left(trainer, recorder.speed))
        return lock.acquire(trainer.seconds, lambda: self._must_stop() or self._must_pause())

    def _pause(self, recorder: "Recorder") -> None:
        if self.turn_lock:
            self.turn_lock.leave(recorder.trainer.seconds)
        recorder.save_snapshot()
        self.update_status(state="paused", eta=None)
        until = time.monotonic() + limits.max_pause(self.run)
        while self._must_pause() and not self._must_stop():
            if time.monotonic() > until:
                self.run.send_request(action="stop")  # other visitors wait for its place
            time.sleep(POLL)
        self.update_status(state="running")

    # Requests

    def _must_pause(self) -> bool:
        return self.request.action == "pause" and not self._single_steps

    def _must_stop(self) -> bool:
        self._read_request()
        return self.stop_signal or self.request.action == "stop"

    def _read_request(self) -> None:
        if time.monotonic() - self._polled < POLL:
            return
        self._polled = time.monotonic()
        stamp = self._request_stamp()
        if stamp == self._stamp:
            return
        self._stamp, before, self.request = stamp, self.request, self.run.request()
        self._single_steps += self.request.single_steps - before.single_steps
        if self.trainer is not None:
            self._apply_rates(self.trainer)
        self.update_status()

    def _request_stamp(self) -> tuple[int, int]:
        """Time and inode of the request's file: two requests may come within one tick of the file system's clock."""
        path = self.run.path / "request.json"
        if not path.exists():
            return 0, 0
        stat = path.stat()
        return stat.st_mtime_ns, stat.st_ino

    def _apply_rates(self, trainer: "Trainer") -> None:
        lr_g, lr_d = trainer.lr
        trainer.lr = (self.request.lr_g or lr_g, self.request.lr_d or lr_d)

    # Status

    def update_status(self, **changes: object) -> None:
        """Write the status with these changes, the trainer's progress and a heartbeat."""
        if trainer := self.trainer:
            changes |= {"step": trainer.step, "images": trainer.images, "seconds": trainer.seconds}
            changes |= {"epoch": trainer.images / trainer.dataset_size}
            changes |= {"lr_g": trainer.lr[0], "lr_d": trainer.lr[1]}
        changes |= {"heartbeat": time.time(), "served": self.request.serial}
        self.status = self.status.model_copy(update=changes)
        self.run.write_status(self.status)
        self.on_status(self.status)

    def _tick(self, trainer: "Trainer", recorder: "Recorder") -> None:
        if time.monotonic() - self._ticked >= TICK:
            recorder.write_rows()
            left = self._seconds_left(trainer, recorder.speed)
            self.update_status(speed=recorder.speed, message=recorder.scorer.warning, eta=left)
            self._ticked = time.monotonic()  # after the writes: a slow disk must not bring ticks together

    def _seconds_left(self, trainer: "Trainer", speed: float) -> float | None:
        schedule, estimates = self.config.schedule, []
        if trainer.schedule.steps is not None and speed > 0:
            images_per_step = schedule.batch * self.config.objective.d_steps
            estimates.append((trainer.schedule.steps - trainer.step) * images_per_step / speed)
        if schedule.seconds is not None:
            estimates.append(max(0.0, schedule.seconds - trainer.seconds))
        return min(estimates, default=None)


def load_dataset(config: TrainConfig) -> Dataset:
    """The training pictures of `config`."""
    chosen = config.data
    return data.load(chosen.dataset, classes=chosen.classes, limit=chosen.limit, size=chosen.size)
