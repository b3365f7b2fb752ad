"""The way back: the z from which a generator draws a given picture, or the nearest to it that it can draw.

Creswell and Bharath (2016, Inverting the generator of a generative adversarial network) descend on z by the gradient
of the pixels' difference. Here it is L-BFGS, whose steps know the curvature: after the same time it is two to five
times nearer than Adam. It starts from the nearest of many pictures drawn at random, several at once, since many ways
end at a place from which all others are worse; the worse of them are given up on the way.
"""

import copy
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from gan_core.evaluation.extractors import Extractor
from gan_core.explore import uploads
from gan_core.explore._descent import Descent
from gan_core.models.checkpoint import Model
from gan_core.nets import latent, sampling
from gan_core.system.errors import WorkshopError

POOL = 2_000
"""Pictures drawn at random, of all the classes in question, from which the search starts at the nearest."""

ROUNDS = ((32, 60), (16, 140), (8, 300), (4, 300))
"""In each so many candidates go on for so many steps."""

PIECE = 20
"""Steps between two words on the progress, about a tenth of a second."""

ENOUGH = 0.004
"""A distance at which the search ends: one of the 255 steps between black and white."""

NOISE = 0.1
"""How far pixels may be off, 0 to 1, for the prior on z to weigh as much as they: see `_unlikely`."""

FEATURES = 0.01
"""How much the distance of the features counts beside that of the pixels, if asked for: a search then takes more than
twice as long, and in a trial (two models, five real pictures each) pixels came no nearer, so by itself it does without.
"""


@dataclass(frozen=True, eq=False)
class Found:
    """A z, float32 (z_dim,), the class it belongs to (−1: none), and `picture` uint8 (H, W, C) that G draws from them.

    `distance` is the root mean square of the differences of the pixels from those looked for: 0 is the same picture,
    1 white against black. `length` is that of z beside what is usual, its root mean square by that of the
    distribution: far above 1, and z is none that the generator learned to draw from.
    """

    z: np.ndarray
    label: int
    picture: np.ndarray
    distance: float
    length: float


@dataclass(frozen=True, eq=False)
class Progress:
    """After `step` of at most `of` steps, the best so far."""

    step: int
    of: int
    best: Found


