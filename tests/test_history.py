"""Reading metrics.jsonl while it grows: torn lines, rewritten steps, gaps, and the cache for long runs."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_core.runs import history
from gan_core.runs.history import History
from gan_core.training.events import Row
from gan_core.worker._recorder import to_json

NAN = float("nan")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "metrics.jsonl"


def text(*rows: Row) -> bytes:
    return "".join(map(to_json, rows)).encode()


def append(path, content: bytes):
    with path.open("ab") as file:
        file.write(content)


def same(table, **expected):
    assert table.keys() == {name.replace("__", "/") for name in expected}
    for name, values in expected.items():
        column = table[name.replace("__", "/")]
        assert column.dtype == np.float64
        np.testing.assert_array_equal(column, values)


def test_nothing_there_yet(path):
    reader = History(path)
    assert reader.refresh() == {}
    path.touch()
    assert reader.refresh() == {}
    append(path, text({"step": 1, "loss/g": 0.5}))
    same(reader.refresh(), step=[1], loss__g=[0.5])


def test_a_torn_last_line_waits(path):
    reader = History(path)
    line = text({"step": 2, "loss/g": 0.25})
    append(path, text({"step": 1, "loss/g": 0.5}) + line[:9])
    for _ in range(2):
        same(reader.refresh(), step=[1], loss__g=[0.5])
    append(path, line[9:-1])  # whole, but for its end of line
    same(reader.refresh(), step=[1], loss__g=[0.5])
    append(path, line[-1:] + text({"step": 3, "loss/g": 0.125}))
    same(reader.refresh(), step=[1, 2, 3], loss__g=[0.5, 0.25, 0.125])


def test_steps_written_again_replace_what_was_there(path):
    reader = History(path)
    append(path, text(*({"step": step, "loss/g": step, "old": 1.0} for step in (1, 2, 3, 4, 5))))
    same(reader.refresh(), step=[1, 2, 3, 4, 5], loss__g=[1, 2, 3, 4, 5], old=[1] * 5)
    append(path, text({"step": 3, "loss/g": 30}, {"step": 4, "loss/g": 40}))
    expected = {"step": [1, 2, 3, 4], "loss__g": [1, 2, 30, 40], "old": [1, 1, NAN, NAN]}
    same(reader.refresh(), **expected)
    same(History(path).refresh(), **expected)  # now in the middle of one piece
    append(path, text({"step": 4, "loss/g": 400}, {"step": 5, "loss/g": 500}))
    append(path, text({"step": 1, "loss/g": -1}))
    same(reader.refresh(), step=[1], loss__g=[-1], old=[NAN])
    same(History(path).refresh(), step=[1], loss__g=[-1], old=[NAN])


def test_gaps_are_nan(path):
    reader = History(path)
    append(path, text({"step": 1, "a": 1.5}, {"step": 2, "a": None}, {"step": 3, "b": 7}))
    append(path, text({"step": 4, "a": float("inf")}, {"step": 5, "a": NAN, "b": None}))
    append(path, json.dumps({"step": 6, "c": None}).encode() + b"\n")
    a, b = [1.5, NAN, NAN, NAN, NAN, NAN], [NAN, NAN, 7, NAN, NAN, NAN]
    same(reader.refresh(), step=[1, 2, 3, 4, 5, 6], a=a, b=b, c=[NAN] * 6)
    append(path, text({"step": 7, "new": 2}))
    same(reader.refresh(), step=[1, 2, 3, 4, 5, 6, 7], a=[*a, NAN], b=[*b, NAN], c=[NAN] * 7, new=[NAN] * 6 + [2])


def test_whole_numbers_and_fractions_in_one_column(path):
    reader = History(path)
    append(path, text({"step": 1, "x": 1}, {"step": 2, "x": 0.1}, {"step": 3, "x": 1e-12}, {"step": 4, "x": 3e21}))
    same(reader.refresh(), step=[1, 2, 3, 4], x=[1, 0.1, 1e-12, 3e21])


def test_a_long_run_is_kept_in_a_cache(path, monkeypatch):
    monkeypatch.setattr(history, "CACHE_AFTER", 50)
    monkeypatch.setattr(history, "CHUNK", 200)
    cache = path.with_name(".metrics-cache.npz")
    append(path, text(*({"step": step, "x": step / 2} for step in range(1, 50))))
    History(path).refresh()
    assert not cache.exists(), "49 rows are no long run"
    append(path, text(*({"step": step, "x": step / 2, "late": 1} for step in range(50, 101))))
    whole = {"step": range(1, 101), "x": np.arange(1, 101) / 2, "late": [NAN] * 49 + [1] * 51}
    same(History(path).refresh(), **whole)
    assert cache.exists()

    # the next reader takes those rows from the cache: it does not see what has become of the text before
    length = path.stat().st_size
    path.write_bytes(b"#" * length)
    reader = History(path)
    same(reader.refresh(), **whole)

    # and reads on where the cache ends, a step that is written again included
    append(path, text({"step": 99, "x": -1, "other": 5}, {"step": 100, "x": -2}))
    late = [NAN] * 49 + [1] * 49 + [NAN] * 2
    changed = {
        "step": range(1, 101),
        "x": [*np.arange(1, 99) / 2, -1, -2],
        "late": late,
        "other": [NAN] * 98 + [5, NAN],
    }
    same(reader.refresh(), **changed)
    same(History(path).refresh(), **changed)

    # it is renewed only after as many rows again
    before = cache.read_bytes()
    append(path, text(*({"step": step} for step in range(101, 150))))
    reader.refresh()
    assert cache.read_bytes() == before
    append(path, text({"step": 150}))
    assert len(reader.refresh()["step"]) == 150
    assert cache.read_bytes() != before
    path.write_bytes(b"#" * path.stat().st_size)
    table = History(path).refresh()
    assert table["step"].tolist() == list(range(1, 151)) and table["x"][98] == -1


NUMBERS = st.none() | st.integers(-9, 9) | st.floats(-1e6, 1e6, width=32)
ROWS = st.lists(st.dictionaries(st.sampled_from(["loss/g", "loss/d", "d/penalty"]), NUMBERS), min_size=1, max_size=30)


def test_a_cache_of_rows_that_a_power_cut_took_is_not_believed(path, monkeypatch):
    monkeypatch.setattr(history, "CACHE_AFTER", 50)
    append(path, text(*({"step": step, "x": step / 2} for step in range(1, 61))))
    History(path).refresh()
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:20]))
    append(path, text(*({"step": step, "x": -1} for step in range(21, 31))))
    same(History(path).refresh(), step=range(1, 31), x=[*np.arange(1, 21) / 2, *[-1] * 10])
    path.unlink()
    assert History(path).refresh() == {}


@given(data=st.data(), rows=ROWS, piece=st.sampled_from([128, 500, 10**6]), cache_after=st.sampled_from([3, 10**6]))
def test_bit_by_bit_equals_at_once(data, rows, piece, cache_after):
    """Whatever the moments at which a reader looks, and however often the run was resumed."""
    step, numbered, truth = 0, [], {}
    for row in rows:
        back = data.draw(st.integers(0, 3)) if data.draw(st.integers(0, 5)) == 0 else 0
        step = max(1, step + 1 - back)
        numbered.append({"step": step, **row})
        truth = {at: kept for at, kept in truth.items() if at < step} | {step: row}
    content = text(*numbered)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=8)))
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(history, "CHUNK", piece)
        patch.setattr(history, "CACHE_AFTER", cache_after)
        path = Path(folder) / "metrics.jsonl"
        reader = History(path)
        for start, stop in zip([0, *cuts], [*cuts, len(content)], strict=True):
            append(path, content[start:stop])
            table = reader.refresh()
            assert not table or (np.diff(table["step"]) > 0).all()
        for table in (reader.refresh(), History(path).refresh()):  # the second one from the cache, if there is one
            assert table["step"].tolist() == list(truth)
            assert table.keys() == {"step"}.union(*rows)
            for name in table.keys() - {"step"}:
                expected = [
                    NAN if (value := row.get(name)) is None else float(f"{value:.6g}") for row in truth.values()
                ]
                np.testing.assert_array_equal(table[name], expected, err_msg=name)
