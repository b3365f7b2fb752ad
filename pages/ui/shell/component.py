"""What components of our own are made of: files beside this one, and how data goes to the browser."""

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).parent / "assets"


def asset(*names: str) -> str:
    """Some files of `assets`, one after another."""
    return "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in names)


def pack(header: Mapping[str, Any], blobs: Sequence[bytes]) -> bytes:
    """uint32 length (little endian), JSON, then the blobs end to end.

    Raw bytes are the cheapest of Streamlit's data channels: base64 inside JSON would cost a third more.
    """
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    return b"".join([struct.pack("<I", len(text)), text, *blobs])


def with_pictures(header: Mapping[str, Any], pngs: Sequence[bytes]) -> bytes:
    """The same, with the pictures' lengths in the header."""
    return pack({**header, "lengths": [len(png) for png in pngs]}, pngs)
