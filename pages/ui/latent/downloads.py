"""Take away: pictures, films, z, the generator itself, and ten lines that draw a picture again."""

from collections.abc import Callable
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from gan_core.data import sample_grid
from gan_core.explore import animation, point_file, snippet
from gan_core.explore.points import LatentPoint
from gan_core.models import export
from pages.ui.latent import path_choice, selection
from pages.ui.latent.selection import Chosen
from pages.ui.shell import messages, session

RATES = (10, 15, 20, 25, 30)
SIDES = (128, 256, 512)


def show(chosen: Chosen) -> None:
    """One part for each kind of thing; every file is made when its button is pressed."""
    st.markdown("#### A film of the way")
    _film(chosen)
    st.markdown("#### Pictures and points")
    _still(chosen)
    st.markdown("#### The generator")
    _generator(chosen)
    st.markdown("#### The picture again, in Python")
    _snippet(chosen)


def _film(chosen: Chosen) -> None:
    found = path_choice.choose(chosen)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rate = st.select_slider("Frames a second", RATES, 20, key="rate", bind="query-params", width=220)
        side = st.select_slider("Pixels across, about", SIDES, 256, key="side", bind="query-params", width=220)
        recipe = _recipe()
        for kind, form in animation.FORMATS.items():

            def make(kind: str = kind) -> bytes:
                return animation.encode(_played(chosen, found), kind, fps=rate, loop=True, recipe=recipe, side=side)

            _button(form.title, f"{chosen.file}-way{form.suffix}", form.mime, make)
    count, course = (len(found.z), "") if found.loop else (2 * len(found.z) - 2, ", there and back")
    st.caption(
        f"**{messages.plain(found.title)}**{course}, {count / rate:.1f} s. The address of this page is inside the "
        "file, so it can be made again. WebP keeps every pixel; GIF opens everywhere; MP4 is for slides."
    )


def _played(chosen: Chosen, found: path_choice.Way) -> np.ndarray:
    """The frames uint8 (F, H, W, C) as the player shows them for ever: a way with two ends there and back."""
    frames = chosen.sampler.draw(found.z, found.weights)
    return frames if found.loop else np.concatenate([frames, frames[-2:0:-1]])


def _still(chosen: Chosen) -> None:
    points = [chosen.point(place) for place in range(sample_grid.COUNT)]
    kept, recipe = list(chosen.pins) or points[:1], _recipe()

    def grid() -> bytes:
        sheet = sample_grid.grid(chosen.sampler.pictures(points))
        return sample_grid.png(sheet.repeat(4, 0).repeat(4, 1), recipe)

    def pins() -> bytes:
        sheet = sample_grid.grid(chosen.sampler.pictures(kept), len(kept))
        return sample_grid.png(sheet.repeat(8, 0).repeat(8, 1), recipe)

    def numbers() -> bytes:
        rows = zip(kept, chosen.sampler.z(kept).astype("float32"), strict=True)
        return point_file.write(chosen.name, [_point(chosen, point, z) for point, z in rows])

    what = "pins" if chosen.pins else "first-sample"
    with st.container(horizontal=True):
        _button("All samples as PNG", f"{chosen.file}-samples.png", "image/png", grid)
        _button(f"The {what.replace('-', ' ')} as PNG", f"{chosen.file}-{what}.png", "image/png", pins)
        _button("Their z as JSON", f"{chosen.file}-{what}.json", "application/json", numbers)


def _point(chosen: Chosen, point: LatentPoint, z) -> point_file.SavedPoint:
    label = chosen.class_name(point.label) or None
    seeded = not point.numbers and chosen.sampler.truncation is None
    return point_file.saved_point(z, label, point.seed if seeded else None, point.index if seeded else None)


def _generator(chosen: Chosen) -> None:
    title = chosen.name
    with st.container(horizontal=True):
        for kind, form in export.FORMATS.items():

            def make(kind: str = kind) -> bytes:
                return export.export(chosen.sampler.model, kind, title)

            _button(f"As {form.title}", f"{chosen.file}{form.suffix}", form.mime, make)
    st.caption(
        "ONNX runs in onnxruntime and in browsers, without PyTorch; torch.export in PyTorch, without this program. "
        "Making the file takes some seconds: it is checked against the generator first."
    )


def _snippet(chosen: Chosen) -> None:
    point = selection.subject(chosen, "Of")
    kinds = {"ours": "with this program", "onnx": "with the ONNX file"}
    kind = session.pick("Snippet", "snippet", kinds)
    z = chosen.sampler.z([point])[0].astype("float32")
    label = chosen.class_name(point.label) or None
    if kind == "onnx":
        text = snippet.with_onnx(f"{chosen.file}.onnx", z, label, chosen.sampler.classes)
    else:
        seeded = not point.numbers and chosen.sampler.truncation is None
        given = snippet.SeededZ(point.seed, point.index) if seeded else z
        text = snippet.with_gan_core(chosen.source, given, label, raw=chosen.raw)
    st.code(text, "python", height=320)


def _recipe() -> str:
    """What draws this again: the address of the page, which is no longer known when a button has been pressed."""
    return f"GAN Workshop, /latent?{urlencode(dict(st.query_params))}"


def _button(label: str, file: str, kind: str, make: Callable[[], bytes]) -> None:
    st.download_button(label, make, file, kind, icon=":material/download:", key=f"file-{file}", on_click="ignore")
