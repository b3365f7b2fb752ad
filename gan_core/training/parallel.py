"""Several processes that train one run together, each on its shard of every batch (data-parallel).

Every process has the same weights and draws the same random numbers (`system.sharding`); the gradients of their parts,
each a mean over equally many pictures, are averaged before each update, so all take the step that one process
would take with the whole batch. Process 0 writes the run directory; the others obey its commands
(`worker.follower`). In a team of one, nothing here does anything.

This is not DistributedDataParallel because that hooks into one backward pass of one forward pass: a gradient
penalty has two, and D is frozen in G's step. One flat sum for each update is as quick for networks of this size.
"""

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from enum import IntEnum
from typing import Any, NamedTuple, Self

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.rendezvous import rendezvous

from gan_core.config import ConfigError, Problem
from gan_core.system.errors import WorkshopError
from gan_core.system.sharding import BatchShard

STEP_TIMEOUT = timedelta(minutes=10)
"""A process that takes longer than this for its part of a step counts as lost."""

COMMAND_TIMEOUT = timedelta(days=300)
"""How long the others wait for a command: a run may be paused, or wait for its turn, overnight and longer."""

_FAILURE = "trouble"  # the store's key for why the first process failed


class ProcessLost(WorkshopError):
    """Another process of the team has failed or gone; this one cannot go on without it."""


class Command(IntEnum):
    """What process 0 asks of the others: build the trainer, take a step, average the logged numbers, end."""

    START, STEP, NUMBERS, END = range(4)


class Message(NamedTuple):
    """A command, with what decides a step beside the state: training seconds so far, learning rates of G and D."""

    command: Command
    seconds: float
    lr: tuple[float, float]


class Team:
    """The processes of one run, seen from process `rank` of `size`; `join` makes one, `ALONE` is a team of one.

    Whatever needs another process raises ProcessLost if that one has failed or gone, with what it said last.
    """

    def __init__(self, rank: int = 0, size: int = 1, store: Any = None, messages: Any = None) -> None:
        self.rank, self.size, self._store, self._messages = rank, size, store, messages

    def __deepcopy__(self, memo: dict) -> Self:
        return self  # EMA copies G, whose batch norms know their team

    # Messages

    def send(self, command: Command, seconds: float = 0.0, lr: tuple[float, float] = (0.0, 0.0)) -> None:
        """Process 0 sends the others a command; in any other process it does nothing."""
        if self.size > 1 and self.rank == 0:
            with self._lost_if_it_fails():
                dist.broadcast(torch.tensor([command, seconds, *lr], dtype=torch.float64), 0, group=self._messages)

    def receive(self) -> Message:
        """The next command of process 0; waits for it."""
        message = torch.zeros(4, dtype=torch.float64)
        with self._lost_if_it_fails():
            dist.broadcast(message, 0, group=self._messages)
        command, seconds, *lr = message.tolist()
        return Message(Command(int(command)), seconds, (lr[0], lr[1]))

    def send_start(self, config: str, state: dict) -> None:
        """Process 0: let the others build a trainer of `config` (JSON) and `state`, and wait until they have."""
        if self.size > 1:
            self.send(Command.START)
            file = io.BytesIO()
            torch.save(state, file)
            with self._lost_if_it_fails():
                dist.broadcast_object_list([config, file.getvalue()], 0, group=self._messages)
            self.barrier()

    def receive_start(self) -> tuple[str, dict]:
        """The others: what `send_start` was given; a `barrier` follows when they are ready."""
        received: list[Any] = [None, None]
        with self._lost_if_it_fails():
            dist.broadcast_object_list(received, 0, group=self._messages)
        return received[0], torch.load(io.BytesIO(received[1]), weights_only=True, map_location="cpu")

    def barrier(self) -> None:
        """Wait until all processes are here."""
        with self._lost_if_it_fails():
            dist.barrier(group=self._messages)

    # Collectives

    def shard(self, batch: int) -> BatchShard | None:
        """This process's shard of a batch; None in one process. Raises ConfigError if it does not divide evenly."""
        if self.size == 1:
            return None
        if batch % self.size or batch < 2 * self.size:
            allowed = f"allowed with {self.size} processes: a multiple of {self.size}, at least {2 * self.size}"
            raise ConfigError([Problem("schedule.batch", batch, allowed)])
        return BatchShard(self.rank, self.size, batch // self.size)

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Put the mean over all processes in place of these tensors of one device; the shapes agree everywhere."""
        if self.size > 1 and tensors:
            flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
            self.all_reduce(flat)
            parts = flat.div_(self.size).split([tensor.numel() for tensor in tensors])
            for tensor, part in zip(tensors, parts, strict=True):
                tensor.copy_(part.view(tensor.shape))

    def all_reduce(self, tensor: Tensor) -> None:
        """Put the sum over all processes in place of a contiguous tensor."""
        with self._lost_if_it_fails():
            dist.all_reduce(tensor)

    def require(self, device: torch.device) -> None:
        """Raise WorkshopError unless each process of this machine can have such a device of its own."""
        if self.size == 1 or device.type == "cpu":
            return
        here = int(os.environ.get("LOCAL_WORLD_SIZE", self.size))
        found = torch.cuda.device_count() if device.type == "cuda" else 0
        if here > found:
            raise WorkshopError(
                f"schedule.device: {device.type} is meant for {here} processes on this machine, which has {found} "
                "GPUs that can work together; start fewer, or set schedule.device to cpu."
            )

    # Failures

    def report_failure(self, error: BaseException) -> None:
        """Leave for the others why this process ends; the first report counts."""
        reason = str(error) if isinstance(error, WorkshopError) else f"{type(error).__name__}: {error}"
        with suppress(RuntimeError):  # the store is gone, and so is whoever kept it
            self._store.compare_set(_FAILURE, "", f"Process {self.rank + 1} of {self.size} failed: {reason}")

    @contextmanager
    def _lost_if_it_fails(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:  # that is how torch says that a connection is closed or too slow
            raise ProcessLost(self._reason()) from error

    def _reason(self) -> str:
        try:
            if self._store.check([_FAILURE]):
                return self._store.get(_FAILURE).decode()
        except RuntimeError:  # where process 0 keeps the store itself, it has gone with it
            pass
        return (
            f"Another of the {self.size} processes has ended or does not answer; what it printed may say why. "
            "Resume goes on from the last snapshot."
        )


ALONE = Team()


@contextmanager
def join() -> Iterator[Team]:
    """The team of processes that `torchrun` has started; all of them must come here.

    At the end process 0 ends the others. An error in one ends all: the others raise ProcessLost with its sentence.
    """
    gpus = torch.cuda.device_count()
    if gpus:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", 0)) % gpus)
    try:
        store, rank, size = next(iter(rendezvous("env://")))
        backend = "cpu:gloo,cuda:nccl" if gpus else "gloo"
        dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=STEP_TIMEOUT)
        # commands never pass through a GPU, so that no step waits for one
        team = Team(rank, size, store, dist.new_group(backend="gloo", timeout=COMMAND_TIMEOUT))
    except RuntimeError as error:
        raise ProcessLost(f"The processes cannot reach each other: {str(error).splitlines()[0]}") from error
    try:
        yield team
        team.send(Command.END)
    except ProcessLost:
        raise
    except BaseException as error:
        team.report_failure(error)
        raise
    dist.destroy_process_group()
