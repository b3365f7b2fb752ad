"""Plain loops as textbooks have them: what our engine and our fast presets are measured against.

fp32, contiguous, a `DataLoader` with torchvision's transforms, `.item()` in every step. `DCGAN` and `WGANGP` also
bring the networks of the best-known collection of PyTorch GANs (written anew from their description).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader

Z_DIM, BATCH = 100, 64


class Pictures(torch.utils.data.Dataset):
    """uint8 pictures (N, C, H, H), each through `ToTensor` and `Normalize` when it is asked for, as textbooks do."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, size: int) -> None:
        from torchvision import transforms  # slow to import

        self.images, self.labels = images.transpose(0, 2, 3, 1), labels
        steps = [transforms.ToPILImage(), transforms.Resize(size), transforms.ToTensor()]
        channels = images.shape[1]
        self.change = transforms.Compose([*steps, transforms.Normalize([0.5] * channels, [0.5] * channels)])

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.change(self.images[index]), int(self.labels[index])


def forever(dataset: Pictures, batch: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Shuffled batches without end, the last short one of an epoch left out."""
    loader = DataLoader(dataset, batch, shuffle=True, drop_last=True, generator=torch.Generator().manual_seed(seed))
    while True:
        yield from loader


def dcgan_generator(channels: int) -> nn.Module:
    """z (N, 100) to (N, C, 32, 32): up-sampling and 3×3 convolutions, 128, 128, 64 channels."""
    return nn.Sequential(
        nn.Linear(Z_DIM, 128 * 8 * 8),
        nn.Unflatten(1, (128, 8, 8)),
        nn.BatchNorm2d(128),
        nn.Upsample(scale_factor=2),
        nn.Conv2d(128, 128, 3, 1, 1),
        nn.BatchNorm2d(128, 0.8),
        nn.LeakyReLU(0.2),
        nn.Upsample(scale_factor=2),
        nn.Conv2d(128, 64, 3, 1, 1),
        nn.BatchNorm2d(64, 0.8),
        nn.LeakyReLU(0.2),
        nn.Conv2d(64, channels, 3, 1, 1),
        nn.Tanh(),
    )


def dcgan_discriminator(channels: int) -> nn.Module:
    """(N, C, 32, 32) to probabilities (N, 1): four 3×3 convolutions of stride 2, 16 to 128 channels, with dropout."""

    def block(a: int, b: int, *, norm: bool = True) -> list[nn.Module]:
        layers: list[nn.Module] = [nn.Conv2d(a, b, 3, 2, 1), nn.LeakyReLU(0.2), nn.Dropout2d(0.25)]
        return [*layers, nn.BatchNorm2d(b, 0.8)] if norm else layers

    blocks = [*block(channels, 16, norm=False), *block(16, 32), *block(32, 64), *block(64, 128)]
    return nn.Sequential(*blocks, nn.Flatten(), nn.Linear(128 * 2 * 2, 1), nn.Sigmoid())


def mlp_generator(channels: int, size: int) -> nn.Module:
    """z (N, 100) to (N, C, size, size) through dense layers of 128, 256, 512 and 1024."""
    layers: list[nn.Module] = [nn.Linear(Z_DIM, 128), nn.LeakyReLU(0.2)]
    for a, b in ((128, 256), (256, 512), (512, 1024)):
        layers += [nn.Linear(a, b), nn.BatchNorm1d(b, 0.8), nn.LeakyReLU(0.2)]
    shape = (channels, size, size)
    return nn.Sequential(*layers, nn.Linear(1024, channels * size * size), nn.Tanh(), nn.Unflatten(1, shape))


def mlp_critic(channels: int, size: int) -> nn.Module:
    """(N, C, size, size) to scores (N, 1) through dense layers of 512 and 256."""
    first = nn.Linear(channels * size * size, 512)
    return nn.Sequential(
        nn.Flatten(), first, nn.LeakyReLU(0.2), nn.Linear(512, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1)
    )


def weights_init(module: nn.Module) -> None:
    """N(0, 0.02) for convolutions, N(1, 0.02) for the scales of batch norm."""
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, 0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1, 0.02)
        nn.init.zeros_(module.bias)


@dataclass
class Loop:
    """A textbook training: `step()` is one update of G with the critic's before it; `draw` gives uint8 pictures."""

    G: nn.Module
    D: nn.Module
    batches: Iterator[tuple[Tensor, Tensor]]
    d_steps: int = 1
    step: Callable[[], None] = field(init=False)

    def draw(self, count: int, seed: int = 1) -> np.ndarray:
        """Pictures uint8 (count, C, H, H) of G as it is, in evaluation mode."""
        rng = torch.Generator().manual_seed(seed)
        self.G.eval()
        with torch.no_grad():
            parts = [self.G(torch.randn(min(500, count - i), Z_DIM, generator=rng)) for i in range(0, count, 500)]
        self.G.train()
        return ((torch.cat(parts) + 1) * 127.5).round().clamp(0, 255).byte().numpy()


def dcgan(images: np.ndarray, labels: np.ndarray, seed: int) -> Loop:
    """The collection's DCGAN at 32 × 32: Adam 2e-4 (0.5, 0.999), batch 64, binary cross-entropy."""
    torch.manual_seed(seed)
    channels = images.shape[1]
    G, D = dcgan_generator(channels).apply(weights_init), dcgan_discriminator(channels).apply(weights_init)
    loop = Loop(G, D, forever(Pictures(images, labels, 32), BATCH, seed))
    g_optimiser, d_optimiser = (torch.optim.Adam(n.parameters(), 2e-4, (0.5, 0.999)) for n in (G, D))

    def step() -> None:
        real, _ = next(loop.batches)
        valid, wrong = torch.ones(len(real), 1), torch.zeros(len(real), 1)
        g_optimiser.zero_grad()
        fake = G(torch.randn(len(real), Z_DIM))
        g_loss = F.binary_cross_entropy(D(fake), valid)
        g_loss.backward()
        g_optimiser.step()
        d_optimiser.zero_grad()
        on_real = F.binary_cross_entropy(D(real), valid)
        d_loss = (on_real + F.binary_cross_entropy(D(fake.detach()), wrong)) / 2
        d_loss.backward()
        d_optimiser.step()
        _ = d_loss.item(), g_loss.item()

    loop.step = step
    return loop


def wgan_gp(images: np.ndarray, labels: np.ndarray, seed: int) -> Loop:
    """The collection's WGAN-GP at the data's size: dense networks, n_critic 5, λ 10, Adam 2e-4 (0.5, 0.999)."""
    torch.manual_seed(seed)
    channels, size = images.shape[1], images.shape[2]
    G, D = mlp_generator(channels, size), mlp_critic(channels, size)
    loop = Loop(G, D, forever(Pictures(images, labels, size), BATCH, seed), d_steps=5)
    g_optimiser, d_optimiser = (torch.optim.Adam(n.parameters(), 2e-4, (0.5, 0.999)) for n in (G, D))

    def step() -> None:
        for _ in range(loop.d_steps):
            real, _ = next(loop.batches)
            d_optimiser.zero_grad()
            fake = G(torch.randn(len(real), Z_DIM)).detach()
            mix = torch.rand(len(real), 1, 1, 1)
            between = (mix * real + (1 - mix) * fake).requires_grad_()
            (gradient,) = torch.autograd.grad(D(between).sum(), between, create_graph=True)
            penalty = ((gradient.flatten(1).norm(2, dim=1) - 1) ** 2).mean()
            d_loss = D(fake).mean() - D(real).mean() + 10 * penalty
            d_loss.backward()
            d_optimiser.step()
            d_loss.item()
        g_optimiser.zero_grad()
        g_loss = -D(G(torch.randn(BATCH, Z_DIM))).mean()
        g_loss.backward()
        g_optimiser.step()
        g_loss.item()

    loop.step = step
    return loop
