"""The data package: a contract for all sources, subsets, the idx reader, where Fashion-MNIST is found."""

import gzip
import hashlib
import pickle
import re
import struct
import subprocess
import sys
import urllib.error
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gan_core import data
from gan_core.data import Dataset, celeba, cifar10, digits, emoji, fashion_mnist, fashion_small, mnist
from gan_core.data import _idx as idx
from gan_core.data import _mnist_like as mnist_like
from gan_core.data.bundled import make_digits, make_emoji, make_fashion
from gan_core.system.errors import WorkshopError

SHIPPED = [name for name in data.sources() if not name.startswith("own-")]
ONE_SENTENCE = r"^[^.\n]+(\.[^.\n ]+)*\.$"  # dots within file names and numbers are no full stops


def idx_bytes(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_fashion(folder: Path, count: int = 20, packed: bool = False) -> None:
    """Four idx files of a tiny Fashion-MNIST; all pixels of picture i are i."""
    folder.mkdir(parents=True, exist_ok=True)
    images = np.repeat(np.arange(count, dtype=np.uint8), 28 * 28).reshape(count, 28, 28)
    labels = (np.arange(count) % 10).astype(np.uint8)
    for image_name, label_name in mnist_like.FILES.values():
        for name, array in ((image_name, images), (label_name, labels)):
            if packed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(idx_bytes(array)))
            else:
                (folder / name).write_bytes(idx_bytes(array))


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without Fashion-MNIST; gives the folder of downloads."""
    monkeypatch.setattr(fashion_mnist, "DEBIAN", tmp_path / "debian")
    monkeypatch.setenv("GAN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GAN_DATA_DIR", raising=False)
    return tmp_path / "home" / "data" / "FashionMNIST" / "raw"


def replace_download(monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> None:
    """Let torchvision's download fail with `error`, or give tiny files."""

    def download(root: str, download: bool) -> None:
        assert download
        if error:
            raise error
        write_fashion(Path(root) / "FashionMNIST" / "raw", count=30)

    monkeypatch.setattr("torchvision.datasets.FashionMNIST", download)


@pytest.fixture(scope="module")
def small() -> Dataset:
    return data.load("fashion-small", split="test")


# The contract of a source


@pytest.mark.parametrize("split", data.SPLITS)
@pytest.mark.parametrize("name", SHIPPED)
def test_every_source_gives_what_it_promises(name: str, split: str) -> None:
    source = data.get(name)
    if reason := source.missing():
        pytest.skip(reason)
    dataset = data.load(name, split=split)
    assert (dataset.name, dataset.split, dataset.title) == (name, split, source.title)
    assert (dataset.classes, dataset.licence) == (source.classes, source.licence)
    assert dataset.images.dtype == np.uint8
    assert dataset.images.shape == (len(dataset), source.channels, source.size, source.size)
    assert dataset.images.flags.writeable, "torch.from_numpy warns about read-only arrays"
    assert dataset.images.min() < 10 and dataset.images.max() > 245
    assert dataset.labels.dtype == np.int64
    assert set(np.unique(dataset.labels)) == set(range(len(source.classes)))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_source_describes_itself(name: str) -> None:
    source = data.get(name)
    assert name == name.lower() and "_" not in name
    assert source.title and source.licence and source.origin
    assert source.summary.count(".") == 1 and source.summary.endswith(".")
    assert len(set(source.classes)) == len(source.classes) > 0


def test_the_sources_are_there() -> None:
    bundled = {"fashion-small", "digits", "emoji"}
    online = {"fashion-mnist", "mnist", "cifar10", "celeba"}
    assert bundled | online <= set(SHIPPED)
    assert all(data.get(name).missing() is None for name in bundled)
    assert all("http" in data.get(name).origin for name in bundled | online), "they say where they come from"


