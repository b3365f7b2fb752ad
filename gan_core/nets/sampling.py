"""From latent vectors to pictures, outside of training."""

import numpy as np
import torch
from torch import Tensor, nn


@torch.inference_mode()
def generate(generator: nn.Module, z: Tensor, labels: Tensor | None = None, batch: int = 256) -> np.ndarray:
    """Pictures uint8 (N, H, W, C) of `z` (N, z_dim), in fp32, in evaluation mode, with nothing disturbed.

    `labels` are (N,), or weights over classes (N, K) where classes are to be mixed.

    Layers with running statistics use them, so a picture does not depend on its neighbours.
    """
    device = next(generator.parameters()).device
    was_training = generator.training
    generator.eval()
    try:
        parts = []
        for start in range(0, len(z), batch):
            y = None if labels is None else labels[start : start + batch].to(device)
            parts.append(to_uint8(generator(z[start : start + batch].to(device), y)))
    finally:
        generator.train(was_training)
    return np.concatenate(parts)


def to_uint8(pictures: Tensor) -> np.ndarray:
    """Pictures (N, C, H, W) in [-1, 1] to uint8 (N, H, W, C)."""
    scaled = pictures.float().mul(127.5).add(127.5).round().clamp(0, 255).to(torch.uint8)
    return scaled.permute(0, 2, 3, 1).contiguous().cpu().numpy()
