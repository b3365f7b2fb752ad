"""Points as JSON: the numbers come back to the last bit."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_core.explore.point_file import saved_point, write
from gan_core.nets import latent

Z = [0.5, -1.25]

values = st.floats(-1000, 1000, width=32)
labels = st.sampled_from([None, "Sneaker", "Bag", "Ärmel"])


@given(st.lists(st.tuples(st.lists(values, min_size=4, max_size=4), labels, st.integers(0, 2**31 - 1)), min_size=1))
def test_what_is_written_is_read(rows):
    written = write("toy", [saved_point(np.array(z, np.float32), label, seed, 7) for z, label, seed in rows])
    found = json.loads(written)
    assert found["model"] == "toy" and len(found["points"]) == len(rows)
    for kept, (z, label, seed) in zip(found["points"], rows, strict=True):
        np.testing.assert_array_equal(np.array(kept["z"], np.float32), np.array(z, np.float32))
        assert (kept.get("class"), kept["seed"], kept["index"]) == (label, seed, 7)


def test_the_file_by_hand():
    z = latent.fixed(1, 2, seed=0)[0].numpy()
    text = write("fashion-cgan", [saved_point(z, "Sneaker", 0, 0), saved_point(np.array(Z, np.float32))]).decode()
    assert json.loads(text) == {
        "format": "gan-workshop-points/1",
        "model": "fashion-cgan",
        "points": [{"z": [float(str(z[0])), float(str(z[1]))], "class": "Sneaker", "seed": 0, "index": 0}, {"z": Z}],
    }
    assert len(text.splitlines()) == 4 and len(text.splitlines()[2]) < 30


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_json_has_no_numbers_for_is_not_written(number):
    with pytest.raises(ValueError):
        write("toy", [saved_point(np.array([0.0, number], np.float32))])