def test_a_source_is_one_new_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "two_dots.py").write_text("SOURCE = 'anything'\n")
    monkeypatch.setattr(data, "__path__", [*data.__path__, str(tmp_path)])
    data._discovered.cache_clear()
    try:
        assert data.sources()["two-dots"] == "anything"
    finally:
        data._discovered.cache_clear()
        sys.modules.pop("gan_core.data.two_dots", None)


def test_data_needs_no_torch_and_no_streamlit() -> None:
    code = "import sys; from gan_core import data; data.load('fashion-small'); print(*sys.modules)"
    root = Path(data.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    imported = done.stdout.split()
    assert "gan_core.data.fashion_mnist" in imported
    assert not {"torch", "streamlit"} & set(imported)


def test_unknown_names_list_the_valid_ones() -> None:
    with pytest.raises(WorkshopError, match=r"data set 'fashion_small'.*fashion-mnist.*fashion-small"):
        data.load("fashion_small")
    with pytest.raises(WorkshopError, match=r"split 'valid'.*test, train"):
        data.load("fashion-small", split="valid")


# A data set checks itself


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": np.zeros((2, 1, 4, 4), np.float32)}, r"uint8 \(N, 1 or 3, H, H\), but are float32"),
        ({"images": np.zeros((2, 4, 4), np.uint8)}, r"but are uint8 \(2, 4, 4\)"),
        ({"images": np.zeros((2, 2, 4, 4), np.uint8)}, r"but are uint8 \(2, 2, 4, 4\)"),
        ({"images": np.zeros((2, 1, 4, 5), np.uint8)}, r"but are uint8 \(2, 1, 4, 5\)"),
        ({"images": np.zeros((3, 1, 4, 4), np.uint8)}, r"int64 \(3,\), one a picture, but are int64 \(2,\)"),
        ({"images": np.zeros((0, 1, 4, 4), np.uint8), "labels": np.zeros(0, np.int64)}, "no pictures"),
        ({"labels": np.zeros(2, np.uint8)}, "but are uint8"),
        ({"labels": np.array([0, 2])}, "must be 0 to 1, .* 0 to 2"),
        ({"labels": np.array([-1, 0])}, "must be 0 to 1, .* -1 to 0"),
        ({"classes": ("a", "b\x1b[2J")}, r"called 'b\\x1b\[2J'; allowed: one line of text"),
        ({"licence": "MIT\nor not"}, r"called 'MIT\\nor not'; allowed: one line of text"),
    ],
)
def test_a_data_set_refuses_what_does_not_fit(change: dict[str, Any], message: str) -> None:
    images, labels = np.zeros((2, 1, 4, 4), np.uint8), np.array([0, 1])
    good = Dataset("toy", images, labels, ("a", "b"), "Toy", "MIT", "train")
    assert len(good) == 2
    with pytest.raises(WorkshopError, match=rf"Data set toy \(train\) is not valid.*{message}"):
        replace(good, **change)


# Subsets and sizes


def test_classes_keep_the_order_given(small: Dataset) -> None:
    chosen = data.load("fashion-small", split="test", classes=[7, 2])
    assert chosen.classes == ("Sneaker", "Pullover")
    assert np.bincount(chosen.labels).tolist() == [200, 200]
    np.testing.assert_array_equal(chosen.images[chosen.labels == 0], small.images[small.labels == 7])
    np.testing.assert_array_equal(chosen.images[chosen.labels == 1], small.images[small.labels == 2])


@pytest.mark.parametrize("classes", [[], [3, 3], [10], [-1], [0, 99]])
def test_classes_that_are_refused(classes: list[int]) -> None:
    with pytest.raises(WorkshopError) as caught:
        data.load("fashion-small", classes=classes)
    assert str(caught.value).startswith(f"classes: {classes} was given; allowed: one or more different")
    assert "0 T-shirt/top" in str(caught.value) and "9 Ankle boot" in str(caught.value)


