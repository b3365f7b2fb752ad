"""Frames as a GIF, WebP or MP4, enlarged by a whole factor, with their recipe inside."""

import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image

from gan_core.system import discovery
from gan_core.system.errors import WorkshopError

SIDE = 256
"""Pixels that the longer side of a small picture is enlarged to, approximately."""

MAX_SIDE = 4096
"""Pixels of a side, enlarged: what H.264 decoders reliably support."""

MAX_FRAMES = 600
MAX_FPS = 50
"""Frames a second. A GIF counts in hundredths of a second, and browsers slow down what shows a frame for one."""


@dataclass(frozen=True, eq=False)
class Animation:
    """Frames uint8 (N, H, W, 1 or 3) before they are enlarged by `factor`, their speed and the recipe; they loop."""

    frames: np.ndarray
    factor: int
    fps: int
    recipe: str

    def durations(self, unit: int) -> list[int]:
        """How long each frame is shown, in 1/`unit` seconds; rounded by their ends, so that no error adds up."""
        ends = [round(unit * i / self.fps) for i in range(len(self.frames) + 1)]
        return [end - start for start, end in itertools.pairwise(ends)]


@dataclass(frozen=True)
class AnimationFormat:
    """A kind of file: its title, its suffix with the dot, its MIME type; `even`: it needs an even height and width."""

    title: str
    suffix: str
    mime: str
    even: bool
    write: Callable[[Animation], bytes]


def encode(frames: np.ndarray, kind: str, *, fps: int = 20, recipe: str = "", side: int = SIDE) -> bytes:
    """`frames` uint8 (N, H, W, 1 or 3) as a file of `kind`, a key of FORMATS, at `fps` frames a second.

    Small pictures are enlarged to about `side` pixels, see `factor`. `recipe` is any text that says how to make them
    again; it is in the file's metadata. Same arguments, same bytes. Raises WorkshopError for an unknown kind, and for
    a count, speed or size out of range.
    """
    form = discovery.look_up(FORMATS, kind, "kind of animation")
    if frames.ndim != 4 or frames.shape[3] not in (1, 3) or frames.dtype != np.uint8:
        raise ValueError(f"frames must be uint8 (N, H, W, 1 or 3); {frames.dtype} {frames.shape} was given")
    if "\0" in recipe:
        raise ValueError("recipe must not hold a NUL character, which ends a text in these files")
    check(len(frames), fps)
    height, width = frames.shape[1:3]
    times = factor(height, width, side, even=form.even)
    if max(height, width) * times > MAX_SIDE:
        raise WorkshopError(f"A frame has {width} × {height} pixels; allowed: at most {MAX_SIDE} across, enlarged.")
    return form.write(Animation(frames, times, fps, recipe))


def check(count: int, fps: int) -> None:
    """Raise WorkshopError for a number of frames, or of frames a second, out of range."""
    if not 1 <= count <= MAX_FRAMES:
        raise WorkshopError(f"frames: {count} were given; allowed: 1 to {MAX_FRAMES}.")
    if not 1 <= fps <= MAX_FPS:
        raise WorkshopError(f"fps: {fps} was given; allowed: 1 to {MAX_FPS} frames a second.")


def factor(height: int, width: int, side: int = SIDE, *, even: bool = False) -> int:
    """The whole factor that brings the longer side nearest to `side` pixels: 28 by 9 to 252.

    With `even` the factor is even where a side is odd.
    """
    step = 2 if even and (height % 2 or width % 2) else 1
    return max(1, round(side / (step * max(height, width)))) * step


def enlarge(picture: np.ndarray, times: int) -> np.ndarray:
    """A picture (H, W, C) with every pixel repeated: (H · times, W · times, C)."""
    return picture.repeat(times, axis=0).repeat(times, axis=1)


def _gif(animation: Animation) -> bytes:
    """With one palette for all frames: all greys, or the 256 colours that fit best."""
    indices, palette = _indexed(animation.frames)
    pictures = [Image.fromarray(enlarge(frame, animation.factor).squeeze(2)) for frame in indices]
    for picture in pictures:
        picture.putpalette(palette)
    options = {"comment": animation.recipe.encode()} if animation.recipe else {}
    durations = [10 * hundredths for hundredths in animation.durations(100)]  # in ms
    return _saved(pictures, "GIF", duration=durations, palette=palette, loop=0, **options)


def _indexed(frames: np.ndarray) -> tuple[np.ndarray, bytes]:
    """Frames (N, H, W, C) as palette indices uint8 (N, H, W, 1), and the palette's 768 bytes.

    Median cut and one step of k-means: three times nearer than the fast octree, and quick for small frames. Enlarged
    ones would take a hundred times as long.
    """
    if frames.shape[3] == 1:
        return frames, bytes(np.arange(256, dtype=np.uint8).repeat(3))
    count, height, width, _ = frames.shape
    tall = Image.fromarray(frames.reshape(count * height, width, 3))
    tall = tall.quantize(256, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    palette = bytes(tall.getpalette("RGB") or []).ljust(768, b"\0")
    return np.asarray(tall).reshape(count, height, width, 1), palette


def _webp(animation: Animation) -> bytes:
    """Lossless: flat squares of repeated pixels take little room, and every pixel stays as it was drawn."""
    frames = [enlarge(frame, animation.factor) for frame in animation.frames]
    pictures = [Image.fromarray(frame.squeeze(2) if frame.shape[2] == 1 else frame) for frame in frames]
    options = {"lossless": True, "quality": 20, "method": 1, "loop": 0}
    return _saved(pictures, "WEBP", duration=animation.durations(1000), exif=_exif(animation.recipe), **options)


def _exif(text: str) -> bytes:
    """An EXIF block with `text` in UTF-8 as its description; empty for no text."""
    if not text:
        return b""
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = text.encode()
    return exif.tobytes().removeprefix(b"Exif\0\0")  # a prefix for JPEG alone


def _saved(pictures: list[Image.Image], kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    pictures[0].save(buffer, kind, save_all=True, append_images=pictures[1:], **options)
    return buffer.getvalue()


def _mp4(animation: Animation) -> bytes:
    """H.264 with halved colour resolution, which every browser plays; nearly exact, as it is blocks of one colour."""
    import av
    from av.codec.codec import UnknownCodecError

    buffer = io.BytesIO()
    height, width = (animation.factor * side for side in animation.frames.shape[1:3])
    with av.open(buffer, "w", format="mp4") as container:
        if animation.recipe:
            container.metadata["comment"] = animation.recipe
        try:
            stream = container.add_stream("libx264", rate=animation.fps, width=width, height=height)
        except UnknownCodecError:
            raise WorkshopError("MP4 cannot be written here: this build of PyAV has no libx264.") from None
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": "16", "preset": "veryfast"}
        for frame in animation.frames:
            colour = np.broadcast_to(enlarge(frame, animation.factor), (height, width, 3))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(colour), "rgb24")))
        container.mux(stream.encode())
    return buffer.getvalue()


FORMATS: dict[str, AnimationFormat] = {
    "gif": AnimationFormat("GIF", ".gif", "image/gif", even=False, write=_gif),
    "webp": AnimationFormat("WebP", ".webp", "image/webp", even=False, write=_webp),
    "mp4": AnimationFormat("MP4", ".mp4", "video/mp4", even=True, write=_mp4),
}
"""What `encode` can write, by id. WebP keeps every pixel; GIF the grey ones. An MP4 does not say whether it loops."""
