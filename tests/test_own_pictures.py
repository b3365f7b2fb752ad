"""Your own pictures: what is made of folders and zips, what is skipped, and what hostile zips come to."""

import io
import json
import os
import re
import signal
import stat
import struct
import subprocess
import sys
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gan_core import data, diagnosis
from gan_core.__main__ import main
from gan_core.data import intake, own, own_process, picture_files
from gan_core.data.intake import UnusablePicture
from gan_core.presets import recipe
from gan_core.runs import RUN_NAME as RUN_NAME
from gan_core.runs import lanes
from gan_core.system import processes
from gan_core.system.errors import WorkshopError

ROOT = Path(__file__).parent.parent
GIGABYTE = 1 << 30
ONE_SENTENCE = r"^[^\n]+[.;:]? ?[^\n]*\.$"


@pytest.fixture(autouse=True)
def _home(home: Path) -> None:
    pass


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def plain(colour: str = "red", size: tuple[int, int] = (40, 30), kind: str = "PNG") -> bytes:
    return encoded(Image.new("RGB", size, colour), kind)


def zipped(path: Path, entries: dict[str, bytes], packing: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def two_classes(count: int = 12) -> dict[str, bytes]:
    """`count` red and as many blue pictures, in folders."""
    return {f"{c}/{i:02d}.png": plain(c) for c in ("red", "blue") for i in range(count)}


def left_behind() -> list[str]:
    return [path.name for path in own.metadata_path("own-x").parent.glob("*") if path.name != ".lock"]


# What is made


@pytest.mark.parametrize("packed", [True, False])
def test_a_zip_and_a_folder_become_a_data_set(tmp_path: Path, packed: bool) -> None:
    source = tmp_path / "Zwei Farben!"
    if packed:
        source = zipped(tmp_path / "Zwei Farben!.zip", two_classes())
    else:
        for name, content in two_classes().items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes(content)
    calls: list[tuple[int, int]] = []
    made = own.prepare(source, size=16, progress=lambda *call: calls.append(call))
    assert (made.name, made.kept, made.skipped) == ("own-zwei-farben", 24, [])
    assert calls == [(i, 24) for i in range(25)]
    about = data.get(made.name)
    assert (about.title, about.classes, about.size, about.channels) == ("Zwei Farben! (24)", ("blue", "red"), 16, 3)
    assert about.missing() is None
    assert RUN_NAME.fullmatch(f"00001-dcgan-{made.name}-s0")
    train, test = (data.load(made.name, split=split) for split in data.SPLITS)
    assert np.bincount(train.labels).tolist() == [10, 10] and np.bincount(test.labels).tolist() == [2, 2]
    for part in (train, test):
        assert (part.name, part.images.shape[1:]) == (made.name, (3, 16, 16))
        assert part.images.flags.writeable and not isinstance(part.images, np.memmap)
        assert part.images[part.labels == 1].mean(axis=(0, 2, 3)).tolist() == [255, 0, 0]


def test_the_same_title_gets_another_name_and_both_are_listed(tmp_path: Path) -> None:
    source = zipped(tmp_path / "a.zip", two_classes(1))
    names = [own.prepare(source, "Pets").name for _ in range(3)]
    assert names == ["own-pets", "own-pets-2", "own-pets-3"]
    assert set(names) <= set(data.sources())


def test_a_removed_or_damaged_set_hides_no_other(tmp_path: Path) -> None:
    source = zipped(tmp_path / "a.zip", two_classes(1))
    names = [own.prepare(source).name for _ in range(4)]
    folder = own.metadata_path("own-x").parent
    (folder / "a.json").unlink()
    (folder / "a-2.json").write_text("{")
    (folder / "a-3.npy").write_bytes(b"nothing")
    assert [name in data.sources() for name in names] == [False, False, True, True]
    with pytest.raises(WorkshopError, match=r"a-3\.npy cannot be read"):
        data.load("own-a-3")
    (folder / "a-4.npy").unlink()
    assert "a-4.npy is not there" in str(data.get("own-a-4").missing())


def test_a_set_is_deleted_whole_and_alone(tmp_path: Path) -> None:
    source = zipped(tmp_path / "a.zip", two_classes(1))
    first, second = own.prepare(source).name, own.prepare(source).name
    own.remove(first)
    assert first not in data.sources() and len(data.load(second)) == 2
    assert sorted(left_behind()) == ["a-2.json", "a-2.npy", "a.gone"]
    assert own.prepare(source).name == "own-a-3", "or a run would take other pictures for those it learned from"
    gone = recipe.resolve({"data.dataset": first, "optimiser.lr_g": 1e-3})
    assert recipe.changes(gone) == {"variant": "dcgan", "data.dataset": first, "optimiser.lr_g": 1e-3}
    assert lanes.labels([gone, recipe.resolve({"data.dataset": first})]) == ["DCGAN, Learning rate of G 0.001", "DCGAN"]
    assert diagnosis.applicable_change(gone, [{"schedule.batch": 32}]) == {}, "no new run can learn from them"
    for name in (first, "emoji", "own-../../a-2"):
        with pytest.raises(WorkshopError, match="There are no pictures of your own called"):
            own.remove(name)


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["1.png", "2.png"], ["pictures"]),
        (["cats/1.png", "cats/2.png"], ["cats"]),
        (["pets/cats/1.png", "pets/dogs/x/y/1.png"], ["cats", "dogs"]),
        (["pets/cats/1.png", "pets/1.png"], ["cats", "other"]),
        (["a\\1.png", "b\\2.png"], ["a", "b"]),
        (["./a/1.png", "a/2.png", "__MACOSX/a/._1.png", "a/.DS_Store", "Thumbs.db"], ["a"]),
    ],
)
def test_classes_are_folders(tmp_path: Path, names: list[str], classes: list[str]) -> None:
    made = own.prepare(zipped(tmp_path / "a.zip", {name: plain() for name in names}), size=16)
    assert list(data.get(made.name).classes) == classes
    assert made.skipped == []


