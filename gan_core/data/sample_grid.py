"""Sample grids: the layout every run shares, and PNG files of it."""

import io

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

COLUMNS, ROWS = 10, 6
COUNT = COLUMNS * ROWS
"""Every run draws the same number of samples in the same places, so that runs can be compared side by side."""

GAP = 2


def labels(classes: int) -> np.ndarray:
    """The class of each of the COUNT samples, (60,) int64: one class a column when there are ten."""
    return np.arange(COUNT) % max(classes, 1)


def grid(images: np.ndarray, columns: int = COLUMNS) -> np.ndarray:
    """Tile uint8 pictures (N, H, W, C) row by row into one (H', W', C), with a thin grey gap."""
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    sheet = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, channels), 128, dtype=np.uint8)
    for i, image in enumerate(images):
        y, x = i // columns * (height + GAP), i % columns * (width + GAP)
        sheet[y : y + height, x : x + width] = image
    return sheet


def cell_size(sheet: np.ndarray) -> int:
    """Pixels across of each sample in a run's grid (H', W', C)."""
    return (sheet.shape[1] + GAP) // COLUMNS - GAP


def cell(sheet: np.ndarray, index: int) -> np.ndarray:
    """Sample number `index` of a run's grid (H', W', C), as it was drawn: uint8 (H, W, C); the inverse of `grid`."""
    size = cell_size(sheet)
    y, x = index // COLUMNS * (size + GAP), index % COLUMNS * (size + GAP)
    return sheet[y : y + size, x : x + size]


def read(content: bytes) -> np.ndarray:
    """A PNG written by `png` as uint8 (H, W, 1 or 3)."""
    picture = np.array(Image.open(io.BytesIO(content)))
    return picture[:, :, None] if picture.ndim == 2 else picture


def png(picture: np.ndarray, recipe: str = "") -> bytes:
    """A uint8 picture (H, W, 1 or 3) as PNG; any viewer shows the `recipe`, a text that says how it is made."""
    info = PngInfo()
    if recipe:
        info.add_text("Description", recipe)  # as iTXt where Latin letters do not do
    buffer = io.BytesIO()
    Image.fromarray(picture.squeeze(2) if picture.shape[2] == 1 else picture).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()
