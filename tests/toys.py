"""Tiny networks and synthetic pictures."""

import atexit
import functools
import io
import itertools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import torch
from PIL import ExifTags, Image

from gan_core import config, runs, variants
from gan_core.data import Dataset, own
from gan_core.presets import recipe
from gan_core.worker.worker import Worker

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parent.parent
TINY = {"network.width": 4, "network.z_dim": 8, "schedule.batch": 4, "schedule.steps": 2}
ALL = sorted(variants.all_variants())


def pictures(size=28, channels=1, count=24, classes=3) -> Dataset:
    """Synthetic pictures uint8: each class has its own brightness."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % classes
    images = rng.integers(0, 60, (count, channels, size, size)) + 60 * labels[:, None, None, None]
    names = tuple(f"class {i}" for i in range(classes))
    return Dataset("synthetic", images.astype(np.uint8), labels, names, "Synthetic", "none", "train")


def tiny(variant, **given) -> config.TrainConfig:
    return recipe.build({"variant": variant, **TINY, **given})


def pairwise(possible: Callable[[dict], object] = lambda row: True, **factors) -> list[dict]:
    """Rows with a value of each factor, in which any two values of two factors meet, if `possible` lets them.

    `possible(row)` is asked of rows with some factors only; it must be false for all rows that hold a false one.
    Greedy: each row begins with a pair that has not met, and takes for the other factors what meets most.
    """
    names = list(factors)
    ways = itertools.combinations(names, 2)
    wanted = [{a: x, b: y} for a, b in ways for x, y in itertools.product(factors[a], factors[b])]
    wanted = [pair for pair in wanted if possible(pair)]
    rows: list[dict] = []
    while wanted:
        row = wanted[0]
        for name in [name for name in names if name not in row]:
            fits = [{**row, name: value} for value in factors[name] if possible({**row, name: value})]
            row = max(fits, key=lambda fit: sum(pair.items() <= fit.items() for pair in wanted))
        wanted = [pair for pair in wanted if not pair.items() <= row.items()]
        rows.append(row)
    return rows


def alike(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two uint8 pictures are the same but for roundings: one grey level in one pixel of a hundred, at most.

    Another processor, number of threads or size of the batch adds up floats in another order, so that their last bits
    differ; where a value lies between two grey levels, it may become either.
    """
    off = np.abs(a.astype(int) - b)
    return a.shape == b.shape and off.max() <= 1 and (off > 0).mean() <= 0.01


def same(a, b) -> bool:
    """Equal to the last bit, through dicts and lists."""
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a if key != "seconds")
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def finished(run: runs.Run) -> runs.Run:
    """The run, trained to its end; of several with the same settings one is trained, and the others get its files."""
    shutil.copytree(_trained(run.config().to_json()), run.path, dirs_exist_ok=True)
    return run


@functools.cache
def _trained(config_json: str) -> Path:
    folder = tempfile.mkdtemp(prefix="trained-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    run = runs.create(config.TrainConfig.from_json(config_json), Path(folder))
    assert Worker(run).work().state == "finished"
    return run.path


def own_set(home: Path) -> str:
    """A prepared set of twelve red pictures of one's own, from a folder in `home`; gives its name."""
    folder = home / "pictures"
    folder.mkdir()
    for shade in range(12):
        Image.new("RGB", (32, 32), (20 * shade, 0, 0)).save(folder / f"{shade}.png")
    return own.prepare(folder, "Reds").name


def opened(page: str = "app.py", *, session: Any = None, **query: str) -> "AppTest":
    """A page of the app as it is after its first run, opened by a link with this query in this session."""
    from streamlit.testing.v1 import AppTest  # half a second, and most processes that tests start need none of it

    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    if page != "app.py":
        app.switch_page(page)
    for name, value in query.items():
        app.query_params[name] = value
    for name, value in (session or {}).items():
        app.session_state[name] = value
    return app.run()


def recipe_in(content: bytes) -> str:
    """The text in a GIF, WebP, MP4 or PNG of ours that says how it was made; "" where there is none."""
    if content[4:8] == b"ftyp":
        with av.open(io.BytesIO(content), "r", format="mp4") as container:
            return container.metadata.get("comment", "")
    with Image.open(io.BytesIO(content), formats=("GIF", "WEBP", "PNG")) as picture:
        if picture.format == "WEBP":  # Pillow reads EXIF bytes as Latin-1
            return str(picture.getexif().get(ExifTags.Base.ImageDescription, "")).encode("latin-1").decode()
        text = picture.info.get("comment" if picture.format == "GIF" else "Description", "")
    return text.decode() if isinstance(text, bytes) else text
