"""How large a file of weights from elsewhere may be."""

import os

from gan_core.system.errors import WorkshopError

MEGABYTE = 1_000_000


def most_bytes() -> int:
    """Of a file that is pulled or read: `GAN_PULL_MB`, in million bytes, 500 by default; raises WorkshopError."""
    text = os.environ.get("GAN_PULL_MB") or "500"
    if not text.isascii() or not text.isdecimal() or len(text) > 6 or not 1 <= int(text) <= 100_000:
        raise WorkshopError(f"GAN_PULL_MB must be a whole number from 1 to 100,000; {text!r} was given.")
    return int(text) * MEGABYTE
