"""Directions in latent space that change a picture in one way, found without labels: PCA (GANSpace), SeFa, or axes."""

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gan_core.models.checkpoint import Model
from gan_core.nets import latent
from gan_core.system.errors import WorkshopError, check_range

SAMPLES, SEED = 2_000, 0
"""z vectors whose activations PCA takes, and their seed."""

MAX_DIRECTIONS = 12

KINDS = {
    "pca": "PCA of the first activations (GANSpace)",
    "sefa": "Closed form of the first layer (SeFa)",
    "axes": "The numbers of z themselves",
}

Z_STD = {"normal": 1.0, "uniform": 3**-0.5}
"""The standard deviation of each number of z, by distribution."""

_ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.ELU, nn.SELU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid)


@dataclass(frozen=True, eq=False)
class Directions:
    """`steps` float32 (K, z_dim): one standard deviation (σ) of z along each; `shares` (K,) of the variance.

    The shares are of the variance of the activations (`pca`), of the squared gains of the layer (`sefa`), or equal.
    """

    steps: Tensor
    shares: Tensor

    def move(self, z: Tensor, amounts: dict[int, float]) -> Tensor:
        """z (N, z_dim) moved by `amounts`, in σ by the direction's number; raises WorkshopError for an unknown one."""
        for number, amount in amounts.items():
            check_range("Direction", number, 0, len(self.steps) - 1)
            z = z + amount * self.steps[number]
        return z


def find(model: Model, kind: str, count: int = MAX_DIRECTIONS) -> Directions:
    """The `count` strongest directions of a kind in KINDS, or as many as there are; deterministic.

    Raises KeyError for another kind, and WorkshopError for a generator that has no such layer.
    """
    return {"pca": pca, "sefa": sefa, "axes": axes}[kind](model, min(count, model.config.network.z_dim))


def pca(model: Model, count: int) -> Directions:
    """Principal components of the first activations, regressed to z (Härkönen et al., 2020).

    Of a conditional generator all classes are drawn in turn and the mean of each is subtracted, so that no direction
    stands for a change of the class, which z cannot bring.
    """
    network = model.config.network
    z = latent.fixed(SAMPLES, network.z_dim, SEED, network.z_distribution)
    labels = torch.arange(SAMPLES) % max(len(model.classes), 1)
    features = _first_activations(model.generator, z, labels if model.conditional else None)
    if model.conditional:
        for number in labels.unique():
            features[labels == number] -= features[labels == number].mean(0)
    features = (features - features.mean(0)).double()
    squares, projections = _principal_components(features, count)
    sigma = (squares / (SAMPLES - 1)).sqrt()  # of each component
    centred = z.double() - z.double().mean(0)
    basis = torch.linalg.lstsq(projections, centred).solution  # (K, z_dim)
    return Directions(_signed(basis * sigma[:, None]), (sigma**2 / features.var(0).sum()).float())


def sefa(model: Model, count: int) -> Directions:
    """Right singular vectors of the first layer's weights: what it amplifies most (Shen and Zhou, 2021)."""
    network = model.config.network
    weights = _first_weights(model.generator)[:, : network.z_dim].double()
    _, gains, rows = torch.linalg.svd(weights, full_matrices=False)
    shares = gains**2 / (gains**2).sum()
    return Directions(_signed(rows[:count] * Z_STD[network.z_distribution]), shares[:count].float())


def axes(model: Model, count: int) -> Directions:
    """Each number of z on its own, in order."""
    network = model.config.network
    steps = torch.eye(network.z_dim)[:count] * Z_STD[network.z_distribution]
    return Directions(steps, torch.full((count,), 1 / network.z_dim))


def _principal_components(features: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Of float64 (N, F): the largest squared singular values (K,), K ≤ `count`, and the rows' projections (N, K).

    By the eigenvectors of the smaller of (N, N) and (F, F): far quicker than a decomposition of (N, F), and as exact.
    """
    tall = len(features) > features.shape[1]
    squares, vectors = torch.linalg.eigh(features.T @ features if tall else features @ features.T)
    squares, vectors = squares[-count:].flip(0).clamp(min=0), vectors[:, -count:].flip(1)
    kept = squares > squares[0] * 1e-8
    squares, vectors = squares[kept], vectors[:, kept]
    return squares, features @ vectors if tall else vectors * squares.sqrt()


def _signed(steps: Tensor) -> Tensor:
    """Float32, with the largest number of each row positive: a decomposition leaves the sign open."""
    largest = steps.gather(1, steps.abs().argmax(1, keepdim=True))
    return (steps * largest.sign()).float().contiguous()


def _first_weights(generator: nn.Module) -> Tensor:
    """The weights (features, inputs) of the first layer after z."""
    for module in generator.modules():
        if isinstance(module, nn.Linear):
            return module.weight.detach()
        if isinstance(module, nn.ConvTranspose2d):
            return module.weight.detach().permute(1, 2, 3, 0).flatten(0, 2)
    raise WorkshopError("This generator has no dense or transposed convolution that z goes through first.")


@torch.no_grad()
def _first_activations(generator: nn.Module, z: Tensor, labels: Tensor | None) -> Tensor:
    """The output of the first activation function for z (N, z_dim), float32 (N, F)."""
    network = copy.deepcopy(generator)  # a hook on the original would also see what others draw meanwhile
    first = next((module for module in network.modules() if isinstance(module, _ACTIVATIONS)), None)
    if first is None:
        raise WorkshopError("This generator has no activation function whose output could be looked at.")
    outputs: list[Tensor] = []
    first.register_forward_hook(lambda _module, _inputs, output: outputs.append(output.float().flatten(1).clone()))
    for start in range(0, len(z), 250):
        piece = slice(start, start + 250)
        network(z[piece], None if labels is None else labels[piece])
    return torch.cat(outputs)