@pytest.mark.parametrize("count", [1, 2, 9, 10, 11])
def test_every_class_is_in_both_parts(tmp_path: Path, count: int) -> None:
    made = own.prepare(zipped(tmp_path / "a.zip", two_classes(count)), size=16)
    train, test = (np.bincount(data.load(made.name, split=split).labels).tolist() for split in data.SPLITS)
    assert min(*train, *test) >= 1
    assert count == 1 or train[0] + test[0] == count


def test_titles_never_break_a_name(tmp_path: Path) -> None:
    source = zipped(tmp_path / "a.zip", {"1.png": plain()})
    for title in ("../../etc", "日本", "a\nb\0c", "x" * 500, "  ", "Å b_C.d"):
        name = own.prepare(source, title, size=16).name
        assert re.fullmatch(r"own-[a-z0-9][a-z0-9-]*", name) and len(name) < 60
        assert "\n" not in data.get(name).title


# One picture


def test_every_kind_of_picture_comes_out_the_same() -> None:
    red = Image.new("RGB", (50, 40), (200, 0, 0))
    kinds = [
        encoded(red, "PNG"),
        encoded(red, "BMP"),
        encoded(red, "GIF", save_all=True, append_images=[Image.new("RGB", (50, 40), "blue")]),
        encoded(red, "WEBP", lossless=True),
        encoded(red, "JPEG", quality=100),
        encoded(red.convert("CMYK"), "JPEG", quality=100),
        encoded(red.quantize(8), "PNG"),
    ]
    for content in kinds:
        picture = intake.read(content, 16, 3)
        assert picture.shape == (3, 16, 16) and picture.dtype == np.uint8
        assert np.abs(picture.mean(axis=(1, 2)) - (200, 0, 0)).max() < 8


