"""D on real and generated pictures."""

import torch
from torch import Tensor, nn

from gan_core.nets import DiscriminatorOutput


def real_and_fake(
    D: nn.Module, real: Tensor, fake: Tensor, labels: Tensor
) -> tuple[DiscriminatorOutput, DiscriminatorOutput]:
    """D's outputs for real and generated pictures (N, C, H, W), which share their labels (N,).

    In one pass, which is quicker, unless D has batch norm: its statistics would mix real and generated pictures, so
    each get a pass of their own (as in DCGAN, Radford et al., 2015).
    """
    if any(isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) for module in D.modules()):
        return D(real, labels), D(fake, labels)
    outputs = D(torch.cat([real, fake]), torch.cat([labels, labels]))
    parts = zip(*(part.chunk(2) if part is not None else (None, None) for part in outputs), strict=True)
    on_real, on_fake = (DiscriminatorOutput(*part) for part in parts)
    return on_real, on_fake
