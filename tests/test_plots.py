"""The numbers behind the charts: smoothing, thinning, outliers. No browser needed."""

import base64
import re
import time

import numpy as np
import pytest

from pages.ui.live.plots import PALETTE, PlotLine, lines_figure, smooth, thin

BACKGROUNDS = ("#fbfaf7", "#181715")  # of the light and the dark theme
TEXTS = {"title": "Losses", "x_title": "step", "y_title": "loss (nats)"}


def decoded(array):
    return np.frombuffer(base64.b64decode(array["bdata"]), dtype="<" + array["dtype"])


def figure(*lines, **options):
    return lines_figure(list(lines), **TEXTS, **options)


def luminance(colour):
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.dot([0.2126, 0.7152, 0.0722], np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4))


def test_smoothing_worked_out_by_hand():
    # medians: 0, 2, 2, 4, 4, 4; then e = 0.5 e + 0.5 m, divided by 1 - 0.5^t
    expected = [0, 1 / 0.75, 1.5 / 0.875, 2.75 / 0.9375, 3.375 / 0.96875, 3.6875 / 0.984375]
    series = np.array([0.0, 4.0, 2.0, 2.0, 4.0, 4.0])
    medians = [0, 2, 2, 4, 4, 4]
    assert [np.median(series[max(0, i - k) : i + k + 1]) for i, k in enumerate([0, 1, 2, 2, 1, 0])] == medians
    np.testing.assert_allclose(smooth(series, 0.5), expected, rtol=1e-12)


@pytest.mark.parametrize("weight", [0.01, 0.3, 0.9, 0.999])
def test_blocks_equal_the_plain_recursion(weight):
    y = np.linspace(-3, 5, 5000) ** 3  # monotone: the median leaves it as it is, away from the ends too
    average, plain = 0.0, []
    for t, value in enumerate(y, 1):
        average = weight * average + (1 - weight) * value
        plain.append(average / (1 - weight**t))
    np.testing.assert_allclose(smooth(y, weight), plain, rtol=1e-9, atol=1e-9)


def test_a_spike_does_not_pull_the_curve():
    y = np.ones(100)
    y[50:52] = 1e6
    np.testing.assert_allclose(smooth(y, 0.9), 1)


def test_unknown_points_stay_unknown_and_count_for_nothing():
    y = np.array([1.0, 2.0, 4.0, 3.0, 5.0, 4.0, 6.0, 7.0])
    holes = np.insert(y, [1, 1, 4], [np.nan, np.inf, -np.inf])
    result = smooth(holes, 0.8)
    assert np.isnan(result).tolist() == (~np.isfinite(holes)).tolist()
    np.testing.assert_allclose(result[np.isfinite(holes)], smooth(y, 0.8))


@pytest.mark.parametrize("weight", [-0.1, 1.0, 2.0])
def test_a_weight_out_of_range_is_refused(weight):
    with pytest.raises(ValueError, match=r"weight must be in \[0, 1\)"):
        smooth(np.ones(3), weight)


@pytest.mark.parametrize("n", [5, 50, 1000])
def test_thinning_keeps_extremes_and_order(n):
    rng = np.random.default_rng(3)
    for _ in range(20):
        y = rng.normal(size=20_000)
        y[rng.integers(0, len(y), 2)] = 30, 31  # two spikes, perhaps in one bucket
        x, kept = thin(np.arange(len(y)), y, n)
        assert len(kept) <= n and kept.min() == y.min() and kept.max() == y.max()
        assert np.all(np.diff(x) > 0) and np.array_equal(y[x.astype(int)], kept)


def test_thinning_sorts_and_drops_what_is_not_finite():
    x, y = thin(np.array([3, 1, 2, 4]), np.array([30, 10, np.nan, 40.0]), 100)
    assert x.tolist() == [1, 3, 4] and y.tolist() == [10, 30, 40]
    with pytest.raises(ValueError, match="of one length"):
        thin(np.arange(3), np.arange(4.0), 100)


@pytest.mark.parametrize("y", [[], [1.0], [1.0, 2.0], [np.nan] * 5, [None, 1.0, None]])
def test_small_and_empty_lines(y):
    result = figure(PlotLine("loss", np.arange(len(y)), np.array(y)))
    finite = np.isfinite(np.array(y, dtype=float)).sum()
    for trace in result["data"]:
        assert len(decoded(trace["x"])) == len(decoded(trace["y"])) == finite
        assert trace["mode"] == ("lines" if finite > 1 else "markers")
    assert "range" not in result["layout"]["yaxis"]


