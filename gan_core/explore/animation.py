"""Moving pictures to take away: frames as GIF, WebP or MP4, enlarged by a whole factor, their recipe inside."""

import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image

from gan_core.data import sample_grid
from gan_core.system import discovery
from gan_core.system.errors import WorkshopError

SIDE = 256
"""Pixels that the longer side of a small picture is enlarged to, or about."""

MAX_SIDE = 4096
"""Pixels of a side, enlarged: what decoders of H.264 can be relied on for."""

MAX_FRAMES = 600
MAX_FPS = 50
"""Frames a second. A GIF counts in hundredths of a second, and browsers slow down what shows a frame for one."""


@dataclass(frozen=True, eq=False)
class Film:
    """What is to be written: frames uint8 (N, H, W, 1 or 3), still small, how often, and the recipe."""

    frames: np.ndarray
    factor: int
    fps: int
    loop: bool
    recipe: str

    def enlarged(self) -> Iterator[np.ndarray]:
        """Each frame with every pixel repeated `factor` times across and down."""
        return (enlarge(frame, self.factor) for frame in self.frames)

    def ends(self, unit: int) -> list[int]:
        """When each frame ends, in whole `unit`s of a second from the start, so that rounding never adds up."""
        return [round(unit * (i + 1) / self.fps) for i in range(len(self.frames))]


@dataclass(frozen=True)
class Format:
    """A kind of file: its title, its suffix with the dot, its MIME type, and what it can do.

    `loops`: the file itself says whether it plays for ever; else the player does. `exact`: it keeps every pixel of
    grey and of colour pictures. `even`: it needs an even height and width.
    """

    title: str
    suffix: str
    mime: str
    loops: bool
    exact: bool
    even: bool
    write: Callable[[Film], bytes]


def encode(
    frames: np.ndarray, kind: str, *, fps: int = 20, loop: bool = True, recipe: str = "", side: int = SIDE
) -> bytes:
    """`frames` uint8 (N, H, W, 1 or 3) as a file of `kind`, a key of FORMATS, at `fps` frames a second.

    Small pictures are enlarged to about `side` pixels, see `factor`. `recipe` is any text that says how to make them
    again; `told` reads it back. Same arguments, same bytes. Raises WorkshopError for an unknown kind, and for a count,
    speed or size that is not allowed.
    """
    chosen = discovery.look_up(FORMATS, kind, "kind of animation")
    if frames.ndim != 4 or frames.shape[3] not in (1, 3) or frames.dtype != np.uint8:
        raise ValueError(f"frames must be uint8 (N, H, W, 1 or 3); {frames.dtype} {frames.shape} was given")
    if "\0" in recipe:
        raise ValueError("recipe must not hold a NUL character, which ends a text in these files")
    check(len(frames), fps)
    height, width = frames.shape[1:3]
    times = factor(height, width, side, even=chosen.even)
    if max(height, width) * times > MAX_SIDE:
        raise WorkshopError(f"A frame has {width} × {height} pixels; allowed: at most {MAX_SIDE} across, enlarged.")
    return chosen.write(Film(frames, times, fps, loop, recipe))


def check(count: int, fps: int) -> None:
    """Raises WorkshopError for a number of frames, or of frames a second, that is not allowed."""
    if not 1 <= count <= MAX_FRAMES:
        raise WorkshopError(f"frames: {count} were given; allowed: 1 to {MAX_FRAMES}.")
    if not 1 <= fps <= MAX_FPS:
        raise WorkshopError(f"fps: {fps} was given; allowed: 1 to {MAX_FPS} frames a second.")


def factor(height: int, width: int, side: int = SIDE, *, even: bool = False) -> int:
    """How many times larger a picture is shown so that its longer side is nearest to `side` pixels: 28 to 9 (252).

    With `even` the factor is even where a side is odd.
    """
    step = 2 if even and (height % 2 or width % 2) else 1
    return max(1, round(side / (step * max(height, width)))) * step


def enlarge(picture: np.ndarray, times: int) -> np.ndarray:
    """A picture (H, W, C) with every pixel repeated: (H · times, W · times, C)."""
    return picture.repeat(times, axis=0).repeat(times, axis=1)


def told(content: bytes) -> str:
    """The recipe in a GIF, WebP, MP4 or PNG, "" where it has none. Raises WorkshopError for any other file.

    The content may come from anyone: nothing of it is decoded but its head.
    """
    mp4 = content[4:8] == b"ftyp"
    try:
        return _told_by_mp4(content) if mp4 else _told_by_picture(content)
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError) as error:
        what = "an MP4" if mp4 else "a GIF, WebP, MP4 or PNG"
        raise WorkshopError(f"This file cannot be read as {what}: {error}.") from None


