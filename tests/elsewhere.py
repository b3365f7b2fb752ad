"""Generators as people write them elsewhere, in plain PyTorch, and files of them as `torch.save` leaves them."""

import itertools
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor, nn


class Example(nn.Module):
    """The generator of PyTorch's DCGAN example, for other sizes too; 28 pixels come from 32 by a 1×1 layer that cuts.

    z (N, nz) to pictures (N, nc, size, size); its layers are in one Sequential called `called`.
    """

    def __init__(self, nz=100, ngf=8, nc=1, size=64, called="main", bias=False, plain_end=False) -> None:
        super().__init__()
        self.nz, self.called = nz, called
        last = {28: 32}.get(size, size)
        doublings = (last // 4).bit_length() - 1  # from 4 pixels
        cut = size == 28 or plain_end
        widths = [ngf * 2**n for n in reversed(range(doublings + 1 if cut else doublings))]
        layers: list[nn.Module] = [nn.ConvTranspose2d(nz, widths[0], 4, 1, 0, bias=bias), *self.settled(widths[0])]
        for a, b in itertools.pairwise(widths):
            layers += [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=bias), *self.settled(b)]
        if plain_end:
            layers.append(nn.Conv2d(widths[-1], nc, 3, 1, 1, bias=bias))
        elif size == 28:
            layers.append(nn.ConvTranspose2d(widths[-1], nc, 1, 1, 2, bias=bias))
        else:
            layers.append(nn.ConvTranspose2d(widths[-1], nc, 4, 2, 1, bias=bias))
        self.add_module(called, nn.Sequential(*layers, nn.Tanh()))
        disturb(self)

    def settled(self, width: int) -> list[nn.Module]:
        return [nn.BatchNorm2d(width), nn.ReLU(True)]

    def forward(self, z: Tensor) -> Tensor:
        return self.get_submodule(self.called)(z.view(-1, self.nz, 1, 1))


class Rows(nn.Module):
    """A fully connected generator of these widths, z first; batch norm with `eps` behind all but the first layer."""

    def __init__(self, *widths, channels=1, slope=0.0, norm=False, dropout=False, eps=1e-5) -> None:
        super().__init__()
        self.channels = channels
        layers: list[nn.Module] = []
        for number, (a, b) in enumerate(itertools.pairwise(widths[:-1])):
            layers += [nn.Linear(a, b), *([nn.BatchNorm1d(b, eps)] if norm and number else [])]
            layers += [nn.LeakyReLU(slope) if slope else nn.ReLU(), *([nn.Dropout(0.3)] if dropout else [])]
        self.model = nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1]), nn.Tanh())
        disturb(self)

    def forward(self, z: Tensor) -> Tensor:
        rows = self.model(z)
        side = round((rows.shape[1] / self.channels) ** 0.5)
        return rows.view(-1, self.channels, side, side)


def disturb(network: nn.Module) -> None:
    """Numbers that all matter: pictures with contrast, and statistics of batch norm that are not 0 and 1."""
    rng = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if name.endswith("running_var"):
                tensor.copy_(torch.rand(tensor.shape, generator=rng) + 0.5)
            elif tensor.is_floating_point():
                spread = 2 / (tensor[0].numel() ** 0.5) if tensor.ndim > 1 else 0.5
                tensor.copy_(torch.randn(tensor.shape, generator=rng) * spread)
    network.eval()


def saved(path: Path, state, *, legacy=False) -> Path:
    """`state` in the file `path`: safetensors by its suffix, else PyTorch's, as of today or as of old."""
    if path.suffix == ".safetensors":
        safetensors.torch.save_file(state, path)
    else:
        torch.save(state, path, _use_new_zipfile_serialization=not legacy)
    return path


def renamed(network: nn.Module, prefix: str) -> dict[str, Tensor]:
    """Its state dict with `prefix` before every name."""
    return {f"{prefix}{name}": tensor for name, tensor in network.state_dict().items()}
