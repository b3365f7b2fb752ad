"""The training loop. One step is `Trainer.advance`; the losses are the variant's. No files, no pages, no prints."""

import time
from collections.abc import Generator

import numpy as np
import torch
from torch import Tensor

from gan_core import variants
from gan_core.config import ConfigError, Problem, TrainConfig
from gan_core.data import Dataset, sample_grid
from gan_core.nets import NetSpec, latent, sampling
from gan_core.objectives.variant import FAKE, REAL, Context, Terms
from gan_core.system import device as devices
from gan_core.training import _state, measure, optimiser, parallel
from gan_core.training._batches import Batches
from gan_core.training._compiling import CompiledNetwork
from gan_core.training._ema import Ema
from gan_core.training._schedule import Schedule
from gan_core.training._setup import build_network, random_streams
from gan_core.training._step_log import FLUSH_SECONDS, Diverged, StepLog
from gan_core.training._weights import Weights
from gan_core.training.events import Event, Measured, Row, Stepped
from gan_core.training.optimiser import Optimiser
from gan_core.training.parallel import Command, Team
from gan_core.training.regularization import Regularization


class Trainer:
    """Trains `config` on `dataset`, on one device.

    All state lives here, none in the locals of `events()`: not asking for the next event is a pause, closing the
    iterator is a stop, and `state_dict()` holds all that a bit-exact resume needs. In a `team`, each process has such
    a trainer on its shard of every batch; the state is the same in all of them as in one process.

    Raises ConfigError if a batch is larger than the data set or cannot be divided among the team, WorkshopError if
    the device is not there.
    """

    def __init__(self, config: TrainConfig, dataset: Dataset, team: Team = parallel.ALONE) -> None:
        if len(dataset) < config.schedule.batch:
            allowed = f"allowed: at most the {len(dataset)} pictures of the data set"
            raise ConfigError([Problem("schedule.batch", config.schedule.batch, allowed)])
        self.config, self.variant, self.team = config, variants.get(config.variant), team
        self.device = devices.choose(config.schedule.device)
        team.require(self.device)
        self.dtype = devices.choose_dtype(config.schedule.precision, self.device)
        self.dataset_size, self.classes = len(dataset), dataset.classes
        self.schedule = Schedule(config, len(dataset))
        self.spec = NetSpec(dataset.images.shape[2], dataset.images.shape[1], len(dataset.classes), config.network)
        self.rng = random_streams(config.seed, self.device, team.shard(config.schedule.batch))
        self.G = build_network(self.variant.generator, self.spec, self.rng, self.device, team)
        self.D = build_network(self.variant.discriminator, self.spec, self.rng, self.device, team)
        # All parameters of a network as one tensor; `run` is the network to call under autocast
        self.g_weights, self.d_weights = Weights(self.G, self.dtype), Weights(self.D, self.dtype)
        self.run_G, self.run_D = self.g_weights.run, self.d_weights.run
        if config.schedule.compile:
            self.run_G, self.run_D = CompiledNetwork(self.run_G), CompiledNetwork(self.run_D)
        settings = config.regularization
        self.ema = Ema(self.g_weights, settings.ema, warmup=settings.ema_warmup) if settings.ema else None
        self.regularization = Regularization(settings, self.rng["noise"])
        self.lr = (config.optimiser.lr_g, config.optimiser.lr_d)
        """Learning rates of G and D before their decay; a new value counts from the next step."""
        self.g_optimiser = Optimiser(self.g_weights, config.optimiser, self.lr[0])
        self.d_optimiser = Optimiser(self.d_weights, config.optimiser, self.lr[1])
        images, labels = (torch.from_numpy(part).to(self.device) for part in (dataset.images, dataset.labels))
        self.batches = Batches(images, labels, config.schedule.batch, self.rng["data"])
        self.step, self.images, self.seconds = 0, 0, 0.0
        self.log = StepLog(self.dataset_size)

    def events(self) -> Generator[Event, None, None]:
        """Train until the schedule ends: Stepped after every generator step, Measured some times a second.

        Raises Diverged when a loss is no longer finite.
        """
        while not self.finished:
            self.advance()
            yield Stepped(self.step, self.images, self.seconds)
            if self.log.age() >= FLUSH_SECONDS or self.finished:
                yield Measured(self.drain())
                self.check()

    def advance(self) -> None:
        """One generator step, with the `d_steps` discriminator steps before it."""
        start = time.perf_counter()
        self.team.send(Command.STEP, self.seconds, self.lr)
        factor = optimiser.decay(self.config.optimiser.lr_decay, self.progress)
        rates = self.g_optimiser.lr, self.d_optimiser.lr = self.lr[0] * factor, self.lr[1] * factor
        network, d_steps = self.config.network, self.config.objective.d_steps
        row: dict[str, Tensor] = {}  # a penalty that is not taken in every D step keeps its last value
        for update in range(self.step * d_steps, (self.step + 1) * d_steps):
            last = update % d_steps == d_steps - 1
            real, labels = self.batches.next()  # (N, C, H, W) in [-1, 1], (N,)
            real = self.regularization.augment_real(real)
            z = latent.draw(len(real), network.z_dim, self.rng["latent"], network.z_distribution)
            with self._autocast(), torch.set_grad_enabled(last):  # G's own step takes the last ones
                fake = self.run_G(z, labels)
            row |= self._d_step(real, fake.detach(), labels, update)
            if last:
                row |= self._g_step(real, fake, labels)
        if self.ema:
            self.ema.update()
        self.step += 1
        self.images += d_steps * self.config.schedule.batch
        self.seconds += time.perf_counter() - start
        self.log.add(self.step, self.images, self.seconds, rates, row)

    def _d_step(self, real: Tensor, fake: Tensor, labels: Tensor, update: int) -> dict[str, Tensor]:
        with self._autocast():
            D = self.regularization.perturb(self.run_D, self.progress)
            terms = self.variant.d_loss(D, real, fake, labels, self._context())
            penalties = self.regularization.penalties(D, real, fake, labels, update)
        if penalties:
            terms |= penalties | {"total": terms["total"] + penalties["total"]}
        norm = self._backward_and_step(terms["total"], self.d_weights, self.d_optimiser)
        if self.variant.after_d:  # weight clipping
            self.variant.after_d(self.D, self._context())
        self.d_weights.sync_low_precision()
        row = measure.score_statistics(terms.pop(REAL).detach(), terms.pop(FAKE).detach(), self.variant.critic)
        return row | {"loss/d": terms.pop("total").detach(), "grad/d": norm} | _logged("d", terms)

    def _g_step(self, real: Tensor, fake: Tensor, labels: Tensor) -> dict[str, Tensor]:
        with self.d_weights.frozen():  # G's gradient passes through D; D's own would be thrown away
            with self._autocast():
                D = self.regularization.perturb(self.run_D, self.progress)
                terms = self.variant.g_loss(D, real, fake, labels, self._context())
            norm = self._backward_and_step(terms["total"], self.g_weights, self.g_optimiser)
        self.g_weights.sync_low_precision()
        row = {"loss/g": terms.pop("total").detach(), "grad/g": norm} | measure.diversity(real, fake)
        return row | _logged("g", terms)

    def _backward_and_step(self, loss: Tensor, weights: Weights, optimiser: Optimiser) -> Tensor:
        """One update of `weights`; returns the norm of the gradient before it is clipped, a scalar tensor."""
        loss.backward()
        gradient = weights.flatten_grads()  # (parameters,)
        self.team.average([gradient])
        norm = torch.linalg.vector_norm(gradient)
        if max_norm := self.config.regularization.grad_clip:
            torch.nn.utils.clip_grads_with_norm_([weights.values], max_norm, norm)
        optimiser.step()
        return norm

    def _context(self) -> Context:
        return Context(self.config, self.rng["noise"], self.step, len(self.classes))

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, dtype=self.dtype, enabled=self.dtype != torch.float32)

    @property
    def progress(self) -> float:
        """The share of the schedule that is done, 0 to 1, by steps, epochs or seconds."""
        return self.schedule.progress(self.step, self.seconds)

    @property
    def finished(self) -> bool:
        return self.progress >= 1

    @property
    def compile_error(self) -> str:
        """Why torch.compile failed, if it did, in one sentence; the run goes on without it."""
        compiled = [network for network in (self.run_G, self.run_D) if isinstance(network, CompiledNetwork)]
        return next((network.error for network in compiled if network.error), "")

    def drain(self) -> tuple[Row, ...]:
        """The numbers of the steps since the last drain; waits for the device."""
        start = time.perf_counter()
        self.team.send(Command.NUMBERS)
        steps = self.log.read(self.team)
        self.seconds += time.perf_counter() - start
        return self.log.rows(steps, self.images, self.seconds)

    def check(self, *, weights: bool = False) -> None:
        """Raise Diverged if a loss or gradient drained so far was NaN or infinite, or, with `weights`, one is now.

        A loss is of the weights before its step: after a broken update it takes one step more to show.
        """
        self.log.check()
        if weights and not _state.is_finite(self):
            raise Diverged(f"The weights are no longer numbers at step {self.step}; try smaller learning rates.")

    def samples(self) -> np.ndarray:
        """The run's fixed samples as they look now, uint8 (60, H, W, C), from the EMA weights if there are any."""
        z = latent.fixed(sample_grid.COUNT, self.config.network.z_dim, 0, self.config.network.z_distribution)
        labels = torch.from_numpy(sample_grid.labels(self.spec.classes))
        return sampling.generate(self.ema.average if self.ema else self.G, z, labels)

    def state_dict(self) -> dict:
        """All that decides the rest of the run, as tensors and plain values."""
        return _state.of_trainer(self)

    def load_state_dict(self, state: dict) -> None:
        """The inverse of `state_dict`, for a trainer of the same config and data set."""
        _state.restore(self, state)


def _logged(network: str, terms: Terms) -> dict[str, Tensor]:
    """The further terms of a loss by the names they are logged under."""
    return {name if "/" in name else f"{network}/{name}": value.detach() for name, value in terms.items()}
