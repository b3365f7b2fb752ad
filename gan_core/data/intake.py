"""Turns an untrusted picture file into a small square picture, or says why it cannot."""

import io
import re
import warnings

import numpy as np
from PIL import Image, UnidentifiedImageError

MAX_PIXELS = 50_000_000
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
"""Pillow reads more, but pictures come in these, and every further decoder is a risk."""

ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
ORIENTATION = 0x0112  # the EXIF tag
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class UnusablePicture(Exception):
    """Why a file is skipped, as the end of a sentence that begins with its name."""


def read(content: bytes, size: int, channels: int) -> np.ndarray:
    """The picture in `content` as uint8 (channels, size, size): first frame, upright, on white, cut to a square.

    Raises UnusablePicture for anything but a whole picture in one of FORMATS with at most MAX_PIXELS.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about many pixels, though our limit is lower, and odd EXIF data
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                _check_pixels(image.width * image.height)
                image.verify()
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:  # verify() uses the file up
                small = _small(image, size)
    except UnusablePicture:
        raise
    except Image.DecompressionBombError as error:
        count = re.search(r"\d+", str(error))
        _check_pixels(int(count[0]) if count else MAX_PIXELS * 10)
        raise UnusablePicture("has too many pixels") from error
    except UnidentifiedImageError:
        raise UnusablePicture(_unknown_format(content)) from None
    except Exception as error:  # a broken file may raise anything in a decoder
        raise UnusablePicture(
            f"is a broken picture ({' '.join(str(error).split())[:80] or type(error).__name__})"
        ) from error
    converted = small.convert("RGB" if channels == 3 else "L")
    return np.asarray(converted).reshape(size, size, channels).transpose(2, 0, 1)


def _check_pixels(count: int) -> None:
    if count > MAX_PIXELS:
        raise UnusablePicture(f"has {count:,} pixels (allowed: {MAX_PIXELS:,})")


def _unknown_format(content: bytes) -> str:
    if not content:
        return "is empty"
    if content.startswith(ARCHIVES):
        return "is an archive, and archives within are not opened"
    return "is no picture of a known kind (PNG, JPEG, GIF, BMP, WebP)"


def _small(image: Image.Image, size: int) -> Image.Image:
    """The middle square, `size` pixels wide, opaque; reduced in large steps first to save memory."""
    image.draft(None, (2 * size, 2 * size))  # a JPEG can be decoded at an eighth of its size
    image.load()
    turn = UPRIGHT.get(image.getexif().get(ORIENTATION, 1))
    picture: Image.Image = image
    if picture.mode.startswith("I"):
        picture = picture.convert("F")  # 16 bits a pixel
    elif picture.has_transparency_data:
        picture = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    elif picture.mode not in ("L", "RGB"):
        picture = picture.convert("RGB")
    width, height = picture.size
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    box = (left, top, left + side, top + side)
    small = picture.resize((size, size), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)
    if small.mode == "F":
        small = Image.fromarray((np.asarray(small) / 257).round().clip(0, 255).astype(np.uint8))
    if small.mode == "RGBA":
        small = Image.alpha_composite(Image.new("RGBA", small.size, "white"), small)
    return small if turn is None else small.transpose(turn)
