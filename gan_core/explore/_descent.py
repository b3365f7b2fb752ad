"""L-BFGS (Nocedal and Wright, 2006, algorithm 7.4) for many starts at once, each on its own way.

PyTorch's takes all that it is given for one point, with one step length for all. One start after the other would do,
but a small network takes a batch of 16 in little more time than one.
"""

from collections.abc import Callable

import torch
from torch import Tensor

MEMORY = 10
"""Steps that each row remembers."""

ENOUGH = 1e-4
"""A step is taken if the loss falls by this share of what the slope promises (Armijo's rule)."""

SHORTEST = 1e-6
"""A row whose step had to be cut to this share forgets what it knew of the curvature."""

FIRST = 0.1
"""The root mean square of a row's first step, which does not know the curvature yet."""


class Descent:
    """B points x (B, D), whose `losses` (B,) `loss` gives for x (B, D), each depending on its own row alone.

    Each `step` asks for the losses and gradients of all rows once, at a place that each row chose for itself: those
    that fell enough go there and choose a new direction, the others will look nearer on the same line. So no row waits
    for another. No random numbers are used.
    """

    def __init__(self, loss: Callable[[Tensor], Tensor], x: Tensor) -> None:
        self.loss, self.x = loss, x.clone()
        self.losses, self.slopes = self._look(self.x)  # (B,), (B, D)
        self.steps = x.new_zeros(MEMORY, *x.shape)  # the latest is the last
        self.bends = torch.zeros_like(self.steps)  # how the slope changed with each of these steps
        self.weights = x.new_zeros(MEMORY, len(x))  # 1 / (step · bend); 0: nothing remembered
        self.direction = self._steepest()
        self.length = torch.ones_like(self.losses)

    def step(self) -> None:
        """One look of all rows."""
        trial = self.x + self.length[:, None] * self.direction
        losses, slopes = self._look(trial)
        promised = self.length * _dot(self.slopes, self.direction)  # below 0
        falls = losses <= self.losses + ENOUGH * promised  # a loss that is not a number is none that fell
        # where the parabola through both losses and the slope is lowest, within reason
        best = promised / (2 * (promised + self.losses - losses)).clamp(max=-1e-30)
        self.length = self.length * torch.where(falls, 1.0, best.nan_to_num(0.1).clamp(0.1, 0.5))
        self._remember(falls, trial - self.x, slopes - self.slopes)
        went = falls[:, None]
        self.x, self.slopes = torch.where(went, trial, self.x), torch.where(went, slopes, self.slopes)
        self.losses = torch.where(falls, losses, self.losses)
        lost = self.length < SHORTEST
        self.weights[:, lost] = 0
        renewed = falls | lost
        self.direction = torch.where(renewed[:, None], self._downhill(), self.direction)
        self.length = torch.where(renewed, 1.0, self.length)

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows only, indices int64, in this order."""
        for name in ("x", "losses", "slopes", "direction", "length"):
            setattr(self, name, getattr(self, name)[rows])
        self.steps, self.bends, self.weights = self.steps[:, rows], self.bends[:, rows], self.weights[:, rows]

    def _look(self, x: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            x = x.detach().requires_grad_(True)
            losses = self.loss(x)
            (slopes,) = torch.autograd.grad(losses.sum(), x)
        return losses.detach(), slopes

    def _remember(self, falls: Tensor, step: Tensor, bend: Tensor) -> None:
        """Of the rows that moved, those along which the loss curves up; else the memory would no longer lead down."""
        product = _dot(step, bend)
        sound = falls & (product > 1e-8 * step.norm(dim=1) * bend.norm(dim=1))
        latest = torch.where(sound, 1 / product.where(sound, torch.ones_like(product)), 0)
        for name, new in (("steps", step), ("bends", bend), ("weights", latest)):
            old = getattr(self, name)
            moved = torch.cat([old[1:], new[None]])
            setattr(self, name, torch.where(sound if old.ndim == 2 else sound[:, None], moved, old))

    def _downhill(self) -> Tensor:
        """The direction of each row (B, D): the two loops of Nocedal and Wright; without memory the steepest."""
        q, shares = self.slopes, []
        for step, bend, weight in zip(self.steps.flip(0), self.bends.flip(0), self.weights.flip(0), strict=True):
            shares.append(weight * _dot(step, q))
            q = q - shares[-1][:, None] * bend
        known = self.weights[-1] > 0
        scale = 1 / (self.weights[-1] * _dot(self.bends[-1], self.bends[-1])).clamp(min=1e-30)
        q = q * scale[:, None]
        for step, bend, weight, share in zip(self.steps, self.bends, self.weights, reversed(shares), strict=True):
            q = q + (share - weight * _dot(bend, q))[:, None] * step
        leads_down = known & (_dot(q, self.slopes) > 0)
        return torch.where(leads_down[:, None], -q, self._steepest())

    def _steepest(self) -> Tensor:
        length = FIRST * self.x.shape[1] ** 0.5
        return -length * self.slopes / self.slopes.norm(dim=1, keepdim=True).clamp(min=1e-30)


def _dot(a: Tensor, b: Tensor) -> Tensor:
    """Of each row: (B, D) and (B, D) to (B,)."""
    return (a * b).sum(1)
