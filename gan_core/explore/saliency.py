"""What a discriminator looks at: the gradient of its score by the pixels of a picture (Simonyan et al., 2014)."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gan_core.explore import uploads
from gan_core.models.checkpoint import Judge, Model
from gan_core.system.errors import WorkshopError

MAX_SMOOTH = 256
"""Noisy copies that SmoothGrad may be asked for; 50 are enough in the paper (section 3.2)."""

BATCH = 64
"""Copies that are looked at together."""

UP, DOWN = np.array([230, 159, 0], np.float32), np.array([86, 180, 233], np.float32)
"""Orange and sky blue of Okabe and Ito (2008), which the colour-blind tell apart."""

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R BT.601."""


@dataclass(frozen=True, eq=False)
class Saliency:
    """What D says of a picture (H, W, C), and which pixels that hangs on.

    `score` is its score, `opinion` what that means (`Judge.opinion`: the probability of being real, of a critic the
    score). `label` is the class it was asked about, −1 where it is not told one.

    `signed` float32 (H, W) in [−1, 1]: above 0 where D would find the picture more real if the pixel were brighter in
    all its channels, below 0 where less. `strength` float32 (H, W) in [0, 1]: the largest |gradient| of the pixel's
    channels (Simonyan et al., section 3.1). 1 is the strongest of each map; both are zero where the score hangs on no
    pixel at all. `steepest` says how strong that is: the change of the score for one channel of one pixel from black
    to white, if the score were a straight line.
    """

    score: float
    opinion: float
    label: int
    strength: np.ndarray
    signed: np.ndarray
    steepest: float


def of_model(model: Model) -> Judge:
    """The discriminator of a loaded model; raises WorkshopError where its file holds none."""
    if model.discriminator is None:
        raise WorkshopError("This model comes without its discriminator, so nobody can say what that looks at.")
    size, channels = uploads.shape_of(model)
    return Judge(model.config, model.discriminator, model.classes, size, channels, model.step)


def look(
    judge: Judge, picture: np.ndarray, label: int = -1, *, smooth: int = 0, noise: float = 0.15, seed: int = 0
) -> Saliency:
    """Which pixels of `picture` uint8 (H, W, C) the score of `judge` hangs on, in evaluation mode.

    `label` is the class that a conditional D is told; −1: the one for which it gives the best score. A plain gradient
    is noisy; `smooth` asks for the mean of so many gradients at noisy copies of the picture (SmoothGrad, Smilkov et
    al., 2017, section 3), the noise N(0, `noise` · (brightest − darkest value)) from `seed`. Raises WorkshopError for
    a picture of another shape, or a label, a `smooth` or a `noise` that is not allowed.
    """
    uploads.fit(picture, judge.size, judge.channels)
    if not 0 <= smooth <= MAX_SMOOTH:
        raise WorkshopError(f"smooth: {smooth} was given; allowed: 0 to {MAX_SMOOTH} noisy copies.")
    if not 0 <= noise <= 1:
        raise WorkshopError(f"noise: {noise} was given; allowed: 0 to 1, a share of the picture's range of values.")
    label, score = _asked(judge, picture, label)
    x = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float().div(255)  # black 0, white 1
    copies = x
    if smooth:
        generator = torch.Generator().manual_seed(seed)
        spread = noise * float(x.max() - x.min())
        copies = x + spread * torch.randn((smooth, *x.shape[1:]), generator=generator)
    gradient = torch.cat([_gradient(judge, part, label) for part in copies.split(BATCH)]).mean(dim=0)  # (C, H, W)
    strength, signed = gradient.abs().amax(dim=0), gradient.sum(dim=0)
    opinion = float(judge.opinion(np.array([score], np.float32))[0])
    return Saliency(score, opinion, label, _scaled(strength), _scaled(signed), float(strength.max()))


def painted(picture: np.ndarray, found: Saliency, *, signed: bool = True) -> np.ndarray:
    """The map laid over `picture` uint8 (H, W, C), which turns grey and half as bright: uint8 (H, W, 3).

    `signed`: orange where brighter would look more real to D, blue where darker would. Else all of it in orange. The
    stronger, the less of the picture shines through.
    """
    luma = picture.astype(np.float32) @ (LUMA if picture.shape[2] == 3 else np.ones(1, np.float32))
    ground = np.repeat(luma[:, :, None] / 2, 3, axis=2)
    map_ = found.signed if signed else found.strength
    colour = np.where(map_[:, :, None] >= 0, UP, DOWN)
    opacity = np.abs(map_)[:, :, None]
    return (ground + opacity * (colour - ground)).round().clip(0, 255).astype(np.uint8)


def _asked(judge: Judge, picture: np.ndarray, label: int) -> tuple[int, float]:
    """The class that D is told, −1 if none, and the score it gives then."""
    if not -1 <= label < len(judge.classes):
        raise WorkshopError(f"label: {label} was given; allowed: −1 (any) to {len(judge.classes) - 1}.")
    if not _told(judge):
        return -1, float(judge.scores(picture[None], np.array([-1]))[0])
    asked = np.arange(len(judge.classes)) if label < 0 else np.array([label])
    scores = judge.scores(np.repeat(picture[None], len(asked), axis=0), asked)
    best = int(scores.argmax())
    return int(asked[best]), float(scores[best])


def _told(judge: Judge) -> bool:
    """Whether the score depends on the class; that of AC-GAN does not, its D names the class by itself."""
    takes = (getattr(judge.discriminator, name, None) for name in ("code", "vector"))
    return any(part is not None for part in takes)


def _gradient(judge: Judge, x: Tensor, label: int) -> Tensor:
    """∂score/∂x of each picture x (N, C, H, W), 0 black and 1 white; the same shape. Beyond both D is asked as well."""
    network = judge.discriminator
    was_training = network.training
    network.eval()  # batch norm by its running statistics: a picture is judged by itself
    try:
        with torch.enable_grad():
            x = x.detach().requires_grad_(True)
            labels = torch.full((len(x),), max(label, 0))
            (gradient,) = torch.autograd.grad(network(x * 2 - 1, labels).score.sum(), x)
    finally:
        network.train(was_training)
    return gradient


def _scaled(map_: Tensor) -> np.ndarray:
    """By its largest absolute value; zeros stay zeros."""
    largest = map_.abs().max()
    return (map_ / largest if largest > 0 else map_).numpy()