def _told_by_picture(content: bytes) -> str:
    with Image.open(io.BytesIO(content), formats=("GIF", "WEBP", "PNG")) as picture:
        found = {
            "GIF": lambda: picture.info.get("comment", b""),
            "WEBP": lambda: picture.getexif().get(ExifTags.Base.ImageDescription, ""),
            "PNG": lambda: picture.info.get(sample_grid.RECIPE, ""),
        }[str(picture.format)]()
    if picture.format == "WEBP":
        found = str(found).encode("latin-1")  # how Pillow reads the bytes of an EXIF text
    return found.decode(errors="replace") if isinstance(found, bytes) else str(found)


def _told_by_mp4(content: bytes) -> str:
    import av
    from av.error import FFmpegError

    try:
        # the format is given: another that FFmpeg might guess could make it open further files
        with av.open(io.BytesIO(content), "r", format="mp4", metadata_errors="replace") as container:
            return container.metadata.get("comment", "")
    except FFmpegError as error:
        raise ValueError(error.strerror) from None


def _gif(film: Film) -> bytes:
    """With one palette for all frames: all greys, or the 256 colours that fit best."""
    indices, palette = _indexed(film.frames)
    shown = [Image.fromarray(enlarge(frame, film.factor).squeeze(2)) for frame in indices]
    for picture in shown:
        picture.putpalette(palette)
    ends = film.ends(100)
    durations = [10 * (end - start) for start, end in zip([0, *ends[:-1]], ends, strict=True)]  # in ms
    about = {"comment": film.recipe.encode()} if film.recipe else {}
    about |= {"loop": 0} if film.loop else {}
    return _saved(shown, "GIF", duration=durations, palette=palette, **about)


def _indexed(frames: np.ndarray) -> tuple[np.ndarray, bytes]:
    """Frames (N, H, W, C) as places in a palette, uint8 (N, H, W, 1), and the palette's 768 bytes.

    Median cut and one step of k-means: three times nearer than the fast octree, and quick as long as the frames are
    small. Enlarged ones would take a hundred times as long.
    """
    if frames.shape[3] == 1:
        return frames, bytes(np.arange(256, dtype=np.uint8).repeat(3))
    count, height, width, _ = frames.shape
    tall = Image.fromarray(frames.reshape(count * height, width, 3))
    tall = tall.quantize(256, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    palette = bytes(tall.getpalette("RGB") or []).ljust(768, b"\0")
    return np.asarray(tall).reshape(count, height, width, 1), palette


def _webp(film: Film) -> bytes:
    """Lossless: flat squares of repeated pixels take little room, and every pixel stays as it was drawn."""
    shown = [Image.fromarray(frame.squeeze(2) if frame.shape[2] == 1 else frame) for frame in film.enlarged()]
    ends = film.ends(1000)
    durations = [end - start for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    options = {"lossless": True, "quality": 20, "method": 1, "loop": 0 if film.loop else 1}
    return _saved(shown, "WEBP", duration=durations, exif=_exif(film.recipe), **options)


def _exif(text: str) -> bytes:
    """An EXIF block whose description is `text` in UTF-8, empty for no text."""
    if not text:
        return b""
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = text.encode()
    return exif.tobytes().removeprefix(b"Exif\0\0")  # which belongs to JPEG alone


def _saved(shown: list[Image.Image], kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    shown[0].save(buffer, kind, save_all=True, append_images=shown[1:], **options)
    return buffer.getvalue()


def _mp4(film: Film) -> bytes:
    """H.264 with halved colour resolution, which every browser plays; nearly exact, for it is blocks of one colour."""
    import av
    from av.codec.codec import UnknownCodecError

    buffer = io.BytesIO()
    height, width = (film.factor * side for side in film.frames.shape[1:3])
    with av.open(buffer, "w", format="mp4") as container:
        if film.recipe:
            container.metadata["comment"] = film.recipe
        try:
            stream = container.add_stream("libx264", rate=film.fps, width=width, height=height)
        except UnknownCodecError:
            raise WorkshopError("MP4 cannot be written here: this build of PyAV has no libx264.") from None
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": "16", "preset": "veryfast"}
        for frame in film.enlarged():
            colour = np.ascontiguousarray(np.broadcast_to(frame, (height, width, 3)))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(colour, "rgb24")))
        container.mux(stream.encode())
    return buffer.getvalue()


FORMATS: dict[str, Format] = {
    "gif": Format("GIF", ".gif", "image/gif", loops=True, exact=False, even=False, write=_gif),
    "webp": Format("WebP", ".webp", "image/webp", loops=True, exact=True, even=False, write=_webp),
    "mp4": Format("MP4", ".mp4", "video/mp4", loops=False, exact=False, even=True, write=_mp4),
}
"""What `encode` can write, by id."""