def test_transparency_is_on_white_and_sixteen_bits_are_eight() -> None:
    half = encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 128)))
    assert 120 <= intake.read(half, 16, 3).mean() <= 135
    assert intake.read(encoded(Image.new("LA", (20, 20), (0, 0))), 16, 1).min() == 255
    palette = encoded(Image.new("P", (20, 20), 0), transparency=0)
    assert intake.read(palette, 16, 3).min() == 255
    deep = encoded(Image.fromarray(np.full((20, 20), 128 * 257, np.uint16)))
    assert set(np.unique(intake.read(deep, 16, 1))) == {128}
    assert set(np.unique(intake.read(encoded(Image.new("1", (20, 20), 1)), 16, 3))) == {255}


def test_the_middle_is_kept_and_the_camera_held_upright() -> None:
    pixels = np.zeros((20, 60, 3), np.uint8)
    pixels[:, 20:40] = 255  # the middle square
    assert intake.read(encoded(Image.fromarray(pixels)), 20, 3).min() == 255
    upright = np.zeros((32, 32, 3), np.uint8)
    upright[:16, :, 0] = 255  # the top is red
    for orientation, turns in ((3, 2), (6, 1), (8, 3)):  # as stored by a camera on its head or side
        exif = Image.Exif()
        exif[intake.ORIENTATION] = orientation
        stored = Image.fromarray(np.rot90(upright, turns).copy())
        for kind in ("JPEG", "PNG"):
            picture = intake.read(encoded(stored, kind, exif=exif), 16, 3)
            assert picture[0, :7].mean() > 240 and picture[0, 9:].mean() < 15, (orientation, kind)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"hello", "is no picture of a known kind"),
        (b"PK\x03\x04rest", "is an archive"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is no picture of a known kind"),
        (plain(kind="JPEG")[:-200], "is a broken picture"),
        (plain()[:60], "is a broken picture"),
    ],
)
def test_what_is_no_picture_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(UnusablePicture, match=reason):
        intake.read(content, 16, 3)


@given(st.binary(max_size=200), st.integers(0, 400), st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "WEBP"]))
def test_damage_anywhere_is_a_picture_or_a_reason(noise: bytes, place: int, kind: str) -> None:
    content = bytearray(plain(kind=kind))
    content[place : place + len(noise)] = noise
    try:
        assert intake.read(bytes(content), 16, 3).shape == (3, 16, 16)
    except UnusablePicture as reason:
        assert str(reason) and "\n" not in str(reason)


# Hostile zips


