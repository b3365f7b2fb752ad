"""Several processes that train one run together, each on its share of every batch (data-parallel).

Every process has the same weights and draws the same random numbers (`shares.py`); the gradients of their parts,
each a mean over equally many pictures, are averaged before each update, so all take the step that one process
would take with the whole batch. Process 0 does all that a run does beside; the others follow its orders
(`follower.py`). In a team of one, nothing here does anything.

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
from torch import Tensor, nn
from torch.distributed.rendezvous import rendezvous

from gan_core.config import ConfigError, Problem
from gan_core.system.errors import WorkshopError
from gan_core.system.sharding import Share

ANSWER = timedelta(minutes=10)
"""A process that takes longer than this for its part of a step counts as lost."""

PATIENCE = timedelta(days=300)
"""How long the others wait for an order: a run may be paused, or wait for its turn, overnight and longer."""

_TROUBLE = "trouble"  # where the one that fails first says why


class Lost(WorkshopError):
    """Another process of the team has failed or gone; this one cannot go on without it."""


class Kind(IntEnum):
    """What process 0 can order: build the trainer, take a step, add up the logged numbers, end."""

    BEGIN, STEP, NUMBERS, END = range(4)


class Order(NamedTuple):
    """An order, with what decides a step beside the state: training seconds so far, and the rates of G and D."""

    kind: Kind
    seconds: float
    lr: tuple[float, float]


class Team:
    """The processes of one run, seen from process `rank` of `size`; `join` makes one, `ALONE` is a team of one.

    Whatever needs another process raises Lost if that one has failed or gone, with what it said last.
    """

    def __init__(self, rank: int = 0, size: int = 1, store: Any = None, orders: Any = None) -> None:
        self.rank, self.size, self._store, self._orders = rank, size, store, orders

    def __deepcopy__(self, memo: dict) -> Self:
        return self  # EMA copies G, whose batch norms know their team

    # Orders

    def order(self, kind: Kind, seconds: float = 0.0, lr: tuple[float, float] = (0.0, 0.0)) -> None:
        """Process 0 tells the others what comes next; from any other process it says nothing."""
        if self.size > 1 and self.rank == 0:
            with self._together():
                dist.broadcast(torch.tensor([kind, seconds, *lr], dtype=torch.float64), 0, group=self._orders)

    def hear(self) -> Order:
        """The next order of process 0; waits for it."""
        heard = torch.zeros(4, dtype=torch.float64)
        with self._together():
            dist.broadcast(heard, 0, group=self._orders)
        kind, seconds, *lr = heard.tolist()
        return Order(Kind(int(kind)), seconds, (lr[0], lr[1]))

    def begin(self, config: str, state: dict) -> None:
        """Process 0: let the others build a trainer of `config` (JSON) and `state`, and wait until they have."""
        if self.size > 1:
            self.order(Kind.BEGIN)
            file = io.BytesIO()
            torch.save(state, file)
            with self._together():
                dist.broadcast_object_list([config, file.getvalue()], 0, group=self._orders)
            self.meet()

    def hear_beginning(self) -> tuple[str, dict]:
        """The others: what `begin` was given; they `meet` when they are ready."""
        heard: list[Any] = [None, None]
        with self._together():
            dist.broadcast_object_list(heard, 0, group=self._orders)
        return heard[0], torch.load(io.BytesIO(heard[1]), weights_only=True, map_location="cpu")

    def meet(self) -> None:
        """Wait until all are here."""
        with self._together():
            dist.barrier(group=self._orders)

    # Sums

    def share(self, batch: int) -> Share | None:
        """This process's part of a batch; raises ConfigError where it cannot be divided evenly."""
        if self.size == 1:
            return None
        if batch % self.size or batch < 2 * self.size:
            allowed = f"allowed with {self.size} processes: a multiple of {self.size}, at least {2 * self.size}"
            raise ConfigError([Problem("schedule.batch", batch, allowed)])
        return Share(self.rank, self.size, batch // self.size)

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Put the mean over all processes in place of these tensors of one device; the shapes agree everywhere."""
        if self.size > 1 and tensors:
            flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
            self.add_up(flat)
            parts = flat.div_(self.size).split([tensor.numel() for tensor in tensors])
            for tensor, part in zip(tensors, parts, strict=True):
                tensor.copy_(part.view(tensor.shape))

    def add_up(self, tensor: Tensor) -> None:
        """Put the sum over all processes in place of a contiguous tensor."""
        with self._together():
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

    # Trouble

    def tell(self, error: BaseException) -> None:
        """Leave word for the others why this process ends; the first word counts."""
        said = str(error) if isinstance(error, WorkshopError) else f"{type(error).__name__}: {error}"
        with suppress(RuntimeError):  # the store is gone, and so is whoever kept it
            self._store.compare_set(_TROUBLE, "", f"Process {self.rank + 1} of {self.size} failed: {said}")

    @contextmanager
    def _together(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:  # that is how torch says that a connection is closed or too slow
            raise Lost(self._why()) from error

    def _why(self) -> str:
        try:
            if self._store.check([_TROUBLE]):
                return self._store.get(_TROUBLE).decode()
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

    At the end process 0 ends the others. An error in one ends all: the others raise Lost with its sentence.
    """
    gpus = torch.cuda.device_count()
    if gpus:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", 0)) % gpus)
    try:
        store, rank, size = next(iter(rendezvous("env://")))
        backend = "cpu:gloo,cuda:nccl" if gpus else "gloo"
        dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=ANSWER)
        # orders never pass through a GPU, so that no step waits for one
        team = Team(rank, size, store, dist.new_group(backend="gloo", timeout=PATIENCE))
    except RuntimeError as error:
        raise Lost(f"The processes cannot reach each other: {str(error).splitlines()[0]}") from error
    try:
        yield team
        team.order(Kind.END)
    except Lost:
        raise
    except BaseException as error:
        team.tell(error)
        raise
    dist.destroy_process_group()


