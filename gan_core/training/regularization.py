"""Regularization around any variant's losses: augmentation and noise on D's input, and the penalties R1 and R2."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from gan_core.config import RegularizationConfig
from gan_core.objectives import losses
from gan_core.objectives.losses import Terms
from gan_core.system import sharding
from gan_core.training import _augment as augment


class PerturbedDiscriminator(nn.Module):
    """D behind a transformation: `change` maps the pictures (N, C, H, W) before D sees them.

    To a loss it is a discriminator like any other. A gradient penalty takes the gradient with respect to the
    pictures before the change, through the change, at the changed pictures: that of the two as one function.
    """

    def __init__(self, D: nn.Module, change: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.D, self.change = D, change

    def forward(self, pictures: Tensor, labels: Tensor):
        return self.D(self.change(pictures), labels)


class Regularization:
    """Applies `settings` with random numbers from `rng`, and draws none for what is off.

    `progress` is the share of the run that is done, 0 to 1.
    """

    def __init__(self, settings: RegularizationConfig, rng: torch.Generator) -> None:
        self.settings, self.rng = settings, rng
        self.augment = augment.KINDS[settings.augment]

    def augment_real(self, real: Tensor) -> Tensor:
        """The real batch (N, C, H, W), augmented if the data are; kept in [-1, 1], which G cannot leave either."""
        if self.augment is None or self.settings.augment_where != "data":
            return real
        return self.augment(real, self.rng).clamp(-1, 1)

    def perturb(self, D: nn.Module, progress: float) -> nn.Module:
        """D behind augmentation and noise, for the losses; D itself if both are off."""
        both = self.augment is not None and self.settings.augment_where == "both"
        noise = self.noise_std(progress)
        return PerturbedDiscriminator(D, lambda pictures: self._change(pictures, both, noise)) if both or noise else D

    def noise_std(self, progress: float) -> float:
        """The standard deviation of the noise on D's input (Arjovsky and Bottou, 2017, section 3), fading to 0."""
        share = self.settings.input_noise_decay
        return self.settings.input_noise * (max(0.0, 1 - progress / share) if share else 1.0)

    def _change(self, pictures: Tensor, both: bool, noise: float) -> Tensor:
        if both and self.augment:
            pictures = self.augment(pictures, self.rng)
        if noise:
            pictures = pictures + noise * sharding.normal(*pictures.shape, rng=self.rng, device=pictures.device)
        return pictures

    def penalties(self, D: nn.Module, real: Tensor, fake: Tensor, labels: Tensor, update: int) -> Terms:
        """What D's update number `update` adds to its loss: `total`, and `r1` and `r2` where they are on.

        R1 and R2 are γ/2 · E[‖∇D‖²] at real and at generated pictures (Mescheder et al., 2018, eq. 9 and 10).
        Lazy regularisation (Karras et al., 2020, StyleGAN2, section 3.1) takes them only in every k-th update, where
        they count k times in `total`; the terms by their own names are without that factor. Else it is empty.
        """
        every = self.settings.reg_every
        if update % every:
            return {}
        weights = {"r1": (self.settings.r1, real), "r2": (self.settings.r2, fake)}
        terms = {
            name: weight / 2 * losses.squared_gradient(lambda x: D(x, labels).score, pictures)
            for name, (weight, pictures) in weights.items()
            if weight
        }
        return terms | {"total": every * torch.stack(list(terms.values())).sum()} if terms else {}
