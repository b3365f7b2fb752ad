"""How D is asked about a batch."""

import torch
from torch import Tensor, nn

from gan_core.nets import Judgement


def both(D: nn.Module, real: Tensor, fake: Tensor, labels: Tensor) -> tuple[Judgement, Judgement]:
    """D's judgements of real and generated pictures (N, C, H, W), which share their labels (N,).

    In one pass, which is quicker, where D judges each picture by itself; batch norm couples the pictures of a
    pass, and real and generated ones each get a pass of their own (Ioffe and Szegedy, 2015, as used in DCGAN).
    """
    if couples(D):
        return D(real, labels), D(fake, labels)
    both = D(torch.cat([real, fake]), torch.cat([labels, labels]))
    parts = zip(*(part.chunk(2) if part is not None else (None, None) for part in both), strict=True)
    on_real, on_fake = (Judgement(*part) for part in parts)
    return on_real, on_fake


def couples(D: nn.Module) -> bool:
    """Whether what D says of a picture depends on the others of its batch."""
    return any(isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) for module in D.modules())
