"""Points as JSON: written and read back to the last bit, and strict with what others write."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_core.explore import point_file
from gan_core.explore.point_file import read, saved_point, write
from gan_core.nets import latent
from gan_core.system.errors import WorkshopError

CLASSES = ("Sneaker", "Bag", "Ärmel")
Z = [0.5, -1.25]


def content(**changes):
    """A file with one point; `changes` are fields of the point, or of the file where it has them."""
    one = {"z": Z, "class": "Bag", "seed": 3, "index": 0}
    whole = {"format": point_file.FORMAT, "model": "fashion-cgan", "points": [one]}
    for name, value in changes.items():
        (whole if name in whole else one)[name] = value
    return json.dumps(whole).encode()


values = st.floats(-1000, 1000, width=32)
labels = st.one_of(st.none(), st.sampled_from(CLASSES), st.just({"Bag": 0.25, "Sneaker": 0.75}))


@given(st.lists(st.tuples(st.lists(values, min_size=4, max_size=4), labels, st.integers(0, 2**31 - 1)), min_size=1))
def test_what_is_written_is_read(rows):
    points = [saved_point(np.array(z, np.float32), label, seed, 7) for z, label, seed in rows]
    written = write("toy", points[: point_file.MAX_POINTS])
    found = read(written, 4, CLASSES)
    assert found.model == "toy" and list(found.points) == points[: point_file.MAX_POINTS]
    for kept, (z, label, seed) in zip(found.points, rows, strict=False):
        np.testing.assert_array_equal(kept.array(), np.array(z, np.float32))
        assert (kept.label, kept.seed, kept.index) == (label, seed, 7)


def test_the_file_by_hand():
    z = latent.fixed(1, 2, seed=0)[0].numpy()
    text = write("fashion-cgan", [saved_point(z, "Sneaker", 0, 0), saved_point(np.array(Z, np.float32))]).decode()
    assert json.loads(text) == {
        "format": "gan-workshop-points/1",
        "model": "fashion-cgan",
        "points": [{"z": [float(str(z[0])), float(str(z[1]))], "class": "Sneaker", "seed": 0, "index": 0}, {"z": Z}],
    }
    assert len(text.splitlines()) == 4 and len(text.splitlines()[2]) < 30


def test_the_largest_file_is_small_enough():
    z = np.full(1024, -np.float32(0.12345678), np.float32)
    assert (
        len(write("a" * 300, [saved_point(z, "Ärmel", 2**31 - 1, 10**6)] * point_file.MAX_POINTS))
        <= point_file.MAX_BYTES
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"", "The file is not valid JSON: EOF while parsing a value at line 1 column 0."),
        (b"\xff\xfe", "The file is not valid JSON: "),
        (b"[" * 100_000, "The file is not valid JSON: "),
        (b"[1]", "The file: [1] was given; allowed: an object."),
        (b" " * 5_000_001, "The file has 5,000,001 bytes; allowed: at most 5,000,000."),
        (content(format="gan-workshop/1"), "format: 'gan-workshop/1' was given; allowed: 'gan-workshop-points/1'."),
        (content(model=7), "model: 7 was given; allowed: a valid string."),
        (content(points=[]), "points: "),
        (content(points=[{"z": Z}] * 257), "points: "),
        (content(points=[{}]), "points.0.z: nothing was given; it is needed."),
        (content(zz=1), "points.0.zz: there is no such field."),
        (content(z=[]), "points.0.z: "),
        (content(z=[0.0] * 1025), "points.0.z: "),
        (content(z=[0.0] * 3), "points.0.z: 3 numbers were given; allowed for this model: 2 numbers."),
        (content(z=[0.0, "1"]), "points.0.z.1: '1' was given; allowed: a valid number."),
        (content(z=[0.0, float("nan")]), "points.0.z.1: "),
        (content(z=[0.0, float("-inf")]), "points.0.z.1: "),
        (content().replace(b"-1.25", b"1e999"), "points.0.z.1: "),
        (content(z=[0.0, 1000.5]), "points.0.z: [0.0, 1000.5] was given; allowed: numbers from −1000 to 1000."),
        (content(seed=-1), "points.0.seed: -1 was given; allowed: greater than or equal to 0."),
        (content(seed=1.5), "points.0.seed: 1.5 was given; allowed: a valid integer."),
        (content(seed=2**31), "points.0.seed: 2147483648 was given; allowed: less than or equal to 2147483647."),
        (content(**{"class": "Hat"}), "points.0.class: 'Hat' was given; allowed: Sneaker, Bag, Ärmel."),
        (content(**{"class": {"Hat": 1.0}}), "points.0.class: 'Hat' was given; allowed: Sneaker, Bag, Ärmel."),
        (content(**{"class": 3}), "points.0.class: 3 was given; allowed: the name of a class, or an object of weights"),
        (
            content(**{"class": {"Bag": 0.5}}),
            "points.0.class: {'Bag': 0.5} was given; allowed: the name of a class, or",
        ),
        (content(**{"class": {"Bag": 2, "Sneaker": -1}}), "points.0.class: "),
        (content(**{"class": {}}), "points.0.class: {} was given; "),
    ],
)
def test_what_is_wrong_is_one_sentence(given, said):
    with pytest.raises(WorkshopError) as caught:
        read(given, 2, CLASSES)
    assert str(caught.value).startswith(said) and "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_a_class_for_a_model_that_knows_none():
    with pytest.raises(WorkshopError, match=r"points\.0\.class: 'Bag' was given; this model is unconditional\."):
        read(content(), 2)
    assert read(content(**{"class": None}), 2).points[0].label is None


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(given):
    with pytest.raises(WorkshopError):
        read(given, 2, CLASSES)