def test_a_line_is_drawn_faint_and_strong():
    y = np.random.default_rng(0).normal(size=5000)
    faint, strong = figure(PlotLine("critic: σ/2", np.arange(5000), y, group=1, dash="dot"))["data"]
    assert faint["legendgroup"] == strong["legendgroup"] and faint["uid"] != strong["uid"]
    assert faint["opacity"] < 0.5 and faint["hoverinfo"] == "skip" and not faint["showlegend"]
    assert faint["hovertemplate"] == "", "a template brings a line into the hover label in spite of skip"
    assert strong["line"] == {"color": PALETTE[1], "width": 2, "dash": "dot"} and strong["name"] == "critic: σ/2"
    assert all(re.fullmatch(r"[\w-]+", trace["uid"]) for trace in (faint, strong)), "goes into CSS selectors"
    assert decoded(faint["y"]).min() == np.float32(y.min()) and decoded(faint["y"]).max() == np.float32(y.max())
    assert decoded(strong["y"]).std() < y.std() / 3


def test_no_smoothing_draws_one_line():
    (trace,) = figure(PlotLine("critic", np.arange(50), np.arange(50.0)), smoothing=0)["data"]
    assert "opacity" not in trace and trace["name"] == "critic"
    np.testing.assert_array_equal(decoded(trace["y"]), np.arange(50))


def test_few_points_are_not_smoothed_into_a_lag():
    y = 100.0 * 0.7 ** np.arange(12)
    _, strong = figure(PlotLine("distance", np.arange(12), y))["data"]
    assert decoded(strong["y"])[-1] < 3 * y[-1]


def test_clip_leaves_out_spikes_only():
    x, y = np.arange(2000), np.random.default_rng(0).normal(size=2000)
    assert "range" not in figure(PlotLine("a", x, y))["layout"]["yaxis"]
    y[77] = 500
    low, high = figure(PlotLine("a", x, y))["layout"]["yaxis"]["range"]
    assert low < np.delete(y, 77).min() and 2 < high < 5
    assert "range" not in figure(PlotLine("a", x, y), clip=False)["layout"]["yaxis"]
    assert np.float32(500) in decoded(figure(PlotLine("a", x, y))["data"][0]["y"])


def test_clip_counts_a_short_line_as_much_as_a_long_one():
    noise = np.random.default_rng(0).normal(size=10_000)
    lines = [PlotLine("long", np.arange(10_000), noise), PlotLine("short", np.arange(20), np.linspace(50, 60, 20))]
    span = figure(*lines)["layout"]["yaxis"].get("range", (-10, 70))
    assert span[0] < -1 and span[1] > 59


@pytest.mark.parametrize(("value", "expected"), [(1.0, [0, 1.05]), (-2.0, [-2.1, 0])])
def test_flat_lines_stand_on_zero(value, expected):
    x = np.arange(50.0)
    lines = [PlotLine("a", x, np.full(50, value), 0), PlotLine("b", x, np.full(50, value), 1)]
    assert lines_figure(lines, title="", x_title="", y_title="")["layout"]["yaxis"]["range"] == pytest.approx(expected)


def test_steps_beyond_float32_stay_exact():
    x = 2**25 + np.arange(100)
    trace = figure(PlotLine("a", x, np.ones(100)), smoothing=0)["data"][0]
    assert decoded(trace["x"]).tolist() == x.tolist()


def test_names_are_unique():
    with pytest.raises(ValueError, match="its own name"):
        figure(PlotLine("a", np.arange(3), np.ones(3)), PlotLine("a", np.arange(3), np.ones(3)))


def test_a_million_points_take_well_under_a_second():
    line = PlotLine("a", np.arange(1_000_000), np.random.default_rng(0).normal(size=1_000_000))
    result = figure(line)  # the first call also warms up
    took = []
    for _ in range(3):
        began = time.thread_time()  # a busy machine is no reason to fail
        figure(line)
        took.append(time.thread_time() - began)
    assert min(took) < 0.3, "about 0.05 s of the processor"
    assert sum(len(trace["x"]["bdata"]) + len(trace["y"]["bdata"]) for trace in result["data"]) < 25_000


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("colour", PALETTE)
def test_every_colour_shows_on_both_themes(colour, background):
    light, dark = sorted((luminance(colour), luminance(background)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) > 3