def giant_png(side: int = 30_000) -> bytes:
    """A valid picture of one colour, `side` pixels wide and high, in a few hundred KB; made row by row."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    packer = zlib.compressobj(1)
    rows = bytes(1 + side // 8)  # black and white, eight pixels a byte
    body = b"".join(packer.compress(rows) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros.png", "w") as entry:
        for _ in range(300):
            entry.write(bytes(1_000_000))


def flat_bomb(path: Path) -> None:
    """Many entries that stay below the ratio, whose list claims 6 GB in all."""
    noise = np.random.default_rng(0).bytes(1000)
    zipped(path, {f"{i}.png": noise for i in range(60)})
    content = bytearray(path.read_bytes())
    for found in re.finditer(b"PK\x01\x02", bytes(content)):
        struct.pack_into("<II", content, found.start() + 20, 1_000_000, 100_000_000)
    path.write_bytes(content)


def many(path: Path, count: int = 100_000, announced: int = 0xFFFF, moved: int = 0, after: int = 0) -> None:
    """Empty files, written by hand: zipfile takes ten times as long.

    The end says that there are so many as `announced`, its zip64 record the truth. `moved` is by how much that record
    is not where its locator says, `after` the bytes that follow the end.
    """
    entries, directory, at = [], [], 0
    for i in range(count):
        name = b"%06d.png" % i
        entries.append(b"PK\x03\x04" + struct.pack("<5H3I2H", 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0) + name)
        fields = struct.pack("<6H3I5H2I", 20, 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0, 0, 0, 0, 0, at)
        directory.append(b"PK\x01\x02" + fields + name)
        at += len(entries[-1])
    size = sum(map(len, directory))
    end = b"PK\x06\x06" + struct.pack("<Q2H2I4Q", 44, 45, 45, 0, 0, count, count, size, at)
    end += b"PK\x06\x07" + struct.pack("<IQI", 0, at + size + moved, 1)
    end += b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, announced, announced, size, at, 0) + bytes(after)
    path.write_bytes(b"".join(entries) + b"".join(directory) + end)


def unannounced(path: Path) -> None:
    """60,000 files whose list is said, in both places, to have two."""
    many(path, 60_000, announced=2)
    content = bytearray(path.read_bytes())
    struct.pack_into("<QQ", content, len(content) - 98 + 24, 2, 2)
    path.write_bytes(content)


def symlink(path: Path) -> None:
    entry = zipfile.ZipInfo("picture.png")
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, "/etc/passwd")


def encrypted(path: Path) -> None:
    zipped(path, {"a.png": plain()})
    content = bytearray(path.read_bytes())
    content[6] |= 1  # in the entry's own header
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)


def long_list(path: Path) -> None:
    """A list of files said to be 3 GB long."""
    zipped(path, {"a.png": plain()})
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, len(content) - 10, 3_000_000_000)
    path.write_bytes(content)


HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "traversal": (lambda p: zipped(p, {"../../evil.png": plain()}), "points out of the zip"),
    "absolute": (lambda p: zipped(p, {"/etc/evil.png": plain()}), "points out of the zip"),
    "drive": (lambda p: zipped(p, {"C:\\evil.png": plain()}), "points out of the zip"),
    "symlink": (symlink, "is a link or a device"),
    "bomb": (bomb, "times its size; allowed: 200 times"),
    "flat-bomb": (flat_bomb, "unpacks to 6,000 MB; allowed: 4,000 MB"),
    "many": (many, "holds 100,000 files; allowed: 50,000"),
    "many-before-much": (lambda p: many(p, 60_000, announced=2, after=65_536), "holds 60,000 files; allowed: 50,000"),
    "many-unannounced": (unannounced, "holds 60,000 files; allowed: 50,000"),
    "two-records": (lambda p: many(p, 2, moved=-30), "its zip64 record is not in its place"),
    "long-list": (long_list, "a list of files of 3,000 MB; allowed: 20 MB"),
    "broken-jpeg": (lambda p: zipped(p, {"a.jpg": plain(kind="JPEG")[:300]}), "a.jpg is a broken picture"),
    "giant": (lambda p: zipped(p, {"big.png": giant_png()}), "has 900,000,000 pixels (allowed: 50,000,000)"),
    "nested": (lambda p: zipped(p, {"in.zip": zipped(p, {"a.png": plain()}).read_bytes()}), "in.zip is an archive"),
    "wrong-extension": (lambda p: zipped(p, {"a.png": b"#!/bin/sh\n"}), "a.png is no picture of a known kind"),
    "not-a-zip": (lambda p: p.write_bytes(plain()), "is not a zip"),
    "cut-short": (
        lambda p: p.write_bytes(zipped(p, two_classes()).read_bytes()[-300:]),
        "is a damaged zip",
    ),
    "empty": (lambda p: zipped(p, {}), "holds no usable picture among 0 files"),
    "bzip2": (lambda p: zipped(p, {"a.png": plain()}, zipfile.ZIP_BZIP2), "packed in an unusual way"),
    "encrypted": (encrypted, "a.png is encrypted"),
}

PEAK = "int(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0]) * 1024"
"""The most memory a process has had; getrusage would count that of the tests, from which it was forked."""

PREPARE_ALL = f"""
import json, sys, time
from pathlib import Path
from gan_core.data import own
from gan_core.system import processes
from gan_core.system.errors import WorkshopError
said = {{}}
for path in sorted(Path(sys.argv[1]).glob("*.zip")):
    try:
        own.prepare(path)
    except WorkshopError as error:
        said[path.stem] = str(error)
