"""Noto emoji at 64×64 on white, by the groups of Unicode: the colour pictures that come with the program."""

from pathlib import Path

from gan_core.data import Dataset, Source
from gan_core.data import _npz as npz

FILE = Path(__file__).parent / "bundled" / "emoji.npz"
REPAIR = "restore it from the repository or make it with `python -m gan_core.data.bundled.make_emoji`"
CLASSES = (
    "Smileys & Emotion", "People & Body", "Animals & Nature", "Food & Drink", "Travel & Places", "Activities",
    "Objects", "Symbols", "Flags",
)  # fmt: skip


def _load(split: str) -> Dataset:
    images, labels = npz.read(FILE, split, REPAIR)
    images = images.transpose(0, 3, 1, 2).copy()  # stored (N, H, W, C), which packs into half the bytes
    return Dataset("emoji", images, labels, CLASSES, SOURCE.title, SOURCE.licence, split)


SOURCE = Source(
    title="Noto emoji, bundled (3,300)",
    summary="Colour pictures in nine groups, from smileys to flags; six in ten are people, in every skin tone.",
    licence="SIL OFL 1.1",
    origin="Noto Color Emoji 2.042 (Google): https://github.com/googlefonts/noto-emoji; "
    "groups from Unicode 15: https://unicode.org/Public/emoji/15.0/emoji-test.txt",
    size=64,
    channels=3,
    classes=CLASSES,
    load=_load,
    missing=lambda: npz.missing(FILE, REPAIR),
)
