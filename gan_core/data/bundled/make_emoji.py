"""Make emoji.npz from the colour font: `python -m gan_core.data.bundled.make_emoji`.

Needs Debian's packages `fonts-noto-color-emoji` (the pictures) and `unicode-data` (the groups), and a Pillow
with Raqm, which joins the parts of an emoji that is written as several characters.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gan_core.data import _npz as npz
from gan_core.data import emoji

FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
GROUPS = Path("/usr/share/unicode/emoji/emoji-test.txt")
FONT_SIZE = 109  # the font's only one; its pictures are 136×128 with four empty columns on either side
LINE = re.compile(r"(?P<codes>[0-9A-F ]+?) *; fully-qualified +#")
SKIN_TONES = re.compile("[\U0001f3fb-\U0001f3ff]")
TEST_EVERY = 10
SEED = 20100000  # any number does; it must only stay the same


def listed(table: str) -> Iterator[tuple[int, str]]:
    """Group number and text of every emoji, in Unicode's order."""
    group = -1
    for line in table.splitlines():
        if line.startswith("# group: "):
            name = line.removeprefix("# group: ")
            group = emoji.CLASSES.index(name) if name in emoji.CLASSES else -1  # -1: Component
        elif (matched := LINE.match(line)) and group >= 0:
            yield group, "".join(chr(int(code, 16)) for code in matched["codes"].split())


def draw(text: str, font: ImageFont.FreeTypeFont) -> np.ndarray:
    """One emoji on white, uint8 (64, 64, 3): each pixel is the mean of four, so flat areas stay flat."""
    picture = Image.new("RGB", (136, 128), "white")
    ImageDraw.Draw(picture).text((0, 0), text, font=font, embedded_color=True)
    pixels = np.asarray(picture)[:, 4:132].reshape(64, 2, 64, 2, 3)
    return pixels.mean(axis=(1, 3)).round().astype(np.uint8)


def arrays(font_file: Path, table: str) -> dict[str, np.ndarray]:
    """The four arrays of the file: every tenth motif of a group to test, both parts mixed.

    The skin tones of one motif stay together, so that the test pictures are new; a picture that several
    emoji share is kept once.
    """
    font = ImageFont.truetype(font_file, FONT_SIZE, layout_engine=ImageFont.Layout.RAQM)
    motifs: list[dict[str, int]] = [{} for _ in emoji.CLASSES]  # motif to its place in the group
    seen: set[bytes] = set()
    parts: dict[str, list[tuple[np.ndarray, int]]] = {"train": [], "test": []}
    for group, text in listed(table):
        picture = draw(text, font)
        if picture.tobytes() in seen:
            continue
        seen.add(picture.tobytes())
        motif = SKIN_TONES.sub("", text).replace("\ufe0f", "")
        place = motifs[group].setdefault(motif, len(motifs[group]))
        parts["train" if place % TEST_EVERY else "test"].append((picture, group))
    made = {}
    random = np.random.RandomState(SEED)  # its stream is frozen for ever, that of default_rng is not
    for split, pairs in parts.items():
        order = random.permutation(len(pairs))
        made[f"{split}_images"] = np.stack([pairs[i][0] for i in order])
        made[f"{split}_labels"] = np.array([pairs[i][1] for i in order], dtype=np.uint8)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m gan_core.data.bundled.make_emoji", description=__doc__)
    parser.add_argument("--font", type=Path, default=FONT, metavar="FILE", help="NotoColorEmoji.ttf with bitmaps")
    parser.add_argument("--groups", type=Path, default=GROUPS, metavar="FILE", help="Unicode's emoji-test.txt")
    options = parser.parse_args(arguments)
    made = arrays(options.font, options.groups.read_text(encoding="utf-8"))
    npz.write(made, emoji.FILE)
    counts = ", ".join(f"{len(made[f'{split}_labels']):,} {split}" for split in ("train", "test"))
    print(f"{emoji.FILE}: {counts}, {emoji.FILE.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
