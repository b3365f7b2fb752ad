"""The one training loop: a generator of events that knows nothing of files, pages or processes."""

import hashlib
import math
import time
from collections.abc import Generator

import numpy as np
import torch
from torch import Tensor, nn

from gan_core import variants
from gan_core.config import ConfigError, Problem, TrainConfig
from gan_core.data import Dataset, sample_grid
from gan_core.nets import NetSpec, latent, sampling
from gan_core.nets.blocks import SeededDropout
from gan_core.nets.initialisation import initialise
from gan_core.objectives.variant import FAKE, REAL, Context, Terms
from gan_core.system import device as devices
from gan_core.system import memory
from gan_core.system.errors import WorkshopError
from gan_core.system.sharding import Rng
from gan_core.training import measure, parallel
from gan_core.training import optimiser as optimise
from gan_core.training._batches import Batches
from gan_core.training._compiling import Compiled
from gan_core.training._ema import Ema
from gan_core.training._weights import Weights
from gan_core.training.events import Event, Measured, Row, Stepped
from gan_core.training.parallel import Kind, Team
from gan_core.training.regularization import Remedies

Rates = tuple[float, float]
"""Learning rates of G and of D."""

FLUSH_SECONDS = 0.25
"""Losses stay on the device as tensors and are read this often, so that no step waits for a number."""


VITAL = ("loss/d", "loss/g", "grad/d", "grad/g")
"""Where one of these is not finite, the weights are not, or will not be after that step."""


class Diverged(WorkshopError):
    """A loss or gradient became NaN or infinite; the weights are of no use from here on."""


