"""What all viewers of a run share, and how often they look."""

import json
import threading

import pytest

from gan_core import runs
from gan_core.presets import recipe
from pages.ui.live import live_plot
from pages.ui.shell.watcher import AWAY, FRESH, PACES, Watched, pace


@pytest.fixture
def run(home) -> runs.Run:
    return runs.create(recipe.build({"schedule.steps": 3}))


def write(run: runs.Run, *steps: int) -> None:
    with run.metrics_path.open("a") as file:
        file.writelines(json.dumps({"step": step, "loss/g": float(step)}) + "\n" for step in steps)


def test_a_look_is_shared_until_it_is_stale_or_someone_has_clicked(run, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    watched = Watched(run)
    first = watched.look()
    assert (first.there, first.status.state, first.wanted, first.kept, first.columns) == (
        True,
        "created",
        "run",
        {},
        {},
    )
    run.send_request(action="pause")
    write(run, 1, 2)
    clock[0] += FRESH / 2
    assert watched.look() is first
    assert watched.look(fresh=True).wanted == "pause"
    clock[0] += 2 * FRESH
    third = watched.look()
    assert list(third.columns["loss/g"]) == [1, 2] and third.version > first.version
    run.delete()
    assert not watched.look(fresh=True).there


def test_the_version_of_the_columns_rises_with_rows_and_with_nothing_else(run):
    watched = Watched(run)
    write(run, 1, 2)
    before = watched.look(fresh=True).version
    assert watched.look(fresh=True).version == before
    write(run, 2)  # a resumed run writes a step again: as many rows as before, with other numbers
    assert watched.look(fresh=True).version > before


def test_many_viewers_have_a_thing_made_once(run):
    watched, made, got = Watched(run), [], []
    barrier = threading.Barrier(8)

    def view() -> None:
        barrier.wait()
        got.append(watched.once("chart", 1, lambda: made.append(1) or object()))

    threads = [threading.Thread(target=view) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1 and len(got) == 8 and len(set(map(id, got))) == 1
    assert watched.once("chart", 2, lambda: "new") == "new"
    assert watched.once("other", 1, lambda: "another") == "another"


def test_many_viewers_tick_slower_and_come_back_when_others_leave(run, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    watched = Watched(run)
    assert watched.pace("me", now=0) == PACES[0]
    for i in range(40):
        watched.pace(f"viewer {i}", now=1)
    slow = watched.pace("me", now=2)
    assert slow > PACES[0]
    assert all(watched.pace("me", now=now) == slow for now in (3, 4, 5))  # the same viewer counts once
    assert watched.pace("me", now=2 + AWAY * slow) == PACES[0]


def test_the_pace_keeps_all_viewers_together_within_their_share():
    assert pace(1, 2, 1.0) == 1.0 and pace(2, 2, 1.0) == 1.0
    assert pace(20, 2, 1.0) == 8.0 and pace(20, 16, 1.0) == 1.0
    assert pace(10_000, 2, 1.0) == PACES[-1]
    paces = [pace(viewers, 2, 1.0) for viewers in range(1, 60)]
    assert paces == sorted(paces)
    # one more and one fewer viewer do not make everyone's page change to and fro
    assert pace(6, 2, 1.0) == 3.0 and pace(5, 2, 3.0) == 3.0 and pace(4, 2, 3.0) == 2.0


def test_a_newest_picture_is_sent_once_and_again_when_the_browser_asks():
    films: list[live_plot.Film] = [{"id": "a", "title": "A"}]
    sent: set[tuple[str, int]] = set()

    def pictures(steps: list[int], want: tuple[int, ...] = ()) -> list:
        ask = {steps[-1], *want}
        message = live_plot._film_message(films, steps, ask, lambda film, step: b"png", {}, want, sent)
        length = int.from_bytes(message[:4], "little")
        return json.loads(message[4 : 4 + length])["pictures"]

    assert pictures([10, 20]) == [["a", 20, 3]]
    assert pictures([10, 20]) == []
    assert pictures([10, 20, 30]) == [["a", 30, 3]]
    assert pictures([10, 20, 30], want=(10, 30)) == [["a", 10, 3], ["a", 30, 3]]
