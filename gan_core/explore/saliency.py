"""Which pixels the score of a discriminator depends on: its gradient by the picture (Simonyan et al., 2014)."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gan_core.explore import uploads
from gan_core.models.checkpoint import LoadedDiscriminator, Model
from gan_core.system.errors import WorkshopError

NOISE = 0.15
"""The standard deviation of SmoothGrad's noise, as a share of the picture's range of values."""

BATCH = 64
"""Copies in one forward pass."""

UP, DOWN = np.array([230, 159, 0], np.float32), np.array([86, 180, 233], np.float32)
"""Orange and sky blue of Okabe and Ito (2008), which colour-blind people can tell apart."""

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R BT.601."""


@dataclass(frozen=True, eq=False)
class Saliency:
    """The score of D for a picture (H, W, C), and its gradient by the pixels.

    `opinion` is what the score means: the probability of being real, or for a critic the score itself. `label` is the
    class that D was conditioned on, −1 for none.

    `signed` float32 (H, W) in [−1, 1]: above 0 where D would find the picture more real if the pixel were brighter in
    all its channels, below 0 where less; zero everywhere where the score depends on no pixel at all. `steepest` is the
    largest change of the score for one channel of one pixel from black to white, if the score were linear.
    """

    score: float
    opinion: float
    label: int
    signed: np.ndarray
    steepest: float


def discriminator_of(model: Model) -> LoadedDiscriminator:
    """The discriminator of a loaded model; raises WorkshopError where its file holds none."""
    if model.discriminator is None:
        raise WorkshopError("This model comes without its discriminator.")
    size, channels = uploads.output_shape(model)
    return LoadedDiscriminator(model.config, model.discriminator, model.classes, size, channels, model.step)


def saliency_map(
    discriminator: LoadedDiscriminator, picture: np.ndarray, label: int = -1, *, smooth: int = 0
) -> Saliency:
    """The gradient of the score by the pixels of `picture` uint8 (H, W, C), in evaluation mode.

    `label` is the class for a conditional D; −1: the one with the best score. A plain gradient is noisy; `smooth` > 0
    takes the mean of so many gradients at noisy copies of the picture (SmoothGrad, Smilkov et al., 2017),
    with noise N(0, NOISE · (brightest − darkest value)), the same each time; 50 are enough in the paper. Raises
    WorkshopError for a picture of another shape, or a label out of range.
    """
    uploads.check_shape(picture, discriminator.size, discriminator.channels)
    label, score = _label_and_score(discriminator, picture, label)
    copies = x = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float().div(255)  # black 0, white 1
    if smooth:
        generator = torch.Generator().manual_seed(0)
        sigma = NOISE * float(x.max() - x.min())
        copies = x + sigma * torch.randn((smooth, *x.shape[1:]), generator=generator)
    parts = [_gradient(discriminator, part, label) for part in copies.split(BATCH)]
    gradient = torch.cat(parts).mean(dim=0)  # (C, H, W)
    opinion = float(discriminator.realness(np.array([score], np.float32))[0])
    signed = gradient.sum(dim=0)
    signed = signed / signed.abs().max() if signed.any() else signed
    return Saliency(score, opinion, label, signed.numpy(), float(gradient.abs().max()))


def overlay(picture: np.ndarray, saliency: Saliency) -> np.ndarray:
    """The map over `picture` uint8 (H, W, C), which turns grey and half as bright: uint8 (H, W, 3).

    Orange where brighter would look more real to D, blue where darker would; the stronger, the less of the picture
    shines through.
    """
    luma = picture.astype(np.float32) @ (LUMA if picture.shape[2] == 3 else np.ones(1, np.float32))
    ground = np.repeat(luma[:, :, None] / 2, 3, axis=2)
    values = saliency.signed[:, :, None]
    colour = np.where(values >= 0, UP, DOWN)
    return (ground + np.abs(values) * (colour - ground)).round().clip(0, 255).astype(np.uint8)


def _label_and_score(discriminator: LoadedDiscriminator, picture: np.ndarray, label: int) -> tuple[int, float]:
    """The class that D is conditioned on, −1 for none, and its score for that class."""
    if not -1 <= label < len(discriminator.classes):
        raise WorkshopError(f"label: {label} was given; allowed: −1 (any) to {len(discriminator.classes) - 1}.")
    # AC-GAN's score does not depend on the class: its D predicts the class itself
    conditional = any(getattr(discriminator.discriminator, name, None) is not None for name in ("code", "vector"))
    if not conditional:
        return -1, float(discriminator.scores(picture[None], np.array([-1]))[0])
    labels = np.arange(len(discriminator.classes)) if label < 0 else np.array([label])
    scores = discriminator.scores(np.repeat(picture[None], len(labels), axis=0), labels)
    best = int(scores.argmax())
    return int(labels[best]), float(scores[best])


def _gradient(discriminator: LoadedDiscriminator, x: Tensor, label: int) -> Tensor:
    """∂score/∂x of each picture x (N, C, H, W), 0 black and 1 white, possibly beyond; the same shape."""
    network = discriminator.discriminator
    was_training = network.training
    network.eval()  # running statistics of batch norm: a picture is judged by itself
    try:
        with torch.enable_grad():
            x = x.detach().requires_grad_(True)
            labels = torch.full((len(x),), max(label, 0))
            (gradient,) = torch.autograd.grad(network(x * 2 - 1, labels).score.sum(), x)
    finally:
        network.train(was_training)
    return gradient