@pytest.mark.parametrize(("limit", "counts"), [(1005, {100, 101}), (10, {1}), (2000, {200}), (3, {0, 1})])
def test_limit_is_exact_and_stratified(limit: int, counts: set[int]) -> None:
    dataset = data.load("fashion-small", split="test", limit=limit)
    assert len(dataset) == limit
    assert set(np.bincount(dataset.labels, minlength=10).tolist()) == counts


def test_limit_gives_the_same_different_pictures_whatever_the_seed(small: Dataset) -> None:
    np.random.seed(1)
    first = data.load("fashion-small", split="test", limit=1005)
    np.random.seed(2)
    second = data.load("fashion-small", split="test", limit=1005)
    np.testing.assert_array_equal(first.images, second.images)
    indices = data.stratified(small.labels, 1005)
    assert len(np.unique(indices)) == 1005
    np.testing.assert_array_equal(first.images, small.images[indices])
    assert indices.max() > 1900, "the pictures come from all of the source, not only its beginning"


@pytest.mark.parametrize(("limit", "classes", "most"), [(0, None, 2000), (-5, None, 2000), (401, [0, 1], 400)])
def test_limits_that_are_refused(limit: int, classes: list[int] | None, most: int) -> None:
    with pytest.raises(WorkshopError, match=rf"^limit: {limit} was given; allowed: 1 to {most}, the pictures"):
        data.load("fashion-small", split="test", classes=classes, limit=limit)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.data())
def test_stratified_is_exact_near_the_shares_and_without_repeats(values: list[int], draw: st.DataObject) -> None:
    labels = np.array(values)
    count = draw.draw(st.integers(1, len(labels)))
    indices = data.stratified(labels, count)
    assert len(indices) == count
    assert (np.diff(indices) > 0).all()
    assert indices[0] >= 0 and indices[-1] < len(labels)
    shares = np.bincount(labels, minlength=6) * count / len(labels)
    difference = np.bincount(labels[indices], minlength=6) - shares
    assert np.abs(difference).max() < 1


def test_half_the_size_is_the_mean_of_four_pixels(small: Dataset) -> None:
    shrunk = data.load("fashion-small", split="test", limit=50, size=14)
    assert shrunk.images.shape == (50, 1, 14, 14) and shrunk.images.dtype == np.uint8
    native = small.images[data.stratified(small.labels, 50)].astype(float)
    mean = native.reshape(50, 1, 14, 2, 14, 2).mean(axis=(3, 5))
    assert np.abs(shrunk.images - mean).max() <= 1  # Pillow rounds across and down


def test_a_larger_size_keeps_the_picture(small: Dataset) -> None:
    grown = data.load("fashion-small", split="test", limit=50, size=32)
    assert grown.images.shape == (50, 1, 32, 32)
    native = small.images[data.stratified(small.labels, 50)]
    means = grown.images.mean(axis=(1, 2, 3)) - native.mean(axis=(1, 2, 3))
    assert np.abs(means).max() < 2
    np.testing.assert_array_equal(data.load("fashion-small", split="test", size=28).images, small.images)


def test_colour_planes_are_resized_one_by_one() -> None:
    images = np.zeros((2, 3, 8, 8), np.uint8)
    images[0, 1], images[1, 2] = 200, 100
    resized = data._resized(images, 12)
    assert resized[0].mean(axis=(1, 2)).tolist() == [0, 200, 0]
    assert resized[1].mean(axis=(1, 2)).tolist() == [0, 0, 100]


@pytest.mark.parametrize("size", [0, -28, 3, 257])
def test_sizes_that_are_refused(size: int) -> None:
    with pytest.raises(WorkshopError, match=rf"^size: {size} was given; allowed: 4 to 256 pixels\.$"):
        data.load("fashion-small", size=size)


# The idx reader


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("idx")


