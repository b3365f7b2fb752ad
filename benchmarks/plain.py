"""A plain loop around any variant: what our engine is measured against, and what it must agree with.

It has the networks, the losses, the batch and the remedies of a run's config, but none of the engine: fp32,
contiguous, torch's optimisers as they are, D on real and on generated pictures one after the other, D's gradients in
G's step, an EMA that goes over the weights one by one, and `.item()` in every step. Where pictures and noise come
from is an argument: `textbook` reads a `DataLoader` with torchvision's transforms; `alike` draws what a trainer draws.
"""

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from benchmarks import textbook as books
from gan_core import variants
from gan_core.config import TrainConfig
from gan_core.data import Dataset
from gan_core.nets import DiscriminatorOutput, NetSpec, latent
from gan_core.nets.blocks import SeededDropout
from gan_core.nets.initialisation import initialise
from gan_core.nets.spectral import SpectralNorm
from gan_core.objectives.variant import Context, Terms
from gan_core.training.regularization import Regularization
from gan_core.training.trainer import Trainer

ENGINE_REUSES_FAKES = True
"""Whether the engine's G step takes the pictures of the D step before it, in place of new ones."""


@dataclass(frozen=True)
class Streams:
    """What a loop draws: batches of pictures float (N, C, H, H) in [-1, 1] with labels (N,), and z (N, z_dim).

    `rng` is what losses, remedies and dropout draw from, all on the CPU.
    """

    batches: Iterator[tuple[Tensor, Tensor]]
    z: Callable[[int], Tensor]
    rng: torch.Generator


class Plain:
    """One training. `reuse_fakes`: G's step takes the pictures of the D step before it, as many textbooks do.

    `step()` gives the losses of one update of G and of the last D update before it.
    """

    def __init__(self, config: TrainConfig, dataset: Dataset, streams: Streams, *, reuse_fakes: bool) -> None:
        self.config, self.streams, self.reuse_fakes = config, streams, reuse_fakes
        self.variant = variants.get(config.variant)
        self.spec = NetSpec(dataset.images.shape[2], dataset.images.shape[1], len(dataset.classes), config.network)
        weights = torch.Generator().manual_seed(config.seed)
        self.G = self._network(self.variant.generator, weights)
        self.D = self._network(self.variant.discriminator, weights)
        self.average = copy.deepcopy(self.G).eval() if config.regularization.ema else None
        self.g_optimiser = _optimiser(self.G, config, config.optimiser.lr_g)
        self.d_optimiser = _optimiser(self.D, config, config.optimiser.lr_d)
        self.regularization = Regularization(config.regularization, streams.rng)
        self.done = 0

    def step(self) -> dict[str, float]:
        """One update of G, with those of D before it."""
        self._set_rates()
        d_steps = self.config.objective.d_steps
        real, labels, fake, d_loss = self._d_turn(self.done * d_steps)
        for update in range(self.done * d_steps + 1, (self.done + 1) * d_steps):
            real, labels, fake, d_loss = self._d_turn(update)
        if not self.reuse_fakes:
            fake = self.G(self.streams.z(len(real)), labels)
        g_loss = self._g_step(real, fake, labels)
        self._follow()
        self.done += 1
        return {"loss/d": d_loss, "loss/g": g_loss}

    def _d_turn(self, update: int) -> tuple[Tensor, Tensor, Tensor, float]:
        """D's update number `update`: the real pictures, labels and generated pictures it had, and its loss."""
        real, labels = next(self.streams.batches)
        real = self.regularization.augment_real(real)
        fake = self.G(self.streams.z(len(real)), labels)
        return real, labels, fake, self._d_step(real, fake.detach(), labels, update)

    def _d_step(self, real: Tensor, fake: Tensor, labels: Tensor, update: int) -> float:
        seen, context = self._seen(len(real)), self._context()
        terms = self.variant.d_loss(seen, real, fake, labels, context)
        loss = terms["total"] + self._penalties(seen, real, fake, labels, update)
        self._descend(self.d_optimiser, self.D, loss)
        if self.variant.after_d:
            self.variant.after_d(self.D, context)
        return loss.item()

    def _g_step(self, real: Tensor, fake: Tensor, labels: Tensor) -> float:
        terms: Terms = self.variant.g_loss(self._seen(len(real)), real, fake, labels, self._context())
        self._descend(self.g_optimiser, self.G, terms["total"])
        return terms["total"].item()

    def _penalties(self, D: nn.Module, real: Tensor, fake: Tensor, labels: Tensor, update: int) -> Tensor:
        """γ/2 · E[‖∇D‖²] at real and at generated pictures, in every k-th update and then k times."""
        settings, total = self.config.regularization, torch.zeros(())
        if update % settings.reg_every:
            return total
        for weight, pictures in ((settings.r1, real), (settings.r2, fake)):
            if weight:
                here = pictures.detach().clone().requires_grad_()
                (gradient,) = torch.autograd.grad(D(here, labels).score.sum(), here, create_graph=True)
                lengths = gradient.pow(2).flatten(1).sum(1)
                total = total + settings.reg_every * weight / 2 * lengths.mean()
        return total

    def _descend(self, optimiser: torch.optim.Optimizer, network: nn.Module, loss: Tensor) -> None:
        optimiser.zero_grad()
        loss.backward()
        if self.config.regularization.grad_clip:
            nn.utils.clip_grad_norm_(network.parameters(), self.config.regularization.grad_clip)
        optimiser.step()

    @torch.no_grad()
    def _follow(self) -> None:
        """The EMA, one weight after the other, the statistics of batch norm among them."""
        if self.average is None:
            return
        settings = self.config.regularization
        decay = min(settings.ema, (1 + self.done) / (10 + self.done)) if settings.ema_warmup else settings.ema
        for mine, other in zip(self.average.state_dict().values(), self.G.state_dict().values(), strict=True):
            if mine.is_floating_point():
                mine.mul_(decay).add_(other, alpha=1 - decay)
            else:
                mine.copy_(other)

    @property
    def progress(self) -> float:
        """The share of the schedule's steps that is done; 0 where it has none."""
        return min(1.0, self.done / self.config.schedule.steps) if self.config.schedule.steps else 0.0

    def _set_rates(self) -> None:
        optimiser, progress = self.config.optimiser, self.progress
        falls = {"none": 1.0, "linear": 1 - progress, "cosine": 0.5 + 0.5 * math.cos(math.pi * progress)}
        for one, rate in ((self.g_optimiser, optimiser.lr_g), (self.d_optimiser, optimiser.lr_d)):
            one.param_groups[0]["lr"] = rate * falls[optimiser.lr_decay]

    def _seen(self, batch: int) -> nn.Module:
        """Dropout and spectral norm draw and iterate once a pass, so there the passes are as many as the engine's."""
        counts = any(isinstance(module, SeededDropout | SpectralNorm) for module in self.D.modules())
        return self.regularization.perturb(self.D if counts else Apart(self.D, batch), self.progress)

    def _context(self) -> Context:
        return Context(self.config, self.streams.rng, self.done, self.spec.classes)

    def _network(self, build: Callable[[NetSpec], nn.Module], weights: torch.Generator) -> nn.Module:
        network = build(self.spec)
        initialise(network, weights, self.config.network.init)
        for module in network.modules():
            if isinstance(module, SeededDropout):
                module.generator = self.streams.rng
        return network


