"""What all viewers of a run share, and how often their pages tick."""

import json
import threading

import pytest

from gan_core import runs
from gan_core.presets import recipe
from pages.ui.live import film
from pages.ui.shell.shared_run import INTERVALS, MAX_AGE, MISSED_TICKS, SharedRun, tick_interval


@pytest.fixture
def run(home) -> runs.Run:
    return runs.create(recipe.build({"schedule.steps": 3}))


def write(run: runs.Run, *steps: int) -> None:
    with run.metrics_path.open("a") as file:
        file.writelines(json.dumps({"step": step, "loss/g": float(step)}) + "\n" for step in steps)


def test_a_snapshot_is_shared_until_it_is_stale_or_someone_has_clicked(run, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    shared = SharedRun(run)
    first = shared.snapshot()
    assert (first.exists, first.status.state, first.requested, first.pictures, first.columns) == (
        True,
        "created",
        "run",
        {},
        {},
    )
    run.send_request(action="pause")
    write(run, 1, 2)
    clock[0] += MAX_AGE / 2
    assert shared.snapshot() is first
    assert shared.snapshot(fresh=True).requested == "pause"
    clock[0] += 2 * MAX_AGE
    third = shared.snapshot()
    assert list(third.columns["loss/g"]) == [1, 2] and third.version > first.version
    run.delete()
    assert not shared.snapshot(fresh=True).exists


def test_the_version_of_the_columns_rises_with_rows_and_with_nothing_else(run):
    shared = SharedRun(run)
    write(run, 1, 2)
    before = shared.snapshot(fresh=True).version
    assert shared.snapshot(fresh=True).version == before
    write(run, 2)  # a resumed run writes a step again: as many rows as before, with other numbers
    assert shared.snapshot(fresh=True).version > before


def test_many_viewers_have_a_thing_made_once(run):
    shared, made, got = SharedRun(run), [], []
    barrier = threading.Barrier(8)

    def view() -> None:
        barrier.wait()
        got.append(shared.cached("chart", 1, lambda: made.append(1) or object()))

    threads = [threading.Thread(target=view) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1 and len(got) == 8 and len(set(map(id, got))) == 1
    assert shared.cached("chart", 2, lambda: "new") == "new"
    assert shared.cached("other", 1, lambda: "another") == "another"


def test_many_viewers_tick_slower_and_come_back_when_others_leave(run, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    shared = SharedRun(run)
    assert shared.tick_interval("me", now=0) == INTERVALS[0]
    for i in range(40):
        shared.tick_interval(f"viewer {i}", now=1)
    slow = shared.tick_interval("me", now=2)
    assert slow > INTERVALS[0]
    assert all(shared.tick_interval("me", now=now) == slow for now in (3, 4, 5))  # the same viewer counts once
    assert shared.tick_interval("me", now=2 + MISSED_TICKS * slow) == INTERVALS[0]


def test_the_interval_keeps_all_viewers_together_within_their_share():
    assert tick_interval(1, 2, 1.0) == 1.0 and tick_interval(2, 2, 1.0) == 1.0
    assert tick_interval(20, 2, 1.0) == 8.0 and tick_interval(20, 16, 1.0) == 1.0
    assert tick_interval(10_000, 2, 1.0) == INTERVALS[-1]
    intervals = [tick_interval(viewers, 2, 1.0) for viewers in range(1, 60)]
    assert intervals == sorted(intervals)
    # one more and one fewer viewer do not make everyone's page change to and fro
    assert tick_interval(6, 2, 1.0) == 3.0 and tick_interval(5, 2, 3.0) == 3.0 and tick_interval(4, 2, 3.0) == 2.0


def test_a_newest_picture_is_sent_once_and_again_when_the_browser_asks():
    films: list[film.FilmStrip] = [{"id": "a", "title": "A"}]
    sent: set[tuple[str, int]] = set()

    def pictures(steps: list[int], want: tuple[int, ...] = ()) -> list:
        ask = {steps[-1], *want}
        message = film.film_message(films, steps, ask, lambda _, step: b"png", {}, want, sent)
        length = int.from_bytes(message[:4], "little")
        return json.loads(message[4 : 4 + length])["pictures"]

    assert pictures([10, 20]) == [["a", 20, 3]]
    assert pictures([10, 20]) == []
    assert pictures([10, 20, 30]) == [["a", 30, 3]]
    assert pictures([10, 20, 30], want=(10, 30)) == [["a", 10, 3], ["a", 30, 3]]