@given(shape=st.tuples(*[st.integers(1, 5)] * 3), dims=st.sampled_from([1, 3]), packed=st.booleans())
def test_idx_gives_back_what_was_written(scratch: Path, shape: tuple, dims: int, packed: bool) -> None:
    array = np.random.default_rng(0).integers(0, 256, shape[:dims], dtype=np.uint8)
    path = scratch / ("a.gz" if packed else "a")
    path.write_bytes(gzip.compress(idx_bytes(array)) if packed else idx_bytes(array))
    result = idx.read(path, dims)
    np.testing.assert_array_equal(result, array)
    assert result.dtype == np.uint8 and result.flags.writeable


@given(end=st.integers(0, 39), packed=st.booleans(), dims=st.sampled_from([1, 3]))
def test_a_truncated_idx_file_is_named(scratch: Path, end: int, packed: bool, dims: int) -> None:
    whole = idx_bytes(np.arange(32, dtype=np.uint8).reshape((32,) if dims == 1 else (2, 4, 4)))
    whole = gzip.compress(whole) if packed else whole
    path = scratch / ("torn.gz" if packed else "torn")
    path.write_bytes(whole[: min(end, len(whole) - 1)])
    with pytest.raises(WorkshopError, match="^" + re.escape(f"{path} ")):
        idx.read(path, dims)


@given(content=st.binary(max_size=40), packed=st.booleans())
def test_any_other_content_is_refused_in_words(scratch: Path, content: bytes, packed: bool) -> None:
    path = scratch / ("any.gz" if packed else "any")
    path.write_bytes(content)
    with pytest.raises(WorkshopError, match="^" + re.escape(f"{path} ")):
        idx.read(path, 3)  # it takes 17 bytes with the right start to be valid: not found by chance


GOOD = idx_bytes(np.zeros((2, 3, 3), np.uint8))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (idx_bytes(np.zeros(4, np.uint8)), "not an idx3-ubyte file: it starts with 00000801, not 00000803"),
        (b"", "it starts with nothing"),
        (b"\x00\x00\x0d\x03" + GOOD[4:], "it starts with 00000d03"),
        (GOOD[:9], "ends within its header"),
        (GOOD[:-1], "should hold 18 bytes, but holds 17 bytes"),
        (GOOD + b"\x00", "should hold 18 bytes, but holds more"),
        (
            GOOD[:4] + struct.pack(">3I", 2**32 - 1, 2**32 - 1, 2**32 - 1),
            "not usable: its header says 4294967295 by",
        ),
        (GOOD[:4] + struct.pack(">3I", 0, 28, 28), "not usable: its header says 0 by 28 by 28"),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx_says_what_is_wrong(tmp_path: Path, content: bytes, message: str, suffix: str) -> None:
    path = tmp_path / f"train-images-idx3-ubyte{suffix}"
    path.write_bytes(gzip.compress(content) if suffix else content)
    with pytest.raises(WorkshopError) as caught:
        idx.read(path, 3)
    assert str(caught.value).startswith(f"{path} ") and message in str(caught.value)


def test_a_damaged_gz_and_a_file_that_is_not_there_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    for place, reason in ((-8, "CRC"), (10, "Error -3")):  # the checksum, the first compressed byte
        packed = bytearray(gzip.compress(GOOD))
        packed[place] ^= 0xFF
        path.write_bytes(packed)
        with pytest.raises(WorkshopError, match=re.escape(f"{path} cannot be read ({reason}")):
            idx.read(path, 3)
    with pytest.raises(WorkshopError, match=r"gone cannot be read .*No such file"):
        idx.read(tmp_path / "gone", 3)


# Where Fashion-MNIST is found


@pytest.mark.parametrize("subfolder", [".", "fashion-mnist", "FashionMNIST/raw"])
@pytest.mark.parametrize("packed", [False, True])
def test_gan_data_dir_is_honoured(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, subfolder: str, packed: bool
) -> None:
    write_fashion(fashion_mnist.DEBIAN, count=40)  # the user's own folder goes first
    write_fashion(tmp_path / "mine" / subfolder, packed=packed)
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path / "mine"))
    assert data.get("fashion-mnist").missing() is None
    dataset = data.load("fashion-mnist", split="test")
    assert dataset.images[:, 0, 5, 5].tolist() == list(range(20))
    assert dataset.labels.tolist() == [*range(10)] * 2


