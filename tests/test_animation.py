"""GIF, WebP and MP4 of frames, PNG of a picture: pixels, times, and the recipe that is read back."""

import io

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from toys import recipe_in

from gan_core.data import sample_grid
from gan_core.explore import animation
from gan_core.system.errors import WorkshopError

KINDS = list(animation.FORMATS)
RECIPES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=400)


def film(count=12, size=28, channels=1, height=None):
    """A bright disc that wanders over a moving gradient, uint8 (count, height, size, channels)."""
    y, x = np.mgrid[: height or size, :size]
    frames = []
    for i in range(count):
        disc = np.hypot(y - size / 2, x - i * size / count) < size / 5
        colours = [np.where(disc, 250 - 40 * c, (x * (c + 1) + y + i) * 2 % 256) for c in range(channels)]
        frames.append(np.stack(colours, 2))
    return np.array(frames, np.uint8)


def decoded(content):
    """The frames (N, H, W, 3) of a file, with how long each is shown in seconds."""
    if content[4:8] == b"ftyp":
        with av.open(io.BytesIO(content), "r") as container:
            stream = container.streams.video[0]
            shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
            assert stream.average_rate is not None
            return np.array(shown), [1 / float(stream.average_rate)] * len(shown)
    with Image.open(io.BytesIO(content)) as picture:
        frames, times = [], []
        for i in range(getattr(picture, "n_frames", 1)):
            picture.seek(i)
            frames.append(np.array(picture.convert("RGB")))
            times.append(picture.info.get("duration", 0) / 1000)
    return np.array(frames), times


def large(frames, times):
    """Frames as they must look, in colour."""
    return np.array([animation.enlarge(frame, times) for frame in frames]).repeat(3 // frames.shape[3], axis=3)


# Pixels


@pytest.mark.parametrize("channels", [1, 3])
def test_webp_keeps_every_pixel(channels):
    frames = film(channels=channels)
    shown, _ = decoded(animation.encode(frames, "webp"))
    np.testing.assert_array_equal(shown, large(frames, 9))


def test_gif_keeps_every_pixel_of_grey_and_of_few_colours():
    grey, flags = film(), film(6, 32, 3) // 86 * 100  # 27 colours at most
    assert len(np.unique(flags.reshape(-1, 3), axis=0)) > 8
    np.testing.assert_array_equal(decoded(animation.encode(grey, "gif"))[0], large(grey, 9))
    np.testing.assert_array_equal(decoded(animation.encode(flags, "gif"))[0], large(flags, 8))


def test_gif_of_many_colours_is_near():
    frames = film(8, 64, 3)
    assert len(np.unique(frames.reshape(-1, 3), axis=0)) > 256
    shown, _ = decoded(animation.encode(frames, "gif"))
    off = np.abs(shown.astype(int) - large(frames, 4))
    assert off.mean() < 4 and shown.shape == (8, 256, 256, 3)


def test_gif_has_one_palette_for_all_frames():
    """A table for each frame would take 768 bytes each, and colours would flicker."""
    content = animation.encode(film(8, 64, 3), "gif")
    with Image.open(io.BytesIO(content)) as picture:
        for i in range(8):
            picture.seek(i)
            assert picture._frame_palette is None or picture._frame_palette is picture.global_palette  # pyright: ignore


@pytest.mark.parametrize("channels", [1, 3])
def test_mp4_is_near(channels):
    frames = film(channels=channels)
    shown, _ = decoded(animation.encode(frames, "mp4"))
    expected = large(frames, 9)
    assert shown.shape == expected.shape
    assert np.abs(shown.astype(int) - expected).mean() < (2 if channels == 1 else 6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(25, 25), (28, 61), (1, 1)])
def test_odd_sizes_and_oblong_frames(kind, shape):
    frames = film(3, shape[1], 1, shape[0])
    times = animation.factor(*shape, even=animation.FORMATS[kind].even)
    assert decoded(animation.encode(frames, kind))[0].shape == (3, shape[0] * times, shape[1] * times, 3)