class Trainer:
    """Trains `config` on `dataset`.

    All state lives here, none in the locals of `events()`: not asking for the next event is a pause,
    closing the iterator is a stop, and `state_dict()` holds all that a bit-exact resume needs.

    In a `team`, each process has such a trainer; the state is the same in all of them, and in one process.
    """

    def __init__(self, config: TrainConfig, dataset: Dataset, team: Team = parallel.ALONE) -> None:
        if len(dataset) < config.schedule.batch:
            allowed = f"allowed: at most the {len(dataset)} pictures of the data set"
            raise ConfigError([Problem("schedule.batch", config.schedule.batch, allowed)])
        self.config, self.variant = config, variants.get(config.variant)
        self.team, share = team, team.share(config.schedule.batch)
        self.device = devices.choose(config.schedule.device)
        team.require(self.device)
        self.dtype = devices.choose_dtype(config.schedule.precision, self.device)
        devices.keep_exact(self.dtype, self.device)
        memory.keep_freed()
        self.dataset_size, self.classes = len(dataset), dataset.classes
        self.spec = NetSpec(dataset.images.shape[2], dataset.images.shape[1], len(dataset.classes), config.network)
        homes = {"weights": "cpu", "data": "cpu", "latent": self.device, "noise": self.device}
        self.rng = {name: _generator(config.seed, name, device) for name, device in homes.items()}
        for rng in self.rng.values():
            rng.share = share
        self.G, self.D = self._network(self.variant.generator), self._network(self.variant.discriminator)
        self.g_weights, self.d_weights = Weights(self.G, self.dtype), Weights(self.D, self.dtype)
        self.run_G, self.run_D = self._quickened(self.g_weights.run), self._quickened(self.d_weights.run)
        """The same networks, to be called under autocast, and compiled if that is wanted."""
        settings = config.regularization
        self.ema = Ema(self.g_weights, settings.ema, warmup=settings.ema_warmup) if settings.ema else None
        self.remedies = Remedies(settings, self.rng["noise"])
        self.lr = (config.optimiser.lr_g, config.optimiser.lr_d)
        """The learning rates of G and D before their decay; a new value counts from the next step."""
        self.g_optimiser = optimise.Optimiser(self.g_weights, config.optimiser, self.lr[0])
        self.d_optimiser = optimise.Optimiser(self.d_weights, config.optimiser, self.lr[1])
        images = torch.from_numpy(dataset.images).to(self.device)
        labels = torch.from_numpy(dataset.labels).to(self.device)
        self.batches = Batches(images, labels, config.schedule.batch, self.rng["data"])
        self.step, self.images, self.seconds = 0, 0, 0.0
        self._pending: list[tuple[int, int, float, Rates, dict[str, Tensor]]] = []
        self._flushed = (time.perf_counter(), 0, 0.0)  # when, and images and seconds then
        self._speed = 0.0
        self._diverged_at: int | None = None

    # The loop

    def events(self) -> Generator[Event, None, None]:
        """Train until the schedule ends, yielding Stepped after every generator step and Measured now and then.

        Raises Diverged when a loss is no longer finite.
        """
        while not self.finished:
            self.advance()
            yield Stepped(self.step, self.images, self.seconds)
            if time.perf_counter() - self._flushed[0] >= FLUSH_SECONDS or self.finished:
                yield Measured(self.drain())
                self.check()

    @property
    def finished(self) -> bool:
        """Whether the schedule's steps or epochs are done or its seconds used up."""
        return self.progress >= 1

    @property
    def steps(self) -> int | None:
        """The generator steps to the end, if no time limit comes before it; None if neither steps nor epochs end it."""
        schedule = self.config.schedule
        by_epochs = None if schedule.epochs is None else self.step_of(schedule.epochs)
        return min((steps for steps in (schedule.steps, by_epochs) if steps is not None), default=None)

    def step_of(self, epoch: int) -> int:
        """The step at which D has seen every picture `epoch` times."""
        return -(-epoch * self.dataset_size // (self.config.schedule.batch * self.config.objective.d_steps))

    @property
    def progress(self) -> float:
        """The share of the schedule that is done, 0 to 1: by steps or by seconds, whichever is further."""
        by_time = self.seconds / (self.config.schedule.seconds or math.inf)
        return min(1.0, max(self.step / (self.steps or math.inf), by_time))

    def advance(self) -> None:
        """One generator step, with the D steps before it."""
        start = time.perf_counter()
        self.team.order(Kind.STEP, self.seconds, self.lr)
        rates = self._set_rates()
        d_steps = self.config.objective.d_steps
        first, last = self.step * d_steps, (self.step + 1) * d_steps - 1
        d_terms: Terms = {}
        for update in range(first, last):
            d_terms |= self._d_step(*self._pair(for_g=False), update)[0]
        real, fake, labels = self._pair(for_g=True)  # G rests until its own step: one forward pass serves both
        terms, numbers = self._d_step(real, fake.detach(), labels, last)
        d_terms |= terms  # a penalty that is not taken in every D step keeps its last value
        g_terms, more = self._g_step(real, fake, labels)
        if self.ema:
            self.ema.update()
        self.step += 1
        self.images += d_steps * self.config.schedule.batch
        numbers |= more | _named("d", d_terms) | _named("g", g_terms)
        self.seconds += time.perf_counter() - start
        self._pending.append((self.step, self.images, self.seconds, rates, numbers))

    def _pair(self, *, for_g: bool) -> tuple[Tensor, Tensor, Tensor]:
        """Real and generated pictures (N, C, H, W) and their labels; `for_g`: with what G's own step needs."""
        real, labels = self._batch()
        with self._autocast(), torch.set_grad_enabled(for_g):
            return real, self.run_G(self._noise(len(real)), labels), labels

    def _d_step(self, real: Tensor, fake: Tensor, labels: Tensor, update: int) -> tuple[Terms, dict[str, Tensor]]:
        with self._autocast():
            seen = self.remedies.view(self.run_D, self.progress)
            terms = self.variant.d_loss(seen, real, fake, labels, self._context())
            extra = self.remedies.penalties(seen, real, fake, labels, update)
        if extra:
            terms |= extra | {"total": terms["total"] + extra["total"]}
        norm = self._descend(self.d_optimiser, self.d_weights, terms["total"])
        if self.variant.after_d:
            self.variant.after_d(self.D, self._context())
        self.d_weights.spread()
        numbers = measure.opinion(terms.pop(REAL).detach(), terms.pop(FAKE).detach(), critic=self.variant.critic)
        return terms, numbers | {"loss/d": terms.pop("total").detach(), "grad/d": norm}

    def _g_step(self, real: Tensor, fake: Tensor, labels: Tensor) -> tuple[Terms, dict[str, Tensor]]:
        with self.d_weights.frozen():  # G's gradient passes through D; D's own would be thrown away
            with self._autocast():
                seen = self.remedies.view(self.run_D, self.progress)
                terms = self.variant.g_loss(seen, real, fake, labels, self._context())
            norm = self._descend(self.g_optimiser, self.g_weights, terms["total"])
        self.g_weights.spread()
        numbers = {"loss/g": terms.pop("total").detach(), "grad/g": norm}
        return terms, numbers | measure.diversity(real, fake)

    def _descend(self, optimiser: optimise.Optimiser, weights: Weights, loss: Tensor) -> Tensor:
        return optimise.descend(optimiser, weights, loss, self.config.regularization.grad_clip, self.team.average)

    def _batch(self) -> tuple[Tensor, Tensor]:
        real, labels = self.batches.next()
        return self.remedies.data(real), labels

    def _set_rates(self) -> Rates:
        """Apply the decayed learning rates and return them."""
        factor = optimise.decay(self.config.optimiser.lr_decay, self.progress)
        rates = self.lr[0] * factor, self.lr[1] * factor
        self.g_optimiser.lr, self.d_optimiser.lr = rates
        return rates

    def _noise(self, count: int) -> Tensor:
        network = self.config.network
        return latent.draw(count, network.z_dim, self.rng["latent"], network.z_distribution)

    def _context(self) -> Context:
        return Context(self.config, self.rng["noise"], self.step, len(self.classes))

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, dtype=self.dtype, enabled=self.dtype != torch.float32)

    def _network(self, build) -> nn.Module:
        network: nn.Module = build(self.spec)
        initialise(network, self.rng["weights"], self.config.network.init)
        for module in network.modules():
            if isinstance(module, SeededDropout):
                module.generator = self.rng["noise"]
        parallel.join_norms(network, self.team)
        return network.to(device=self.device).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def _quickened(self, network: nn.Module) -> nn.Module:
        return Compiled(network) if self.config.schedule.compile else network

    # What others read

    @property
    def trouble(self) -> str:
        """What went wrong without stopping the run: one sentence, or nothing."""
        told = [network.trouble for network in (self.run_G, self.run_D) if isinstance(network, Compiled)]
        return next(filter(None, told), "")

    def drain(self) -> tuple[Row, ...]:
        """The numbers of the steps since the last drain; waits for the device."""
        start = time.perf_counter()
        self.team.order(Kind.NUMBERS)
        pending, self._pending = self._pending, []
        tensors = [torch.stack(list(numbers.values())) for *_, numbers in pending]
        self.team.average(tensors)
        values = [row.tolist() for row in tensors]
        self.seconds += time.perf_counter() - start
        _, images, seconds = self._flushed
        if self.seconds - seconds >= FLUSH_SECONDS / 2 or not self._speed:  # a shorter while says little
            self._speed = (self.images - images) / max(self.seconds - seconds, 1e-9)
        self._flushed = (time.perf_counter(), self.images, self.seconds)
        rows = []
        for (step, seen, at, rates, numbers), row in zip(pending, values, strict=True):
            named = dict(zip(numbers, row, strict=True))
            if not all(math.isfinite(named.get(name, 0.0)) for name in VITAL):
                self._diverged_at = self._diverged_at or step
            common = {"speed/images": self._speed, "lr/d": rates[1], "lr/g": rates[0]}
            common |= {"step": step, "images": seen, "seconds": at, "epoch": seen / self.dataset_size}
            rows.append(common | named)
        return tuple(rows)

    def check(self, *, weights: bool = False) -> None:
        """Raise Diverged if a loss or gradient drained so far was NaN or infinite, or, with `weights`, one is now.

        A loss is of the weights before its step: after a broken update it takes one step more to show.
        """
        if self._diverged_at:
            raise Diverged(
                f"The loss is no longer a number since step {self._diverged_at}; try smaller learning rates."
            )
        if weights and not self._sound():
            raise Diverged(f"The weights are no longer numbers at step {self.step}; try smaller learning rates.")

    def _sound(self) -> bool:
        networks = (self.G, self.D, *([self.ema.average] if self.ema else []))
        tensors = [tensor for network in networks for tensor in network.state_dict().values()]
        return bool(torch.stack([tensor.isfinite().all() for tensor in tensors]).all())

    def samples(self) -> np.ndarray:
        """The run's fixed samples as they look now, uint8 (60, H, W, C), from the EMA weights if there are any."""
        drawer, network = self.ema.average if self.ema else self.G, self.config.network
        z = latent.fixed(sample_grid.COUNT, network.z_dim, 0, network.z_distribution)
        return sampling.generate(drawer, z, torch.from_numpy(sample_grid.labels(self.spec.classes)))

    # Resume

    def state_dict(self) -> dict:
        """All that decides the rest of the run, as tensors and plain values."""
        return {
            "G": self.G.state_dict(),
            "D": self.D.state_dict(),
            "ema": self.ema.state_dict() if self.ema else None,
            "g_optimiser": self.g_optimiser.state_dict(),
            "d_optimiser": self.d_optimiser.state_dict(),
            "lr": self.lr,
            "rng": {name: generator.get_state() for name, generator in self.rng.items()},
            "batches": self.batches.state_dict(),
            "progress": {"step": self.step, "images": self.images, "seconds": self.seconds},
        }

    def load_state_dict(self, state: dict) -> None:
        """The inverse of `state_dict`, for a trainer of the same config and data set."""
        self.G.load_state_dict(state["G"])
        self.D.load_state_dict(state["D"])
        if self.ema:
            self.ema.load_state_dict(state["ema"])
        self.g_weights.spread()
        self.d_weights.spread()
        optimise.restore(self.g_optimiser, self.g_weights, state["g_optimiser"])
        optimise.restore(self.d_optimiser, self.d_weights, state["d_optimiser"])
        self.lr = state["lr"]
        for name, generator in self.rng.items():
            generator.set_state(state["rng"][name])
        self.batches.load_state_dict(state["batches"])
        self.step, self.images, self.seconds = (state["progress"][key] for key in ("step", "images", "seconds"))
        self._pending, self._diverged_at = [], None
        self._flushed = (time.perf_counter(), self.images, self.seconds)


def _generator(seed: int, purpose: str, device: torch.device | str) -> Rng:
    """An own stream of random numbers for each purpose, so that one more draw here moves nothing there."""
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    made = Rng(device)
    made.manual_seed(int.from_bytes(digest[:8], "little") >> 1)
    return made


def _named(network: str, terms: Terms) -> dict[str, Tensor]:
    """The further terms of a loss by the names they are logged under."""
    return {name if "/" in name else f"{network}/{name}": value.detach() for name, value in terms.items()}