print(json.dumps([said, {PEAK}, time.process_time()]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
def test_hostile_zips_get_one_sentence_each_and_little_memory(tmp_path: Path) -> None:
    for name, (make, _) in HOSTILE.items():
        make(tmp_path / f"{name}.zip")
    command = [sys.executable, "-c", PREPARE_ALL, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    said, peak, seconds = json.loads(done.stdout)
    assert seconds < 20
    print(f"peak: {peak / 1e6:.0f} MB")
    assert peak < GIGABYTE / 2
    assert set(said) == set(HOSTILE)
    for name, (_, expected) in HOSTILE.items():
        assert expected in said[name] and f"{name}.zip" in said[name], said[name]
        assert re.match(ONE_SENTENCE, said[name]), said[name]
    assert left_behind() == []
    assert not list(tmp_path.rglob("evil.png"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
def test_the_largest_allowed_picture_takes_less_than_a_gigabyte(tmp_path: Path) -> None:
    side = int(intake.MAX_PIXELS**0.5)
    script = (
        "import sys; from gan_core.data import intake\n"
        "print(intake.read(open(sys.argv[1], 'rb').read(), 64, 3).shape)\n"
        f"print({PEAK})"
    )
    path = tmp_path / "a.png"
    Image.new("RGBA", (side, side), (1, 2, 3, 4)).save(path, compress_level=1)
    command = [sys.executable, "-c", script, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    shape, peak = done.stdout.splitlines()
    print(f"peak: {int(peak) / 1e6:.0f} MB")
    assert shape == "(3, 64, 64)" and int(peak) < GIGABYTE


def test_bad_files_are_skipped_counted_and_named(tmp_path: Path) -> None:
    bad = {"red/bad.jpg": plain(kind="JPEG")[:200], "red/in.zip": b"PK\x03\x04", "notes.txt": b"x", "blue/e.png": b""}
    made = own.prepare(zipped(tmp_path / "a.zip", two_classes() | bad), size=16)
    assert made.kept == 24
    assert {name for name, _ in made.skipped} == set(bad)
    assert data.get(made.name).classes == ("blue", "red"), "a class without a usable picture is none"


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40)


@given(st.lists(NAMES | st.from_regex(r"(\.\.|/|C:|a|\\){1,6}", fullmatch=True), min_size=1, max_size=6, unique=True))
def test_any_names_are_taken_or_refused_in_words(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    path = zipped(tmp_path_factory.mktemp("names") / "a.zip", {name: b"" for name in names})
    try:
        with picture_files.open_source(path, "a.zip") as items:
            for item in items:
                assert not item.name.startswith("/") and ".." not in item.name.replace("\\", "/").split("/")
                assert 0 < len(item.group) <= 80 and item.group.isprintable()
    except WorkshopError as error:
        assert re.match(ONE_SENTENCE, str(error)) and str(error).isprintable()


@given(st.binary(max_size=300))
def test_any_bytes_are_no_zip_in_words(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "a.zip"
    path.write_bytes(content)
    with pytest.raises(WorkshopError, match=r"^a\.zip "), picture_files.open_source(path, "a.zip"):
        pass


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("MAX_ZIP", 100, "allowed: 0 MB"), ("MAX_FILES", 3, "24 files; allowed: 3"), ("MAX_UNPACKED", 100, "allowed: 0")],
)
def test_limits_can_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: int, said: str) -> None:
    monkeypatch.setattr(picture_files, name, value)
    with pytest.raises(WorkshopError, match=said):
        own.prepare(zipped(tmp_path / "a.zip", two_classes()))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [({"size": 15}, "size: 15 was given; allowed: 16 to 128"), ({"channels": 2}, "channels: 2 was given; allowed: 1")],
)
def test_wrong_arguments(tmp_path: Path, arguments: dict, said: str) -> None:
    with pytest.raises(WorkshopError, match=said):
        own.prepare(tmp_path, **arguments)


def test_a_folder_with_too_much_or_odd_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(plain())
    os.mkfifo(tmp_path / "b.png")  # to open it would wait for ever
    (tmp_path / "c.png").symlink_to(tmp_path / "gone")
    made = own.prepare(tmp_path, "x")
    assert (made.kept, sorted(name for name, _ in made.skipped)) == (1, ["b.png", "c.png"])
    monkeypatch.setattr(picture_files, "MAX_FILES", 2)
    with pytest.raises(WorkshopError, match="more than 2 files; allowed: 2"):
        own.prepare(tmp_path)
    with pytest.raises(WorkshopError, match="gone is not there"):
        own.prepare(tmp_path / "gone")


# Stopping


def test_a_stop_leaves_nothing(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        own.prepare(zipped(tmp_path / "a.zip", two_classes()), progress=stop)
    assert left_behind() == []


@pytest.mark.slow
def test_a_closed_process_leaves_nothing(tmp_path: Path) -> None:
    source = zipped(tmp_path / "a.zip", dict.fromkeys((f"{i}.png" for i in range(2000)), plain(size=(900, 900))))
    work = own_process.prepare(source, "", 16, 3)
    assert next(work) == (0, 2000)
    work.close()
    assert left_behind() == []


def test_a_decoder_that_complains_of_every_file_stops_nothing(tmp_path: Path) -> None:
    broken = bytearray(plain(kind="JPEG"))
    exif = b"Exif\0\0II*\0\x08\0\0\0\x05\0" + b"\x0f\x01\x02\0\xff\0\0\0\xf0\xff\0\0"  # points behind its end
    broken[2:2] = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    with pytest.warns(UserWarning, match="EXIF"), Image.open(io.BytesIO(broken)) as image:
        image.getexif()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert intake.read(bytes(broken), 16, 3).shape == (3, 16, 16)


def test_a_process_that_says_much_is_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    talker = tmp_path / "talker.py"
    talker.write_text(
        "import json, sys\nsys.stderr.write('x' * 1_000_000)\n"
        "print(json.dumps({'name': 'own-a', 'kept': 1, 'first': [], 'skipped': 0}))\n"
    )
    monkeypatch.setattr(processes, "COMMAND", [sys.executable, str(talker)])
    work = own_process.prepare(tmp_path, "", 16, 3)
    with pytest.raises(StopIteration) as end:
        next(work)
    assert end.value.value == (own.PreparedSet("own-a", 1, []), 0)


@pytest.mark.slow
def test_a_process_tells_what_it_made_or_what_was_wrong(tmp_path: Path) -> None:
    def result(source: Path):
        work = own_process.prepare(source, "--title", 16, 1, origin="mine.zip")
        while True:
            try:
                assert len(next(work)) == 2
            except StopIteration as end:
                return end.value

    made, skipped = result(zipped(tmp_path / "a.zip", two_classes() | {"b.txt": b"x"}))
    assert (made.name, made.kept, skipped, made.skipped[0][0]) == ("own-title", 24, 1, "b.txt")
    assert data.get(made.name).channels == 1
    with pytest.raises(WorkshopError, match=r"^mine\.zip is not a zip"):
        result(Path(__file__))


# The command line


def test_data_import(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    try:
        source = zipped(tmp_path / "a.zip", two_classes() | {"red/bad.jpg": b"no"})
        assert main(["data-import", str(source), "--name", "My two", "--size", "32", "--grey"]) == 0
        out, err = capsys.readouterr()
        assert out == "own-my-two\n"
        assert "1 of 25 files were skipped:\n  red/bad.jpg is no picture" in err
        assert data.get("own-my-two").size == 32
        assert main(["data-import", str(tmp_path / "gone.zip")]) == 2
        assert capsys.readouterr().err.endswith(
            "error: gone.zip is not there; give a folder of pictures or a zip of them.\n"
        )
    finally:
        signal.signal(signal.SIGTERM, before)
