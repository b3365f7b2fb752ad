"""Ways through latent space, against what geometry says of them."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gan_core.explore import paths

numbers = st.floats(-1e6, 1e6, allow_subnormal=False)
pairs = st.integers(1, 12).flatmap(lambda d: arrays(np.float64, (2, d), elements=numbers))
times = st.lists(st.floats(0, 1), min_size=1, max_size=9).map(np.array)
ways = st.sampled_from(sorted(paths.INTERPOLATIONS))


@given(pairs, ways)
def test_the_ends_are_exact(pair, how):
    a, b = pair
    found = paths.INTERPOLATIONS[how](a, b, np.array([0.0, 1.0]))
    assert (found[0] == a).all() and (found[1] == b).all()


@given(pairs, times)
def test_spherical_keeps_the_length(pair, t):
    a, b = pair
    assume(len(a) > 1 and np.linalg.norm(a) > 1e-3 and np.linalg.norm(b) > 1e-3)
    b = b / np.linalg.norm(b) * np.linalg.norm(a)
    assert np.allclose(np.linalg.norm(paths.slerp(a, b, t), axis=1), np.linalg.norm(a), rtol=1e-9)


@given(pairs, times)
def test_opposite_and_zero_vectors_do_not_break_it(pair, t):
    a, _ = pair
    assert np.isfinite(paths.slerp(a, -a, t)).all() and np.isfinite(paths.slerp(a, 0 * a, t)).all()
    assert np.isfinite(paths.slerp(0 * a, a, t)).all() and (paths.slerp(0 * a, 0 * a, t) == 0).all()
    assert np.allclose(paths.slerp(a, a, t), a, rtol=1e-9)
    if len(a) > 1 and np.linalg.norm(a) > 1e-3:
        assert np.allclose(np.linalg.norm(paths.slerp(a, -a, t), axis=1), np.linalg.norm(a), rtol=1e-9)


@given(st.floats(1e-9, math.pi - 1e-6), st.floats(0, 1))
def test_the_direction_turns_evenly(angle, t):
    a, b = np.array([1.0, 0.0, 0.0]), np.array([math.cos(angle), math.sin(angle), 0.0])
    found = paths.slerp(a, b, np.array([t]))[0]
    assert np.allclose(found, [math.cos(t * angle), math.sin(t * angle), 0], atol=1e-9)


def test_a_quarter_turn_by_hand():
    half = paths.slerp(np.array([2.0, 0.0]), np.array([0.0, 4.0]), np.array([0.5]))[0]
    assert np.allclose(half, 3 * np.array([math.sqrt(0.5), math.sqrt(0.5)]))  # the length goes evenly from 2 to 4
    assert np.allclose(paths.lerp(np.array([2.0, 0.0]), np.array([0.0, 4.0]), np.array([0.5]))[0], [1, 2])


@pytest.mark.parametrize("how", paths.INTERPOLATIONS)
def test_a_way_goes_through_all_points(how):
    some = np.random.default_rng(0).standard_normal((3, 8))
    found = paths.interpolate(some, 9, how)
    assert (found[0] == some[0]).all() and (found[4] == some[1]).all() and (found[8] == some[2]).all()
    around = paths.interpolate(some, 9, how, loop=True)
    assert (around[[0, 3, 6]] == some).all() and not (around[-1] == some[0]).all()
    assert (paths.interpolate(some[:1], 4, how) == some[0]).all()
    with pytest.raises(ValueError, match="at least one"):
        paths.interpolate(some[:0], 4, how)


@given(st.integers(1, 6), st.integers(1, 30), st.booleans())
def test_stops_are_evenly_spread(count, frames, loop):
    piece, t = paths.segments(count, frames, loop=loop)
    assert ((t >= 0) & (t <= 1)).all() and (piece >= 0).all() and (piece < max(count - (not loop), 1)).all()
    assert np.allclose(np.diff(piece + t, 2), 0, atol=1e-9)


@pytest.mark.parametrize("how", paths.INTERPOLATIONS)
def test_the_corners_of_a_sheet(how):
    corners = np.random.default_rng(1).standard_normal((4, 6))
    cells = paths.grid(corners, 5, how)
    assert cells.shape == (25, 6) and (cells[[0, 4, 20, 24]] == corners).all()
    assert np.allclose(paths.interpolate_2d(corners, 0.25, 0.5, how), cells[11])


@given(st.integers(0, 50), st.floats(0, 1), st.sampled_from(["normal", "uniform"]))
def test_a_walk_starts_as_asked_and_closes_smoothly(seed, reach, distribution):
    start = np.array([0.3, -0.9, 0.99])
    found = paths.walk(start, 40, seed, reach, distribution)
    assert (found[0] == start).all() and (found == paths.walk(start, 40, seed, reach, distribution)).all()
    steps = np.abs(np.diff(np.concatenate([found, found[:1]]), axis=0)).max(1)
    assert steps[-1] <= 4 * max(np.median(steps), steps[0], 1e-12), "the last step to the start is one like the others"
    assert distribution == "normal" or np.abs(found).max() <= 1
    if reach == 0:
        assert np.allclose(found, start)


def test_a_walk_is_distributed_as_z():
    starts = np.random.default_rng(0).standard_normal((400, 8))
    far = np.stack([paths.walk(start, 12, seed)[[3, 6, 9]] for seed, start in enumerate(starts)])
    assert np.allclose(far.std((0, 2)), 1, atol=0.05) and np.allclose(far.mean((0, 2)), 0, atol=0.06)


@given(arrays(np.float64, 20, elements=st.floats(-5, 5)), st.floats(0.05, 8))
def test_truncation_keeps_the_order_and_the_bound(z, limit):
    found = paths.truncate(z, limit)
    assert np.abs(found).max() <= limit and (found * z >= -1e-9).all(), "on the same side of zero"
    order = np.argsort(z, kind="stable")
    assert (np.diff(found[order]) >= -1e-12).all()


def test_truncation_gives_the_distribution_with_its_tails_cut_off():
    z = np.random.default_rng(0).standard_normal(20_000)
    found = paths.truncate(z, 1.0)
    assert found.std() == pytest.approx(0.5396, abs=0.01)  # of a standard normal within ±1
    assert np.allclose(paths.truncate(z, 8.0), z, atol=1e-6)
    assert np.allclose(paths.truncate(np.array([-1.0, 0.5]), 0.5, "uniform"), [-0.5, 0.25])


def test_the_way_that_suits_the_distribution_comes_first():
    assert list(paths.titles_for("normal")) == ["spherical", "linear"]
    assert list(paths.titles_for("uniform")) == ["linear", "spherical"]
