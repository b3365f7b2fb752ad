"""Inversion: the z from which a generator draws a given picture, or the nearest that it can draw.

Lipton and Tripathi (2017, arXiv:1702.04782) descend on z by the gradient of the squared pixel difference. Here it is
L-BFGS, which uses the curvature: after the same time it is two to five times nearer than Adam. It starts from the
nearest of many random samples, several at once, since many starts end in a local minimum; the worse of them are dropped
on the way. A distance by a classifier's features beside that by pixels took more than twice as long, and in a trial
(two models, five real pictures each) pixels came no nearer.
"""

import copy
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from gan_core.explore import uploads
from gan_core.explore._lbfgs import BatchLBFGS
from gan_core.explore.directions import Z_STD
from gan_core.models.checkpoint import Model
from gan_core.nets import latent, sampling
from gan_core.system.errors import check_range

POOL = 2_000
"""Random samples, of all the classes in question, of which the nearest are the starts."""

ROUNDS = ((32, 60), (16, 140), (8, 300), (4, 300))
"""(candidates, steps) of each round."""

REPORT_EVERY = 20
"""Steps between two reports of progress, about a tenth of a second."""

ENOUGH = 0.004
"""A distance at which the search ends: one of the 255 steps between black and white."""

NOISE = 0.1
"""The standard deviation of pixel noise, 0 to 1, for which the prior on z weighs as much as they: see `_prior`."""


@dataclass(frozen=True, eq=False)
class InversionResult:
    """A z float32 (z_dim,), its class (−1: none), and `picture` uint8 (H, W, C) that G draws from them.

    `distance` is the root mean square of the pixel differences to the target: 0 is the same picture, 1 white against
    black. `length` is the root mean square of z by that of its distribution: far above 1, it is no z that the
    generator was trained on.
    """

    z: np.ndarray
    label: int
    picture: np.ndarray
    distance: float
    length: float


@dataclass(frozen=True, eq=False)
class InversionProgress:
    """After `step` of at most `total` steps, the best so far."""

    step: int
    total: int
    best: InversionResult


def invert(
    model: Model, picture: np.ndarray, label: str | int | None = None, *, seed: int = 0
) -> Generator[InversionProgress, None, InversionResult]:
    """Search the z of `picture` uint8 (H, W, C), yielding progress; returns the result.

    `label` is a class by its number or name, for a conditional model; None searches in all. The same `seed` gives the
    same search. To stop it, close the generator: the last progress has the best. The first `next` raises WorkshopError
    for a picture of another shape, or a label or seed out of range.
    """
    uploads.check_shape(picture, *uploads.output_shape(model))
    check_range("seed", seed, 0, 2**31 - 1)
    chosen = model.class_index(label)
    classes = [chosen] if chosen is not None else list(range(len(model.classes))) if model.conditional else [-1]
    search = _Search(model, picture, classes, seed)
    best = search.best()
    done, total = 0, sum(steps for _, steps in ROUNDS)
    yield InversionProgress(done, total, best)
    for count, steps in ROUNDS:
        search.keep(count)
        for _ in range(steps // REPORT_EVERY):
            for _ in range(REPORT_EVERY):
                search.optimiser.step()
            done += REPORT_EVERY
            best = search.best()
            yield InversionProgress(done, total, best)
            if best.distance <= ENOUGH:
                return best
    return best


class _Search:
    """The frozen generator, the target, the loss, and the candidates.

    The optimiser moves unbounded rows; `_bounded` maps them to z.
    """

    def __init__(self, model: Model, picture: np.ndarray, classes: list[int], seed: int = 0) -> None:
        self.generator: nn.Module = copy.deepcopy(model.generator).eval().requires_grad_(False)
        self.picture, self.conditional = picture, model.conditional
        self.z_dim, self.distribution = model.config.network.z_dim, model.config.network.z_distribution
        self.target = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float().div(255)  # (1, C, H, W)
        z, self.labels = self._starts(classes, seed)
        unbounded = z.asin() if self.distribution == "uniform" else z
        self.optimiser = BatchLBFGS(lambda x: self.losses(x, self.labels), unbounded)

    def keep(self, count: int) -> None:
        """Go on with the `count` best."""
        rows = self.optimiser.losses.argsort(stable=True)[:count]
        self.labels = self.labels[rows]
        self.optimiser.keep(rows)

    def best(self) -> InversionResult:
        """The best candidate. The distance is that of `nearest.nearest` for pixels."""
        row = int(self.optimiser.losses.argmin())
        z, label = self._bounded(self.optimiser.x[row : row + 1]), int(self.labels[row])
        picture = sampling.generate(self.generator, z, torch.tensor([label]) if self.conditional else None)[0]
        distance = float(np.sqrt(np.mean((picture / 255 - self.picture / 255) ** 2)))
        length = float(z.square().mean().sqrt()) / Z_STD[self.distribution]
        return InversionResult(z[0].numpy().copy(), label, picture, distance, length)

    def losses(self, unbounded: Tensor, labels: Tensor) -> Tensor:
        """The losses (N,) of candidates (N, z_dim): pixels and prior."""
        z = self._bounded(unbounded)
        return (self._draw(z, labels) - self.target).square().mean((1, 2, 3)) + self._prior(z)

    @torch.no_grad()
    def _starts(self, classes: list[int], seed: int) -> tuple[Tensor, Tensor]:
        """The nearest of POOL random samples, evenly of `classes`: their z and their labels."""
        z = latent.fixed(POOL, self.z_dim, seed, self.distribution)
        labels = torch.tensor(classes).repeat(-(-POOL // len(classes)))[:POOL]
        parts = zip(z.split(250), labels.split(250), strict=True)
        distances = torch.cat([(self._draw(*part) - self.target).square().mean((1, 2, 3)) for part in parts])
        nearest = distances.argsort(stable=True)[: ROUNDS[0][0]]
        return z[nearest], labels[nearest]

    def _draw(self, z: Tensor, labels: Tensor) -> Tensor:
        """Pictures (N, C, H, W), black 0, white 1."""
        return (self.generator(z, labels if self.conditional else None) + 1) / 2

    def _prior(self, z: Tensor) -> Tensor:
        """A penalty (N,) on the length of z, so that it remains one the generator was trained on.

        |z|² / z_dim of N(0, 1) is about N(1, 2 / z_dim). Its negative log-likelihood stands beside that of P pixels
        with Gaussian noise of NOISE, all times 2 NOISE² / P. The shell, not the ball: near zero lies no z that was
        ever drawn. Uniform z are all equally likely, and stay in their cube by `_bounded`.
        """
        if self.distribution == "uniform":
            return z.new_zeros(len(z))
        weight = NOISE**2 * self.z_dim / (2 * self.target.numel())
        return weight * (z.square().mean(1) - 1).square()

    def _bounded(self, unbounded: Tensor) -> Tensor:
        """z: for the uniform distribution the sine, in [−1, 1] (Lipton and Tripathi clip instead)."""
        return unbounded.sin() if self.distribution == "uniform" else unbounded