class Apart(nn.Module):
    """D that never judges more than `batch` pictures at once: a loss that hands it real and generated ones in one
    batch gets the same answers, from one pass after the other."""

    def __init__(self, D: nn.Module, batch: int) -> None:
        super().__init__()
        self.D, self.batch = D, batch

    def forward(self, pictures: Tensor, labels: Tensor) -> DiscriminatorOutput:
        pairs = zip(pictures.split(self.batch), labels.split(self.batch), strict=True)
        found = [self.D(*pair) for pair in pairs]
        if len(found) == 1:
            return found[0]
        classes = [one.classes for one in found]
        return DiscriminatorOutput(
            torch.cat([one.score for one in found]), None if classes[0] is None else torch.cat(classes)
        )


def textbook(config: TrainConfig, dataset: Dataset) -> Plain:
    """The loop as a textbook has it; with one D step its pictures serve G as well, as in PyTorch's own example."""
    torch.manual_seed(config.seed)
    network = config.network
    pictures = books.Pictures(dataset.images, dataset.labels, dataset.images.shape[2])
    streams = Streams(
        books.forever(pictures, config.schedule.batch, config.seed),
        lambda count: latent.draw(count, network.z_dim, torch.default_generator, network.z_distribution),
        torch.default_generator,
    )
    return Plain(config, dataset, streams, reuse_fakes=config.objective.d_steps == 1)


def alike(trainer: Trainer, dataset: Dataset, *, reuse_fakes: bool = ENGINE_REUSES_FAKES) -> Plain:
    """A plain loop with the weights of a fresh `trainer` on the CPU, that will draw what the trainer will draw."""
    rng = {name: torch.Generator() for name in ("data", "latent", "noise")}
    for name, generator in rng.items():
        generator.set_state(trainer.rng[name].get_state())
    network = trainer.config.network
    batches = _in_order(dataset, trainer.config.schedule.batch, rng["data"])
    streams = Streams(
        batches,
        lambda count: latent.draw(count, network.z_dim, rng["latent"], network.z_distribution),
        rng["noise"],
    )
    plain = Plain(trainer.config, dataset, streams, reuse_fakes=reuse_fakes)
    plain.G.load_state_dict(trainer.G.state_dict())
    plain.D.load_state_dict(trainer.D.state_dict())
    if plain.average is not None:
        plain.average.load_state_dict(trainer.G.state_dict())
    return plain


def _in_order(dataset: Dataset, batch: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches from one shuffled epoch after the other; one may begin in an epoch and end in the next."""
    waiting: list[int] = []
    while True:
        while len(waiting) < batch:
            waiting += torch.randperm(len(dataset), generator=generator).tolist()
        now, waiting = waiting[:batch], waiting[batch:]
        pictures = torch.from_numpy(dataset.images[now]).float() / 255 * 2 - 1
        yield pictures, torch.from_numpy(dataset.labels[now])


def _optimiser(network: nn.Module, config: TrainConfig, rate: float) -> torch.optim.Optimizer:
    settings = config.optimiser
    if settings.kind == "rmsprop":
        return torch.optim.RMSprop(network.parameters(), rate)
    return torch.optim.Adam(network.parameters(), rate, (settings.beta1, settings.beta2))
