"""A stranger's picture file, as a picture of the size and the channels that a model knows."""

from pathlib import Path

import numpy as np
import torch

from gan_core.data import intake, picture_files
from gan_core.data.intake import UnusablePicture
from gan_core.models.checkpoint import Model
from gan_core.system.errors import WorkshopError
from gan_core.system.text import for_sentence

MAX_BYTES = 20 * picture_files.MB
"""Of one picture; its pixels are bounded as well, by `intake.MAX_PIXELS`."""


def picture(content: bytes, called: str, size: int, channels: int, *, negative: bool = False) -> np.ndarray:
    """The picture in the file `content`, which its owner has `called` so, as uint8 (size, size, channels).

    Upright, its middle square, on white. `negative` turns its shades over: a drawing is black on white, while the
    digits and the clothes of the data sets are light on black. Raises WorkshopError for what is no usable picture.
    """
    _check_bytes(len(content), called)
    try:
        small = intake.read(content, size, channels).transpose(1, 2, 0)
    except UnusablePicture as reason:
        raise WorkshopError(f"{for_sentence(called)} {reason}.") from None
    return np.ascontiguousarray(255 - small if negative else small)


def of_file(path: Path, size: int, channels: int, *, negative: bool = False) -> np.ndarray:
    """The same of a file on this machine."""
    try:
        _check_bytes(path.stat().st_size, path.name)
        content = path.read_bytes()
    except OSError as error:
        raise WorkshopError(f"{path} cannot be read: {error.strerror}.") from None
    return picture(content, path.name, size, channels, negative=negative)


def _check_bytes(count: int, called: str) -> None:
    if count > MAX_BYTES:
        shown, megabyte = for_sentence(called), picture_files.MB
        raise WorkshopError(f"{shown} has {count / megabyte:,.1f} MB; allowed: {MAX_BYTES / megabyte:,.0f} MB.")


@torch.inference_mode()
def shape_of(model: Model) -> tuple[int, int]:
    """The size (pixels) and the channels of what `model` draws."""
    like = next(model.generator.parameters())
    z = torch.zeros(1, model.config.network.z_dim, device=like.device)
    labels = torch.zeros(1, dtype=torch.int64, device=like.device) if model.conditional else None
    _, channels, size, _ = model.generator(z, labels).shape
    return size, channels


def fit(picture: np.ndarray, size: int, channels: int) -> None:
    """Raise WorkshopError unless `picture` is uint8 (size, size, channels)."""
    if picture.dtype != np.uint8 or picture.shape != (size, size, channels):
        raise WorkshopError(
            f"picture: {picture.dtype} {picture.shape} was given; "
            f"allowed: uint8 {(size, size, channels)}, as the model's own pictures."
        )