def invert(
    model: Model, picture: np.ndarray, label: str | int | None = None, *, seed: int = 0, by: Extractor | None = None
) -> Generator[Progress, None, Found]:
    """Search the z of `picture` uint8 (H, W, C), yielding Progress; Found is the generator's return value.

    `label` is a class by its number or name, for a model that is told it; None lets the search choose. `by` lets the
    features of an extractor count as well. The same `seed` gives the same search. To stop it, ask for no more: the
    last Progress has the best. The first `next` raises WorkshopError for a picture of another shape, or a label or seed
    that is not allowed.
    """
    uploads.fit(picture, *uploads.shape_of(model))
    if not 0 <= seed < 2**31:
        raise WorkshopError(f"seed: {seed} was given; allowed: 0 to {2**31 - 1:,}.")
    asked = model.label_of(label)
    every = list(range(len(model.classes))) if model.conditional else [-1]
    search = _Search(model, picture, every if asked is None else [asked], seed, by)
    best = search.best()
    done, of = 0, sum(steps for _, steps in ROUNDS)
    yield Progress(done, of, best)
    for count, steps in ROUNDS:
        search.keep(count)
        for _ in range(steps // PIECE):
            search.advance(PIECE)
            done += PIECE
            best = search.best()
            yield Progress(done, of, best)
            if best.distance <= ENOUGH:
                return best
    return best


class _Search:
    """The frozen generator, the picture that is looked for, what counts as near, and the candidates on their way.

    A candidate moves as `free`, a row of `descent.x`: any number is allowed there, whatever z is drawn from.
    """

    def __init__(
        self, model: Model, picture: np.ndarray, classes: list[int], seed: int = 0, by: Extractor | None = None
    ) -> None:
        self.generator: nn.Module = copy.deepcopy(model.generator).eval().requires_grad_(False)
        self.picture, self.conditional = picture, model.conditional
        self.z_dim, self.distribution = model.config.network.z_dim, model.config.network.z_distribution
        self.target = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float().div(255)  # (1, C, H, W)
        self.by, self.features = by, self.target
        if by is not None:
            with torch.no_grad():
                self.features = by.network(self.target * 255)[0]  # (1, F)
        free, self.labels = self._starts(classes, seed)
        self.descent = Descent(lambda free: self.losses(free, self.labels), free)

    def keep(self, count: int) -> None:
        """Go on with the `count` best."""
        rows = self.descent.losses.argsort(stable=True)[:count]
        self.labels = self.labels[rows]
        self.descent.keep(rows)

    def advance(self, steps: int) -> None:
        for _ in range(steps):
            self.descent.step()

    def best(self) -> Found:
        """Where the best candidate stands. The distance is that of `neighbours.nearest` for pixels."""
        row = int(self.descent.losses.argmin())
        z, label = self._bound(self.descent.x[row : row + 1]), int(self.labels[row])
        picture = sampling.generate(self.generator, z, torch.tensor([label]) if self.conditional else None)[0]
        distance = float(np.sqrt(np.mean((picture / 255 - self.picture / 255) ** 2)))
        usual = {"normal": 1.0, "uniform": 3**-0.5}[self.distribution]
        return Found(z[0].numpy().copy(), label, picture, distance, float(z.square().mean().sqrt()) / usual)

    def losses(self, free: Tensor, labels: Tensor) -> Tensor:
        """What is minimised, (N,), at `free` (N, z_dim)."""
        z = self._bound(free)
        drawn = self._draw(z, labels)
        losses = (drawn - self.target).square().mean((1, 2, 3)) + self._unlikely(z)
        if self.by is not None:
            seen = self.by.network(drawn * 255)[0]
            losses = losses + FEATURES * (seen - self.features).square().mean(1) / self.features.square().mean()
        return losses

    @torch.no_grad()
    def _starts(self, classes: list[int], seed: int) -> tuple[Tensor, Tensor]:
        """The nearest of POOL pictures drawn at random, evenly of `classes`: their `free` and their labels."""
        z = latent.fixed(POOL, self.z_dim, seed, self.distribution)
        labels = torch.tensor(classes).repeat(-(-POOL // len(classes)))[:POOL]
        parts = zip(z.split(250), labels.split(250), strict=True)
        far = torch.cat([(self._draw(*part) - self.target).square().mean((1, 2, 3)) for part in parts])
        nearest = far.argsort(stable=True)[: ROUNDS[0][0]]
        return self._freed(z[nearest]), labels[nearest]

    def _draw(self, z: Tensor, labels: Tensor) -> Tensor:
        """Pictures (N, C, H, W), black 0, white 1."""
        return (self.generator(z, labels if self.conditional else None) + 1) / 2

    def _unlikely(self, z: Tensor) -> Tensor:
        """How far the length of z is from what is usual, so that it remains one the generator has learned to draw from.

        |z|² / z_dim of N(0, 1) is about N(1, 2 / z_dim). Its negative log-likelihood stands beside that of P pixels
        with Gaussian noise of NOISE, all times 2 NOISE² / P. The shell, not the ball: near zero lies no z that was
        ever drawn. Evenly drawn z are all alike, and stay in their cube by `_bound`.
        """
        if self.distribution == "uniform":
            return z.new_zeros(len(z))
        weight = NOISE**2 * self.z_dim / (2 * self.target.numel())
        return weight * (z.square().mean(1) - 1).square()

    def _bound(self, free: Tensor) -> Tensor:
        """z of what may be any number: for uniform z its sine, in [−1, 1] (Lipton and Tripathi, 2017, clip instead)."""
        return free.sin() if self.distribution == "uniform" else free

    def _freed(self, z: Tensor) -> Tensor:
        return z.asin() if self.distribution == "uniform" else z
