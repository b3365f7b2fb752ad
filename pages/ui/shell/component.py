"""What the browser components have in common: their asset files, and the bytes in which they receive their data."""

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

UI = Path(__file__).parents[1]


def assets(*names: str) -> str:
    """The contents of some asset files, `room/file` each, one after another."""
    paths = (UI / Path(name).parent / "assets" / Path(name).name for name in names)
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def pack(header: Mapping[str, Any], blobs: Sequence[bytes]) -> bytes:
    """uint32 length (little endian), JSON, then the blobs end to end.

    Raw bytes are the cheapest of Streamlit's data channels: base64 inside JSON would cost a third more.
    """
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    return b"".join([struct.pack("<I", len(text)), text, *blobs])


def pack_pictures(header: Mapping[str, Any], pngs: Sequence[bytes]) -> bytes:
    """The same for pictures, with their lengths in the header."""
    return pack({**header, "lengths": [len(png) for png in pngs]}, pngs)


def rerun_only() -> None:
    """Callback of a state that needs no other answer than the rerun: Streamlit keeps no state without a callback."""
