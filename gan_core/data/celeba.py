"""CelebA (Liu et al., 2015), aligned faces cut to 64×64: from a folder, or a download.

Reading 180,000 JPEGs takes minutes, so each split is cached as one array beside the downloads.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from gan_core.data import Dataset, Source, download_dir
from gan_core.data._online import OnlineSource
from gan_core.system import files
from gan_core.system.errors import WorkshopError

SIZE = 64
FACE = (19, 39, 159, 179)  # 140 pixels of 178×218, usual for GANs since 2016: the face and little else
NUMBERS = {"train": (1, 162_770), "test": (182_638, 202_599)}  # the official splits; those between are for validation


def _picture(number: int) -> str:
    return f"{number:06d}.jpg"


def _complete(folder: Path) -> bool:
    return all((folder / "img_align_celeba" / _picture(first)).is_file() for first, _ in NUMBERS.values())


ONLINE = OnlineSource(
    title="CelebA",
    name="celeba",
    layout=Path("celeba"),
    files="its folder img_align_celeba",
    complete=_complete,
    torchvision="CelebA",
    options={"split": "all"},
    alternative="emoji",
)


def _kept(split: str) -> Path:
    return download_dir() / "celeba" / f"faces-{SIZE}-{split}.npy"


def _prepare(folder: Path, split: str, target: Path) -> None:
    """Write the faces of a split as uint8 (N, 3, SIZE, SIZE), one picture in memory at a time."""
    first, last = NUMBERS[split]
    stems = (path.stem for path in (folder / "img_align_celeba").glob("*.jpg"))
    numbers = sorted(int(stem) for stem in stems if stem.isdecimal() and first <= int(stem) <= last)
    paths = [folder / "img_align_celeba" / _picture(number) for number in numbers]
    target.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(target) as temporary:
        array = np.lib.format.open_memmap(temporary, "w+", np.uint8, (len(paths), 3, SIZE, SIZE))
        for face, path in zip(array, paths, strict=True):
            try:
                with Image.open(path, formats=["JPEG"]) as image:
                    small = image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.LANCZOS, box=FACE)
            except (OSError, ValueError) as error:
                raise WorkshopError(f"{path} cannot be read ({error}); get a new copy of it or remove it.") from error
            face[:] = np.asarray(small).transpose(2, 0, 1)
        array.flush()


def _load(split: str) -> Dataset:
    kept = _kept(split)
    if not kept.is_file():
        _prepare(ONLINE.folder(), split, kept)
    images = np.load(kept, mmap_mode="c")  # read as needed: a few pictures of it cost no 2 GB of memory
    labels = np.zeros(len(images), dtype=np.int64)
    return Dataset("celeba", images, labels, SOURCE.classes, SOURCE.title, SOURCE.licence, split)


def _missing() -> str | None:
    return None if all(_kept(split).is_file() for split in NUMBERS) else ONLINE.missing()


SOURCE = Source(
    title="CelebA faces (162,770)",
    summary="Colour pictures of well-known faces: 162,770 to learn from, 19,962 to test.",
    licence="for non-commercial research only",
    origin="Liu, Luo, Wang, Tang, 2015: https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
    size=SIZE,
    channels=3,
    classes=("Face",),
    load=_load,
    missing=_missing,
)
