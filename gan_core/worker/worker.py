"""The process around a trainer: its turn, requests and signals, its heartbeat, and its last word."""

import signal
import threading
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

if TYPE_CHECKING:  # a run that only waits for its turn need not pay for torch
    from gan_core.training.parallel import Team
    from gan_core.training.trainer import Trainer
    from gan_core.worker._recorder import Recorder

TICK = 0.6
"""Seconds between writes of metrics and status: with pictures, weights and snapshots ten writes a second at most."""

POLL = 0.1
"""Seconds between looks at the request."""


class Worker:
    """Takes `run` from where it is to its end, a stop, or a failure. `watch` hears every status.

    With a `team`, several processes train it; this is process 0, and the others are followers.
    """

    def __init__(
        self, run: Run, on_status: Callable[[Status], None] = lambda status: None, team: "Team | None" = None
    ) -> None:
        self.run, self.config, self.on_status, self.team = run, run.config(), on_status, team
        process = psutil.Process()
        born = processes.birth(process.pid)
        identity = {"pid": process.pid, "pid_started": process.create_time(), "pid_born": born}
        self.status = run.status().model_copy(update=identity | {"steps": self.config.schedule.steps})
        self._stamp = self._request_stamp()  # before the request, so that none is missed in between
        self.request = run.request()
        self.trainer: Trainer | None = None
        self.race = race.of_run(run)
        self.turn_lock = TurnLock(self.race.path, run.name) if self.race else None
        self.stop_signal = False
        self._single_steps = 0
        self._ticked = self._polled = 0.0

    def work(self) -> Status:
        """Do it all; returns the last status. An error that is no WorkshopError is raised as well."""
        if threading.current_thread() is threading.main_thread():
            # finish this step, save, and say that it was stopped
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: setattr(self, "stop_signal", True))
        try:
            self.update_status(state="waiting", message="Waits for its turn.")
            party = f"race {self.race.name}" if self.race else None
            with queue.hold_place(self.run.path.parent, self.run.name, self._stop_wanted, party) as mine:
                if mine:
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
            self.trainer = None  # it goes back to its snapshot; the status stays where it happened
            raise Diverged(f"{error} {recorder.roll_back()}") from None
        finally:
            recorder.write_rows()
            if self.turn_lock:
                self.turn_lock.leave(trainer.seconds)
        done = trainer.finished
        ended = "finished" if done else "stopped"
        warnings = " ".join(filter(None, (trainer.compile_error, recorder.scorer.warning)))
        self.update_status(state=ended, message=warnings, eta=0.0 if done else None)

    def _loop(self, trainer: "Trainer", recorder: "Recorder") -> None:
        events = trainer.events()
        while not self._stop_wanted():
            if self._pause_wanted():
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

    def _has_turn(self, baton: TurnLock, trainer: "Trainer", recorder: "Recorder") -> bool:
        """Whether it is this run's turn in its race; waits for it, but for a request that comes first."""
        if trainer.finished:
            return True
        if baton.held:
            if not baton.slice_over(trainer.seconds):
                return True
            recorder.add_rows(trainer.drain())  # waits for the device, which belongs to the next one then
            if not baton.yield_turn(trainer.seconds):
                return True
            recorder.write_rows()
            self.update_status(speed=recorder.speed, eta=self._seconds_left(trainer, recorder.speed))
        return baton.acquire(trainer.seconds, lambda: self._stop_wanted() or self._pause_wanted())

    def _pause_wanted(self) -> bool:
        return self.request.action == "pause" and not self._single_steps

    def _pause(self, recorder: "Recorder") -> None:
        if self.turn_lock:
            self.turn_lock.leave(recorder.trainer.seconds)
        recorder.save_snapshot()
        self.update_status(state="paused", eta=None)
        until = time.monotonic() + limits.max_pause(self.run)
        while self._pause_wanted() and not self._stop_wanted():
            if time.monotonic() > until:
                self.run.send_request(action="stop")  # others of a shared instance wait for its place
            time.sleep(POLL)
        self.update_status(state="running")

    # What it hears

    def _stop_wanted(self) -> bool:
        self._poll()
        return self.stop_signal or self.request.action == "stop"

    def _poll(self) -> None:
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
        """Changes with every new request; the clock of a file alone may stand still between two."""
        path = self.run.path / "request.json"
        if not path.exists():
            return 0, 0
        about = path.stat()
        return about.st_mtime_ns, about.st_ino

    def _apply_rates(self, trainer: "Trainer") -> None:
        lr_g, lr_d = trainer.lr
        trainer.lr = (self.request.lr_g or lr_g, self.request.lr_d or lr_d)

    # What it says

    def update_status(self, **changes: object) -> None:
        """Write the status with these changes, the progress and a heartbeat."""
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
            self._ticked = time.monotonic()  # not when it began: a slow disk would bring two ticks close together

    def _seconds_left(self, trainer: "Trainer", speed: float) -> float | None:
        schedule = self.config.schedule
        images_a_step = schedule.batch * self.config.objective.d_steps
        known = []
        if trainer.schedule.steps is not None and speed > 0:
            known.append((trainer.schedule.steps - trainer.step) * images_a_step / speed)
        known += [] if schedule.seconds is None else [max(0.0, schedule.seconds - trainer.seconds)]
        return min(known, default=None)


def load_dataset(config: TrainConfig) -> Dataset:
    """The pictures a config asks for."""
    wanted = config.data
    return data.load(wanted.dataset, classes=wanted.classes, limit=wanted.limit, size=wanted.size)