def test_debian_then_the_downloads_are_searched(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_download(monkeypatch, AssertionError("nothing needs to be downloaded"))
    write_fashion(nowhere, count=30)
    assert len(data.load("fashion-mnist")) == 30
    write_fashion(fashion_mnist.DEBIAN, count=40, packed=True)
    assert len(data.load("fashion-mnist")) == 40


def test_a_folder_with_some_of_the_files_does_not_count(nowhere: Path) -> None:
    write_fashion(fashion_mnist.DEBIAN)
    (fashion_mnist.DEBIAN / "t10k-labels-idx1-ubyte").unlink()
    assert fashion_mnist.ONLINE.find() is None


def test_a_wrong_gan_data_dir_is_an_error_not_a_fallback(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_fashion(fashion_mnist.DEBIAN)
    monkeypatch.setenv("GAN_DATA_DIR", "/no/such/folder")
    message = "GAN_DATA_DIR: /no/such/folder was given; allowed: a folder that is there."
    assert data.get("fashion-mnist").missing() == message
    with pytest.raises(WorkshopError, match=re.escape(message)):
        data.load("fashion-mnist")


def test_what_is_missing_is_downloaded_once(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_download(monkeypatch)
    assert data.get("fashion-mnist").missing() is not None
    assert len(data.load("fashion-mnist")) == 30
    assert len(list(nowhere.iterdir())) == 4, "the four files and no temporary folder"
    replace_download(monkeypatch, AssertionError("it is there now"))
    assert data.get("fashion-mnist").missing() is None
    assert len(data.load("fashion-mnist", split="test")) == 30


@pytest.mark.parametrize(
    "error",
    [urllib.error.URLError("no route"), RuntimeError("Error downloading x:\nTried y"), TimeoutError("slow")],
)
def test_nothing_anywhere_gives_one_sentence_that_helps(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    replace_download(monkeypatch, error)
    with pytest.raises(WorkshopError, match=ONE_SENTENCE) as caught:
        data.load("fashion-mnist")
    for way_out in ("GAN_DATA_DIR", "apt install dataset-fashion-mnist", "go online", "fashion-small"):
        assert way_out in str(caught.value)
    assert caught.value.__cause__ is error
    assert fashion_mnist.ONLINE.find() is None
    missing = data.get("fashion-mnist").missing()
    assert missing is not None and "apt install dataset-fashion-mnist" in missing


def test_a_defect_in_the_download_keeps_its_traceback(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_download(monkeypatch, TypeError("unexpected argument"))
    with pytest.raises(TypeError, match="unexpected argument"):
        data.load("fashion-mnist")


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("train-images-idx3-ubyte", np.zeros((20, 14, 14), np.uint8), r"pictures of \(14, 14\) pixels"),
        ("train-labels-idx1-ubyte", np.zeros(19, np.uint8), "20 pictures, but .* 19 labels"),
        ("train-labels-idx1-ubyte", np.full(20, 10, np.uint8), "holds the label 10; allowed: 0 to 9"),
    ],
)
def test_files_that_do_not_fit_are_named(nowhere: Path, name: str, array: np.ndarray, message: str) -> None:
    write_fashion(nowhere)
    (nowhere / name).write_bytes(idx_bytes(array))
    with pytest.raises(WorkshopError, match=message) as caught:
        data.load("fashion-mnist")
    assert str(nowhere / name) in str(caught.value)


# The bundled file


def test_the_bundled_file_is_small_and_has_its_licence() -> None:
    assert fashion_small.FILE.stat().st_size < 6_000_000
    licence = fashion_small.FILE.with_suffix(".LICENSE.txt").read_text(encoding="utf-8")
    assert "Zalando SE" in licence and "MIT License" in licence and "WITHOUT WARRANTY" in licence


@pytest.mark.parametrize(("split", "per_class"), [("train", 1000), ("test", 200)])
def test_the_bundled_file_is_stratified_and_mixed(split: str, per_class: int) -> None:
    dataset = data.load("fashion-small", split=split)
    assert np.bincount(dataset.labels).tolist() == [per_class] * 10
    assert set(dataset.labels[:100].tolist()) == set(range(10)), "sorted by class, the start would hold only one"


def test_the_bundled_file_is_what_its_script_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not mnist_like.complete(fashion_mnist.DEBIAN):
        pytest.skip("dataset-fashion-mnist is not installed")
    arrays = make_fashion.subset(fashion_mnist.DEBIAN)
    with np.load(fashion_small.FILE, allow_pickle=False) as bundled:
        assert set(bundled) == set(arrays)
        for name, array in arrays.items():
            np.testing.assert_array_equal(bundled[name], array)


def test_the_script_writes_the_same_bytes_and_reports_errors(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "made.npz"
    monkeypatch.setattr(fashion_small, "FILE", target)
    assert make_fashion.main([]) == 2
    assert "name their folder with --source" in capsys.readouterr().err
    write_fashion(tmp_path / "source", count=40)
    assert make_fashion.main(["--source", str(tmp_path / "source")]) == 2
    assert "4 pictures of T-shirt/top; needed: 1000" in capsys.readouterr().err
    monkeypatch.setattr(make_fashion, "PER_CLASS", {"train": 3, "test": 1})
    hashes = set()
    for _ in range(2):
        assert make_fashion.main(["--source", str(tmp_path / "source")]) == 0
        hashes.add(hashlib.sha256(target.read_bytes()).hexdigest())
    assert len(hashes) == 1
    assert b"\x00\x00\x21\x00" in target.read_bytes()[:30], "the time stamp is 1 January 1980, not now"
    assert np.bincount(data.load("fashion-small").labels).tolist() == [3] * 10


@pytest.mark.parametrize("damage", ["empty", "pointer", "torn", "flipped"])
def test_a_broken_bundled_file_says_how_to_get_it_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, damage: str
) -> None:
    whole = fashion_small.FILE.read_bytes()
    start = whole.index(b"train_images.npy") + len("train_images.npy")  # of the compressed bytes
    contents = {
        "empty": b"",
        "pointer": b"version https://git-lfs.github.com/spec/v1\n",
        "torn": whole[: len(whole) // 2],
        "flipped": whole[:start] + b"\xff" + whole[start + 1 :],
    }
    broken = tmp_path / "fashion-small.npz"
    broken.write_bytes(contents[damage])
    monkeypatch.setattr(fashion_small, "FILE", broken)
    with pytest.raises(WorkshopError, match="restore it from the repository"):
        data.load("fashion-small")
    broken.unlink()
    assert "restore it from the repository" in str(data.get("fashion-small").missing())


@pytest.mark.parametrize(("module", "most"), [(digits, 1_000_000), (emoji, 12_000_000)])
def test_the_other_bundled_files_are_small_and_have_their_licences(module, most: int) -> None:
    assert module.FILE.stat().st_size < most
    licence = module.FILE.with_suffix(".LICENSE.txt").read_text(encoding="utf-8")
    assert ("CC BY-SA 3.0" if module is digits else "SIL OPEN FONT LICENSE Version 1.1") in licence
    assert ("Yann LeCun" if module is digits else "Google Inc.") in licence


def test_digits_are_stratified_and_mixed() -> None:
    for split, per_class in (("train", 400), ("test", 100)):
        labels = data.load("digits", split=split).labels
        assert np.bincount(labels).tolist() == [per_class] * 10
        assert set(labels[:100].tolist()) == set(range(10))


@pytest.mark.slow
def test_emoji_are_colourful_on_white_mixed_and_never_in_both_parts() -> None:
    train, test = (data.load("emoji", split=split) for split in data.SPLITS)
    assert len(train) > 3000 and len(test) > 300
    shares = [np.bincount(part.labels) / len(part) for part in (train, test)]
    assert np.abs(shares[0] - shares[1]).max() < 0.01
    assert set(train.labels[:300].tolist()) == set(range(9))
    corners = train.images[:, :, 0, 0]
    assert (corners == 255).all(axis=1).mean() > 0.9
    assert np.ptp(train.images.astype(int), axis=1).max(axis=(1, 2)).mean() > 100, "far from grey"
    assert not {p.tobytes() for p in train.images} & {p.tobytes() for p in test.images}


def test_the_digits_are_divided_in_the_same_way_every_time() -> None:
    table = np.zeros((60, 785))
    table[:, 0], table[:, -1] = np.arange(60), np.arange(60) % 10
    first, second = make_digits.split(table), make_digits.split(table)
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
    assert np.bincount(first["test_labels"]).tolist() == [2] * 10
    seen = np.concatenate([first["train_images"][:, 0, 0], first["test_images"][:, 0, 0]])
    assert sorted(seen.tolist()) == list(range(60))


def test_the_bundled_emoji_are_what_the_script_draws() -> None:
    if not make_emoji.FONT.is_file():
        pytest.skip("fonts-noto-color-emoji is not installed")
    table = """
# group: Smileys & Emotion
1F600                 ; fully-qualified     # grinning face
263A                  ; unqualified         # smiling face
# group: People & Body
1F44B                 ; fully-qualified     # waving hand
1F44B 1F3FB           ; fully-qualified     # waving hand: light skin tone
# group: Component
1F3FB                 ; component           # light skin tone
# group: Flags
1F1E8 1F1ED           ; fully-qualified     # flag: Switzerland
1F1E8 1F1ED           ; fully-qualified     # once more
"""
    assert [group for group, _ in make_emoji.listed(table)] == [0, 1, 1, 8, 8]
    made = make_emoji.arrays(make_emoji.FONT, table + "1F1E9 1F1EA ; fully-qualified # flag: Germany\n")
    assert sorted(made["test_labels"].tolist()) == [0, 1, 1, 8], "both hands in one part, the flag only once"
    bundled = {p.tobytes() for split in data.SPLITS for p in data.load("emoji", split=split).images}
    drawn = [p.transpose(2, 0, 1).tobytes() for split in data.SPLITS for p in made[f"{split}_images"]]
    if not set(drawn) & bundled:
        pytest.skip("another version of the font is installed")
    assert len(drawn) == 5 and set(drawn) <= bundled


# MNIST, CIFAR-10 and CelebA: the user's folder, then a download, then a sentence


def write_cifar(folder: Path, binary: bool) -> None:
    """Six batches of ten pictures; the pixels of picture i are i in red, 100 + i in green, 200 + i in blue."""
    folder.mkdir(parents=True, exist_ok=True)
    planes = np.add.outer(np.arange(10), [0, 100, 200]).repeat(1024, axis=1).astype(np.uint8)
    for names in cifar10.FILES.values():
        for name in names:
            if binary:
                records = np.column_stack([np.arange(10, dtype=np.uint8), planes])
                (folder / f"{name}.bin").write_bytes(records.tobytes())
            else:
                batch = {b"data": planes, b"labels": list(range(10))}
                packed = pickle.dumps(batch, protocol=3)  # the real ones name numpy's modules as they were in 2009
                (folder / name).write_bytes(packed.replace(b"numpy._core", b"numpy.core"))


def write_celeba(folder: Path) -> None:
    (folder / "img_align_celeba").mkdir(parents=True)
    for number in (1, 2, 170_000, 182_638):
        Image.new("RGB", (178, 218), (0, 255, 0)).save(folder / "img_align_celeba" / f"{number:06d}.jpg", quality=100)


ONLINE = {
    "mnist": (mnist, "torchvision.datasets.MNIST", lambda folder: write_fashion(folder, 20)),
    "cifar10": (cifar10, "torchvision.datasets.CIFAR10", lambda folder: write_cifar(folder, binary=False)),
    "celeba": (celeba, "torchvision.datasets.CelebA", write_celeba),
}
"""Name to module, torchvision's class, and a function that writes a tiny one."""


@pytest.mark.parametrize("name", ONLINE)
def test_a_local_folder_is_read(nowhere: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    _, _, write = ONLINE[name]
    write(tmp_path / "mine" / name)
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path / "mine"))
    source = data.get(name)
    assert source.missing() is None
    for split in data.SPLITS:
        dataset = data.load(name, split=split)
        assert dataset.images.shape[1:] == (source.channels, source.size, source.size)
        assert dataset.images.flags.writeable and dataset.classes == source.classes


@pytest.mark.parametrize("name", ONLINE)
def test_it_is_downloaded_once(nowhere: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    module, theirs, write = ONLINE[name]
    calls = []

    def download(root: str, **options: object) -> None:
        calls.append(options)
        write(Path(root) / module.ONLINE.layout)

    monkeypatch.setattr(theirs, download)
    assert "go online" in str(data.get(name).missing())
    assert not calls, "to ask what is missing downloads nothing"
    for _ in range(2):
        assert len(data.load(name)) and len(data.load(name, split="test"))
    assert len(calls) == 1 and calls[0]["download"]
    assert data.get(name).missing() is None


@pytest.mark.parametrize("name", ONLINE)
def test_without_folder_and_network_it_is_one_sentence(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise urllib.error.URLError("no route")

    monkeypatch.setattr(ONLINE[name][1], fail)
    with pytest.raises(WorkshopError, match=ONE_SENTENCE) as caught:
        data.load(name)
    for way_out in ("GAN_DATA_DIR", "go online", "choose the data set", "no route"):
        assert way_out in str(caught.value)


@pytest.mark.parametrize("binary", [True, False])
def test_cifar_is_read_in_either_form(tmp_path: Path, binary: bool) -> None:
    write_cifar(tmp_path, binary)
    (path,) = cifar10._files(tmp_path, "test")
    images, labels = cifar10._read(path)
    assert labels.tolist() == list(range(10))
    assert images[7].mean(axis=(1, 2)).tolist() == [7, 107, 207]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        b"cos\nsystem\n(S'true'\ntR.",
        pickle.dumps({b"data": [1], b"labels": [1]}),
        pickle.dumps({b"data": np.zeros((1, 3072), np.uint8), b"labels": [10]}),
    ],
)
def test_a_broken_or_malicious_batch_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "data_batch_1"
    path.write_bytes(content)
    with pytest.raises(WorkshopError, match="^" + re.escape(f"{path} is no batch of CIFAR-10")):
        cifar10._read(path)


def test_celeba_is_cut_once_and_then_needs_no_pictures(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_celeba(tmp_path / "mine")
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path / "mine"))
    assert [len(data.load("celeba", split=split)) for split in data.SPLITS] == [2, 1]
    monkeypatch.delenv("GAN_DATA_DIR")
    assert data.get("celeba").missing() is None
    face = data.load("celeba", limit=1).images[0]
    assert np.abs(face.mean(axis=(1, 2)) - (0, 255, 0)).max() < 3


def test_a_broken_face_is_named_and_nothing_is_kept(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_celeba(tmp_path / "mine")
    (tmp_path / "mine" / "img_align_celeba" / "000002.jpg").write_bytes(b"no")
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path / "mine"))
    with pytest.raises(WorkshopError, match=r"000002\.jpg cannot be read"):
        data.load("celeba")
    assert not list(celeba._kept("train").parent.glob("*"))
