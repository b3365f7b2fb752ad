"""Adversarial objectives and penalties as pure functions of D's outputs.

Scores are D's raw outputs, shape (N,): logits for the GANs, unbounded scores for the critics. Every
loss is a scalar tensor in float32.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_core.objectives._terms import FAKE, REAL, Terms


def bce(scores: Tensor, target: float | Tensor) -> Tensor:
    """Binary cross-entropy of logits (N,) against one target or a target per sample, mean over the batch.

    With target 1 on real and 0 on generated pictures it is D's side of the minimax game, with target 1 on
    generated ones the non-saturating generator (Goodfellow et al., 2014, eq. 1 and section 3).
    """
    scores = scores.float()
    # a number is filled in on the device: to copy it there would make the host wait for a GPU
    targets = target.to(scores).expand_as(scores) if isinstance(target, Tensor) else torch.full_like(scores, target)
    return F.binary_cross_entropy_with_logits(scores, targets)


def non_saturating_d(
    real: Tensor, fake: Tensor, real_target: float | Tensor = 1.0, fake_target: float | Tensor = 0.0
) -> Terms:
    """D's side of the game, −log D(x) − log(1 − D(G(z))), with softened, flipped or noisy targets if set."""
    on_real, on_fake = bce(real, real_target), bce(fake, fake_target)
    return {"total": on_real + on_fake, "real": on_real, "fake": on_fake, REAL: real, FAKE: fake}


def non_saturating_g(fake: Tensor) -> Terms:
    """G's side, −log D(G(z)): strong gradients exactly where G is bad."""
    return {"total": bce(fake, 1.0)}


def critic_d(
    real: Tensor,
    fake: Tensor,
    penalty: Tensor | None = None,
    weight: float = 0.0,
    real_magnitude: float | Tensor = 1.0,
    fake_magnitude: float | Tensor = 1.0,
) -> Terms:
    """A critic's loss, E[D(G(z))] − E[D(x)], plus `weight` times a penalty when there is one.

    The magnitudes, (N,) or one for all, are how much each score counts in `total`; `wasserstein` is without.
    """
    aim = wasserstein(real_magnitude * real.float(), fake_magnitude * fake.float())
    terms = {"total": -aim, "wasserstein": wasserstein(real, fake), REAL: real, FAKE: fake}
    if penalty is not None:
        terms |= {"total": weight * penalty - aim, "penalty": penalty}
    return terms


def critic_g(fake: Tensor) -> Terms:
    """The generator under a critic, −E[D(G(z))]."""
    return {"total": -fake.float().mean()}


def wasserstein(real: Tensor, fake: Tensor) -> Tensor:
    """The critic's estimate of the Wasserstein distance, E[D(x)] − E[D(G(z))] (Arjovsky et al., 2017, eq. 3)."""
    return real.float().mean() - fake.float().mean()


def least_squares_d(
    real: Tensor, fake: Tensor, real_target: float | Tensor = 1.0, fake_target: float | Tensor = 0.0
) -> Terms:
    """½E[(D(x) − 1)²] + ½E[D(G(z))²] (Mao et al., 2017, eq. 9), with softened, flipped or noisy targets if set."""
    on_real = 0.5 * (real.float() - real_target).square().mean()
    on_fake = 0.5 * (fake.float() - fake_target).square().mean()
    return {"total": on_real + on_fake, "real": on_real, "fake": on_fake, REAL: real, FAKE: fake}


def least_squares_g(fake: Tensor) -> Terms:
    """½E[(D(G(z)) − 1)²] (Mao et al., 2017, eq. 9)."""
    return {"total": 0.5 * (fake.float() - 1).square().mean()}


def hinge_d(real: Tensor, fake: Tensor) -> Terms:
    """E[max(0, 1 − D(x))] + E[max(0, 1 + D(G(z)))] (Miyato et al., 2018, eq. 16); G's side is `critic_g`."""
    on_real, on_fake = F.relu(1 - real.float()).mean(), F.relu(1 + fake.float()).mean()
    return {"total": on_real + on_fake, "real": on_real, "fake": on_fake, REAL: real, FAKE: fake}


def relativistic_d(real: Tensor, fake: Tensor) -> Terms:
    """E[softplus(D(G(z)) − D(x))]: each real picture against one generated one (Huang et al., 2024, eq. 2)."""
    return {"total": F.softplus(fake.float() - real.float()).mean(), REAL: real, FAKE: fake}


def relativistic_g(real: Tensor, fake: Tensor) -> Terms:
    """E[softplus(D(x) − D(G(z)))]: G wants its pictures to look more real than the real ones of their pairs."""
    return {"total": F.softplus(real.float() - fake.float()).mean()}


def classification(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of class logits (N, K), not probabilities, against labels (N,), mean over the batch."""
    return F.cross_entropy(logits.float(), labels)


def classified(logits: Tensor, labels: Tensor) -> Tensor:
    """The share of class logits (N, K) whose largest is that of the label (N,); no gradient."""
    return (logits.detach().argmax(dim=1) == labels).float().mean()


def gradient_penalty(score: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    """E[(‖∇D(x̂)‖₂ − 1)²] on the lines between real and generated pictures (Gulrajani et al., 2017, eq. 3).

    `score` maps pictures (N, C, H, W) to scores (N,); `mix` (N, 1, 1, 1) in [0, 1] says where on its line
    each sample lies. The norm is taken per sample, over all its pixels.
    """
    between = (mix * real + (1 - mix) * fake).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(score(between).sum(), between, create_graph=True)
    norms = gradient.float().flatten(1).norm(dim=1)
    return ((norms - 1) ** 2).mean()


def squared_gradient(score: Callable[[Tensor], Tensor], pictures: Tensor) -> Tensor:
    """E[‖∇D(x)‖²] at `pictures` (N, C, H, W), per sample over all its pixels: R1 and R2 are γ/2 times this.

    At real pictures it is R1, at generated ones R2 (Mescheder et al., 2018, eq. 9 and 10). `score` maps
    pictures to scores (N,).
    """
    here = pictures.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(score(here).sum(), here, create_graph=True)
    return gradient.float().square().sum((1, 2, 3)).mean()
