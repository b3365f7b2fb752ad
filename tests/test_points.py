"""Names of points: what a link says is what is drawn, and nothing else gets in."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_core.explore import points
from gan_core.explore.points import LatentPoint
from gan_core.system.errors import WorkshopError

labels = st.none() | st.integers(0, 999)
drawn = st.builds(LatentPoint, st.integers(0, points.MAX_SEED), st.integers(0, 9_999), labels)
found = st.builds(LatentPoint.from_z, st.lists(st.floats(-60_000, 60_000), min_size=1, max_size=40), labels)


@given(st.lists(drawn | found, max_size=8))
def test_a_text_names_the_same_points_again(some):
    assert points.split(points.join(some), limit=8) == some
    assert all(re.fullmatch(r"[\w.@-]+", str(point), re.ASCII) for point in some), "fit for an address"


@given(st.text(max_size=30))
def test_no_other_text_is_a_point(text):
    try:
        point = points.parse(text)
    except WorkshopError as error:
        assert str(error).startswith(("Point: ", "z: ")) and "\n" not in str(error)
    else:
        assert points.parse(str(point)) == point


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "allowed: SEED.INDEX"),
        ("7", "allowed: SEED.INDEX"),
        ("9999999999.1", "allowed: 0 to 2,147,483,647"),
        ("zA", "cut off"),
        ("zAAB8", "cut off"),
        ("zAHw", "not finite"),  # the bytes of infinity
        ("z" + "A" * 4000, "allowed: 1 to 1024"),
        ("7.1@12345", "allowed: SEED.INDEX"),
    ],
)
def test_unfit_texts_get_a_sentence(text, said):
    with pytest.raises(WorkshopError, match=said):
        points.parse(text)


def test_numbers_are_those_of_half_precision():
    point = LatentPoint.from_z(np.array([0.1, -2.0, 1 / 3]), 4)
    assert point.numbers == (float(np.float16(0.1)), -2.0, float(np.float16(1 / 3)))
    assert point.with_class(None).label is None and point.with_class(None).numbers == point.numbers


def test_too_many_points_are_refused():
    with pytest.raises(WorkshopError, match="3 were given; allowed: 2 at most"):
        points.split("0.1~0.2~0.3", limit=2)
    with pytest.raises(WorkshopError, match="in one row"):
        LatentPoint.from_z(np.zeros((2, 3)))