class BatchNorm(nn.BatchNorm2d):
    """Batch norm of features (N, C) or (N, C, H, W) by the whole batch, of which each process has its share.

    torch's SyncBatchNorm is for GPUs alone, and cannot be differentiated twice, as R1 and R2 ask for.
    """

    def __init__(self, like: nn.BatchNorm1d | nn.BatchNorm2d, team: Team) -> None:
        super().__init__(like.num_features, like.eps, like.momentum)
        self.load_state_dict(like.state_dict())
        self.team = team

    def forward(self, input: Tensor) -> Tensor:
        if not self.training:
            return super().forward(input)
        features = input.float()
        variance, mean = torch.var_mean(features, (0, *range(2, input.dim())), correction=0)
        everyone = _gather(torch.stack([mean, variance]), self.team)  # (processes, 2, C)
        means, variances = everyone.unbind(1)
        mean, variance = means.mean(0), variances.mean(0) + means.var(0, correction=0)
        self._remember(mean.detach(), variance.detach(), self.team.size * input.numel() // input.shape[1])
        rows = self.weight, self.bias, mean, (variance + self.eps).rsqrt()
        weight, bias, mean, scale = (row.view(-1, *[1] * (input.dim() - 2)) for row in rows)
        return ((features - mean) * (scale * weight) + bias).to(input.dtype)

    def _check_input_dim(self, input: Tensor) -> None:
        """Any number of dimensions will do."""

    def _remember(self, mean: Tensor, variance: Tensor, count: int) -> None:
        assert self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None
        self.running_mean.lerp_(mean, self.momentum or 0.0)
        self.running_var.lerp_(variance * count / (count - 1), self.momentum or 0.0)
        self.num_batches_tracked += 1


def join_norms(network: nn.Module, team: Team) -> None:
    """Let the batch norms of `network` see the whole batch. The names in its state stay."""
    if team.size > 1:
        for parent in network.modules():
            for name, child in list(parent.named_children()):
                if isinstance(child, nn.BatchNorm1d | nn.BatchNorm2d):
                    setattr(parent, name, BatchNorm(child, team))


class _Sum(torch.autograd.Function):
    """The sum over all processes. Each loss depends on it, so its gradient is the sum of all their gradients."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, team: Team) -> Tensor:
        ctx.team = team
        total = x.clone(memory_format=torch.contiguous_format)
        team.add_up(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _Sum.apply(gradient, ctx.team), None


def _gather(mine: Tensor, team: Team) -> Tensor:
    """What each process has, (processes, …); can be differentiated as often as wanted."""
    nothing = torch.zeros_like(mine)
    return _Sum.apply(torch.stack([mine if rank == team.rank else nothing for rank in range(team.size)]), team)
