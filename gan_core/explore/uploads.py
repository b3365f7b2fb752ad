"""An uploaded picture file as a picture of the size and channels of a model. Its content may come from anyone."""

from pathlib import Path

import numpy as np
import torch

from gan_core.data import intake, picture_files
from gan_core.data.intake import UnusablePicture
from gan_core.models.checkpoint import Model
from gan_core.system.errors import WorkshopError
from gan_core.system.text import for_sentence

MAX_BYTES = 20 * picture_files.MB
"""Of one file; its pixels are limited as well, by `intake.MAX_PIXELS`."""


def decode(content: bytes, name: str, size: int, channels: int, *, negative: bool = False) -> np.ndarray:
    """The picture in the content of the file `name`, as uint8 (size, size, channels).

    Upright, its middle square, on white. `negative` inverts it: a drawing is black on white, while the digits and
    clothes of the data sets are light on black. Raises WorkshopError for what is no usable picture.
    """
    _check_bytes(len(content), name)
    try:
        small = intake.read(content, size, channels).transpose(1, 2, 0)
    except UnusablePicture as reason:
        raise WorkshopError(f"{for_sentence(name)} {reason}.") from None
    return np.ascontiguousarray(255 - small if negative else small)


def read_file(path: Path, size: int, channels: int, *, negative: bool = False) -> np.ndarray:
    """`decode` for a file on this machine."""
    try:
        _check_bytes(path.stat().st_size, path.name)
        content = path.read_bytes()
    except OSError as error:
        raise WorkshopError(f"{path} cannot be read: {error.strerror}.") from None
    return decode(content, path.name, size, channels, negative=negative)


def _check_bytes(count: int, name: str) -> None:
    if count > MAX_BYTES:
        shown, megabyte = for_sentence(name), picture_files.MB
        raise WorkshopError(f"{shown} has {count / megabyte:,.1f} MB; allowed: {MAX_BYTES / megabyte:,.0f} MB.")


@torch.inference_mode()
def output_shape(model: Model) -> tuple[int, int]:
    """The size (pixels) and the channels of what `model` draws."""
    device = next(model.generator.parameters()).device
    z = torch.zeros(1, model.config.network.z_dim, device=device)
    labels = torch.zeros(1, dtype=torch.int64, device=device) if model.conditional else None
    _, channels, size, _ = model.generator(z, labels).shape
    return size, channels


def check_shape(picture: np.ndarray, size: int, channels: int) -> None:
    """Raise WorkshopError unless `picture` is uint8 (size, size, channels)."""
    if picture.dtype != np.uint8 or picture.shape != (size, size, channels):
        raise WorkshopError(
            f"picture: {picture.dtype} {picture.shape} was given; "
            f"allowed: uint8 {(size, size, channels)}, as the model's own pictures."
        )
