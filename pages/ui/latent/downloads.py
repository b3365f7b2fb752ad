"""Downloads: pictures, animations, z, the generator itself, and a few lines of Python that draw a picture again."""

from typing import Any
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from gan_core.data import sample_grid
from gan_core.explore import animation, point_file, snippet
from gan_core.explore.points import LatentPoint
from gan_core.models import export
from pages.ui.latent import interpolate, selection
from pages.ui.latent.selection import LatentSelection
from pages.ui.live.exports import download
from pages.ui.shell import messages, session

RATES = (10, 15, 20, 25, 30)
SIDES = (128, 256, 512)


def show(chosen: LatentSelection) -> None:
    """One part for each kind of file; every file is made when its button is pressed."""
    st.markdown("#### An animation of the path")
    _animation(chosen)
    st.markdown("#### Pictures and points")
    _pictures(chosen)
    st.markdown("#### The generator")
    _generator(chosen)
    st.markdown("#### The picture again, in Python")
    _snippet(chosen)


def _animation(chosen: LatentSelection) -> None:
    path = interpolate.choose_path(chosen)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rate = st.select_slider("Frames per second", RATES, 20, key="rate", bind="query-params", width=220)
        side = st.select_slider("Width in pixels, about", SIDES, 256, key="side", bind="query-params", width=220)
        recipe = _recipe()
        for kind, form in animation.FORMATS.items():

            def make(kind: str = kind) -> bytes:
                frames = chosen.sampler.draw(path.z, path.weights)
                if not path.loop:  # as the player shows it: there and back
                    frames = np.concatenate([frames, frames[-2:0:-1]])
                return animation.encode(frames, kind, fps=rate, recipe=recipe, side=side)

            download(form.title, f"{chosen.file}-path{form.suffix}", form.mime, make)
    count, course = (len(path.z), "") if path.loop else (2 * len(path.z) - 2, ", there and back")
    st.caption(
        f"**{messages.plain(path.title)}**{course}, {count / rate:.1f} s. The file contains the address of this page, "
        "so it can be made again. WebP keeps every pixel; GIF opens everywhere; MP4 is for slides."
    )


def _pictures(chosen: LatentSelection) -> None:
    points = [chosen.point(place) for place in range(sample_grid.COUNT)]
    kept, recipe = list(chosen.pins) or points[:1], _recipe()

    def all_samples() -> bytes:
        sheet = sample_grid.grid(chosen.sampler.pictures(points))
        return sample_grid.png(sheet.repeat(4, 0).repeat(4, 1), recipe)

    def pins() -> bytes:
        sheet = sample_grid.grid(chosen.sampler.pictures(kept), len(kept))
        return sample_grid.png(sheet.repeat(8, 0).repeat(8, 1), recipe)

    def latent_vectors() -> bytes:
        rows = zip(kept, chosen.sampler.z(kept).astype("float32"), strict=True)
        return point_file.write(chosen.name, [_kept_point(chosen, point, z) for point, z in rows])

    what = "pins" if chosen.pins else "first-sample"
    with st.container(horizontal=True):
        download("All samples as PNG", f"{chosen.file}-samples.png", "image/png", all_samples)
        download(f"The {what.replace('-', ' ')} as PNG", f"{chosen.file}-{what}.png", "image/png", pins)
        download("Their z as JSON", f"{chosen.file}-{what}.json", "application/json", latent_vectors)


def _kept_point(chosen: LatentSelection, point: LatentPoint, z: np.ndarray) -> dict[str, Any]:
    label, seeded = chosen.class_name(point.label) or None, _seeded(chosen, point)
    return point_file.saved_point(z, label, point.seed if seeded else None, point.index if seeded else None)


def _seeded(chosen: LatentSelection, point: LatentPoint) -> bool:
    """Whether the seed alone says what z is."""
    return not point.numbers and chosen.sampler.truncation is None


def _generator(chosen: LatentSelection) -> None:
    title = chosen.name
    with st.container(horizontal=True):
        for kind, form in export.FORMATS.items():

            def make(kind: str = kind) -> bytes:
                return export.export(chosen.sampler.model, kind, title)

            download(f"As {form.title}", f"{chosen.file}{form.suffix}", form.mime, make)
    st.caption(
        "ONNX runs in onnxruntime and in browsers, without PyTorch; torch.export in PyTorch, without this program. "
        "Making the file takes some seconds: it is checked against the generator first."
    )


def _snippet(chosen: LatentSelection) -> None:
    point = selection.choose_point(chosen, "Of")
    kinds = {"ours": "with this program", "onnx": "with the ONNX file"}
    kind = session.segmented_control("Snippet", "snippet", kinds)
    z = chosen.sampler.z([point])[0].astype("float32")
    label = chosen.class_name(point.label) or None
    if kind == "onnx":
        text = snippet.with_onnx(f"{chosen.file}.onnx", z, label, chosen.sampler.classes)
    else:
        drawn = snippet.SeededZ(point.seed, point.index) if _seeded(chosen, point) else z
        text = snippet.with_gan_core(chosen.source, drawn, label, raw=chosen.raw)
    st.code(text, "python", height=320)


def _recipe() -> str:
    """What draws this again: the address of the page, which is no longer known when a button has been pressed."""
    return f"GAN Workshop, /latent?{urlencode(dict(st.query_params))}"
