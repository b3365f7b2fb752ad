"""L-BFGS (Nocedal and Wright, 2006, algorithms 7.4 and 7.5) for a batch of starts, each with its own line search.

`torch.optim.LBFGS` treats all its parameters as one point with one step size. One start after the other would do, but
a small network evaluates a batch of 16 in little more time than one input.
"""

from collections.abc import Callable

import torch
from torch import Tensor

MEMORY = 10
"""Pairs (s, y) that each row remembers."""

ARMIJO = 1e-4
"""A step is accepted if the loss falls by this share of what the slope predicts (Armijo's rule)."""

MIN_STEP_SIZE = 1e-6
"""A row whose step size was cut below this forgets its curvature."""

FIRST_STEP = 0.1
"""The root mean square of a row's first step, before any curvature is known."""


class BatchLBFGS:
    """Minimises `loss`, which maps x (B, D) to losses (B,), each of which depends on its own row alone.

    Each `step` evaluates losses and gradients of all rows once, each row at its own trial point: rows whose loss fell
    enough move there and choose a new direction, the others backtrack along the same line. So no row waits for
    another. No random numbers are used.
    """

    def __init__(self, loss: Callable[[Tensor], Tensor], x: Tensor) -> None:
        self.loss, self.x = loss, x.clone()
        self.losses, self.gradients = self._evaluate(self.x)  # (B,), (B, D)
        self.s = x.new_zeros(MEMORY, *x.shape)  # accepted steps, the latest last
        self.y = torch.zeros_like(self.s)  # the change of the gradient along each
        self.rho = x.new_zeros(MEMORY, len(x))  # 1 / (s · y); 0: nothing remembered
        self.direction = self._steepest()
        self.step_size = torch.ones_like(self.losses)

    def step(self) -> None:
        """Evaluate one trial point of every row."""
        trial = self.x + self.step_size[:, None] * self.direction
        losses, gradients = self._evaluate(trial)
        predicted = self.step_size * _dot(self.gradients, self.direction)  # below 0
        accepted = losses <= self.losses + ARMIJO * predicted  # False for a loss that is NaN
        # backtrack to the minimum of the parabola through both losses and the slope, within bounds
        parabola = predicted / (2 * (predicted + self.losses - losses)).clamp(max=-1e-30)
        self.step_size = self.step_size * torch.where(accepted, 1.0, parabola.nan_to_num(0.1).clamp(0.1, 0.5))
        self._remember(accepted, trial - self.x, gradients - self.gradients)
        moved = accepted[:, None]
        self.x, self.gradients = torch.where(moved, trial, self.x), torch.where(moved, gradients, self.gradients)
        self.losses = torch.where(accepted, losses, self.losses)
        stuck = self.step_size < MIN_STEP_SIZE
        self.rho[:, stuck] = 0
        renewed = accepted | stuck
        self.direction = torch.where(renewed[:, None], self._two_loop(), self.direction)
        self.step_size = torch.where(renewed, 1.0, self.step_size)

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows only, indices int64, in this order."""
        for name in ("x", "losses", "gradients", "direction", "step_size"):
            setattr(self, name, getattr(self, name)[rows])
        self.s, self.y, self.rho = self.s[:, rows], self.y[:, rows], self.rho[:, rows]

    def _evaluate(self, x: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            x = x.detach().requires_grad_(True)
            losses = self.loss(x)
            (gradients,) = torch.autograd.grad(losses.sum(), x)
        return losses.detach(), gradients

    def _remember(self, accepted: Tensor, s: Tensor, y: Tensor) -> None:
        """Store the pairs of positive curvature; with others the two loops would no longer give a descent direction."""
        curvature = _dot(s, y)
        valid = accepted & (curvature > 1e-8 * s.norm(dim=1) * y.norm(dim=1))
        rho = torch.where(valid, 1 / curvature.where(valid, torch.ones_like(curvature)), 0)
        for name, new in (("s", s), ("y", y), ("rho", rho)):
            old = getattr(self, name)
            shifted = torch.cat([old[1:], new[None]])
            setattr(self, name, torch.where(valid if old.ndim == 2 else valid[:, None], shifted, old))

    def _two_loop(self) -> Tensor:
        """The direction of each row (B, D) by the two-loop recursion; the steepest descent where there is no memory."""
        q, alphas = self.gradients, []
        for s, y, rho in zip(self.s.flip(0), self.y.flip(0), self.rho.flip(0), strict=True):
            alphas.append(rho * _dot(s, q))
            q = q - alphas[-1][:, None] * y
        q = q * (1 / (self.rho[-1] * _dot(self.y[-1], self.y[-1])).clamp(min=1e-30))[:, None]
        for s, y, rho, alpha in zip(self.s, self.y, self.rho, reversed(alphas), strict=True):
            q = q + (alpha - rho * _dot(y, q))[:, None] * s
        descends = (self.rho[-1] > 0) & (_dot(q, self.gradients) > 0)
        return torch.where(descends[:, None], -q, self._steepest())

    def _steepest(self) -> Tensor:
        length = FIRST_STEP * self.x.shape[1] ** 0.5
        return -length * self.gradients / self.gradients.norm(dim=1, keepdim=True).clamp(min=1e-30)


def _dot(a: Tensor, b: Tensor) -> Tensor:
    """The dot product of each row: (B, D) and (B, D) to (B,)."""
    return (a * b).sum(1)