def test_factors_by_hand():
    sides = {16: 16, 28: 9, 32: 8, 33: 8, 50: 5, 64: 4, 100: 3, 128: 2, 256: 1, 2000: 1}
    assert {side: animation.factor(side, side) for side in sides} == sides
    assert animation.factor(28, 64) == animation.factor(64, 28) == 4
    assert [animation.factor(side, side, even=True) for side in (28, 33, 35, 299)] == [9, 8, 8, 2]
    assert animation.factor(28, 28, 560) == 20


def test_enlarging_by_hand():
    picture = np.array([[[1], [2]], [[3], [4]]], np.uint8)
    assert animation.enlarge(picture, 2)[:, :, 0].tolist() == [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]


# Time


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fps", [1, 12, 24, 30, 50])
def test_it_takes_as_long_as_asked(kind, fps):
    _, times = decoded(animation.encode(film(2 * fps, 16), kind, fps=fps, side=16))
    assert sum(times) == pytest.approx(2, abs=0.001)
    assert max(times) - min(times) <= 0.0101, "no frame is shown a hundredth longer than another"


@pytest.mark.parametrize("kind", KINDS)
def test_frames_that_do_not_change_keep_their_time(kind):
    still = np.repeat(film(1), 10, axis=0)
    _, times = decoded(animation.encode(np.concatenate([still, film(10)]), kind, fps=10))
    assert sum(times) == pytest.approx(2)


def test_it_loops():
    for kind in ("gif", "webp"):
        with Image.open(io.BytesIO(animation.encode(film(), kind))) as picture:
            assert picture.info["loop"] == 0


# The recipe


@pytest.mark.parametrize("kind", KINDS)
@given(recipe=RECIPES)
def test_the_recipe_is_read_back(kind, recipe):
    assert recipe_in(animation.encode(film(2, 16), kind, recipe=recipe, side=16)) == recipe


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 12])
def test_a_long_recipe_and_one_frame(kind, count):
    recipe = "fashion-cgan · seed 7 · “Ankle boot” → Ärmel 🥾\n" * 60
    assert recipe_in(animation.encode(film(count), kind, recipe=recipe)) == recipe


@given(recipe=RECIPES)
def test_a_picture_keeps_its_recipe(recipe):
    content = sample_grid.png(film(1)[0], recipe)
    assert recipe_in(content) == recipe
    np.testing.assert_array_equal(sample_grid.read(content), film(1)[0])


@pytest.mark.parametrize("kind", KINDS)
def test_same_arguments_same_bytes(kind):
    first, second = (animation.encode(film(), kind, recipe="seed 0") for _ in range(2))
    assert first == second
    assert recipe_in(animation.encode(film(), kind)) == ""


# What is refused


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": "avi"}, "Unknown kind of animation 'avi'. Available: gif, mp4, webp."),
        ({"fps": 0}, "fps: 0 was given; allowed: 1 to 50 frames a second."),
        ({"fps": 51}, "fps: 51 was given; allowed: 1 to 50 frames a second."),
        ({"frames": np.zeros((0, 28, 28, 1), np.uint8)}, "frames: 0 were given; allowed: 1 to 600."),
        ({"frames": np.zeros((601, 1, 1, 1), np.uint8)}, "frames: 601 were given; allowed: 1 to 600."),
        (
            {"frames": np.zeros((1, 2, 5000, 1), np.uint8)},
            "A frame has 5000 × 2 pixels; allowed: at most 4096 across, enlarged.",
        ),
    ],
)
def test_what_cannot_be_written_is_one_sentence(options, said):
    given = {"frames": film(2), "kind": "gif"} | options
    with pytest.raises(WorkshopError) as caught:
        animation.encode(**given)
    assert str(caught.value) == said


@pytest.mark.parametrize("frames", [np.zeros((2, 28, 28), np.uint8), np.zeros((2, 28, 28, 1)), film(2)[..., [0, 0]]])
def test_frames_of_another_shape_are_a_mistake_of_ours(frames):
    with pytest.raises(ValueError, match="frames must be uint8"):
        animation.encode(frames, "gif")
    with pytest.raises(ValueError, match="NUL"):
        animation.encode(film(2), "gif", recipe="a\0b")
