"""What visitors of a shared instance may do, and how their things are told apart."""

import math
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_worker import until

from gan_core import runs
from gan_core.config import ConfigError
from gan_core.presets import recipe
from gan_core.runs import limits, owners
from gan_core.system import settings
from gan_core.system.errors import WorkshopError
from gan_core.worker.worker import Worker

SECONDS = st.none() | st.floats(0.5, 10_000)
USUAL = limits.Limits(minutes=10, size=64, queue=8)
VISITOR, OTHER = "0123456789abcdef" * 2, "f" * 32


@pytest.fixture
def shared(home, monkeypatch):
    """A shared instance with its usual limits."""
    monkeypatch.setenv("GAN_PUBLIC", "1")
    for name in ("GAN_MAX_MINUTES", "GAN_MAX_SIZE", "GAN_MAX_QUEUE", "GAN_OWNER_SECRET"):
        monkeypatch.delenv(name, raising=False)
    return home


def built(**given):
    return recipe.build(
        {"variant": "dcgan", "network.width": 4, "schedule.steps": 2, "schedule.batch": 8, "data.limit": 20, **given}
    )


def test_at_home_there_are_none(home, monkeypatch):
    monkeypatch.delenv("GAN_PUBLIC", raising=False)
    monkeypatch.setenv("GAN_MAX_QUEUE", "1")
    config = built(**{"schedule.seconds": None, "data.size": 128})
    assert limits.current() is None and limits.visitor_notice() == "" and limits.with_time_limit(config) is config
    limits.check(config)
    with limits.reserve_places([config] * 50):
        assert not list(home.iterdir())


def test_the_usual_limits(shared):
    assert limits.current() == USUAL
    assert limits.visitor_notice().startswith("This instance is shared: a run trains for 10 minutes at most")
    assert "64 × 64 pixels. 0 of its 8 places for runs are taken." in limits.visitor_notice()


@given(seconds=SECONDS, minutes=st.floats(0.1, 10_000))
def test_training_time_is_held_for_every_value(seconds, minutes):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_PUBLIC", "1")
        patch.setenv("GAN_MAX_MINUTES", repr(minutes))
        config = built(**{"schedule.seconds": seconds})
        fitted = limits.with_time_limit(config)
        if seconds is None:
            assert fitted.schedule.seconds == minutes * 60
            with pytest.raises(
                ConfigError, match=r"schedule\.seconds: None was given; allowed on this shared instance"
            ):
                limits.check(config)
        else:
            assert fitted is config
        if seconds is not None and seconds > minutes * 60:
            with pytest.raises(ConfigError, match=r"schedule\.seconds: .* was given; allowed on this shared instance"):
                limits.check(fitted)
        else:
            limits.check(fitted)


@given(size=st.integers(16, 128), most=st.integers(16, 128))
def test_the_size_is_held_for_every_value(size, most):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_PUBLIC", "1")
        patch.setenv("GAN_MAX_SIZE", str(most))
        config = built(**{"data.size": size, "schedule.seconds": 60})
        if size > most:
            with pytest.raises(ConfigError, match=rf"data\.size: {size} was given; .* up to {most}\."):
                limits.check(config)
        else:
            limits.check(config)


def test_the_size_of_the_data_set_counts_where_none_is_set(shared, monkeypatch):
    monkeypatch.setenv("GAN_MAX_SIZE", "32")
    limits.check(built(**{"schedule.seconds": 1, "data.dataset": "digits"}))
    with pytest.raises(ConfigError, match=r"None was given; .* up to 32, and the pictures of emoji have 64"):
        limits.check(built(**{"schedule.seconds": 1, "data.dataset": "emoji"}))


@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12))
def test_whatever_the_environment_says_is_a_limit_or_a_sentence(text):
    for name, low, high in (("GAN_MAX_MINUTES", 0.1, 10_000), ("GAN_MAX_SIZE", 16, 128), ("GAN_MAX_QUEUE", 1, 1000)):
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv(name, text)
                found = limits.from_environment()
        except WorkshopError as error:
            assert str(error).startswith(f"{name}: ") and "; allowed: a" in str(error)
            continue
        number = {"GAN_MAX_MINUTES": found.minutes, "GAN_MAX_SIZE": found.size, "GAN_MAX_QUEUE": found.queue}[name]
        assert low <= number <= high
        if not text.strip():
            assert found == USUAL


@pytest.mark.parametrize("text", ["yes", "2", "true", "on"])
def test_a_word_for_public_is_refused_rather_than_read_as_no(monkeypatch, text):
    monkeypatch.setenv("GAN_PUBLIC", text)
    with pytest.raises(WorkshopError, match=f"GAN_PUBLIC: '{text}' was given; allowed: 1"):
        limits.current()


def test_a_short_secret_is_refused_and_not_repeated(monkeypatch):
    monkeypatch.setenv("GAN_OWNER_SECRET", "hunter2")
    with pytest.raises(WorkshopError, match="GAN_OWNER_SECRET: 7 letters were given") as refused:
        _ = settings.current().owner_secret
    assert "hunter2" not in str(refused.value)
    monkeypatch.setenv("GAN_OWNER_SECRET", "")
    assert settings.current().owner_secret is None


def test_limits_can_be_said_as_an_environment():
    made = limits.Limits(minutes=2.5, size=32, queue=3)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in made.variables().items():
            patch.setenv(name, value)
        assert limits.current() == made


def alive(config):
    run = runs.create(config)
    run.write_status(run.status().model_copy(update={"state": "waiting", "heartbeat": 9e9}))
    return run


def test_no_more_runs_than_places(shared, monkeypatch):
    monkeypatch.setenv("GAN_MAX_QUEUE", "3")
    config = built(**{"schedule.seconds": 60})
    for _ in range(2):
        with limits.reserve_places([config]):
            alive(config)
    said = "2 places would be needed, and 1 of the 3 of this shared instance is free"
    with pytest.raises(WorkshopError, match=said), limits.reserve_places([config, config]):
        pytest.fail("let in")
    with limits.reserve_places([config]):
        last = alive(config)
    with (
        pytest.raises(WorkshopError, match="1 place would be needed, and none of the 3"),
        limits.reserve_places([config]),
    ):
        pytest.fail("let in")
    last.write_status(last.status().model_copy(update={"state": "stopped"}))
    with limits.reserve_places([config]):
        pass


def test_two_at_once_do_not_both_take_the_last_place(shared, monkeypatch):
    monkeypatch.setenv("GAN_MAX_QUEUE", "1")
    config, told = built(**{"schedule.seconds": 60}), []

    def come() -> None:
        try:
            with limits.reserve_places([config]):
                time.sleep(0.05)
                alive(config)
                told.append("in")
        except WorkshopError:
            told.append("refused")

    visitors = [threading.Thread(target=come) for _ in range(4)]
    for one in visitors:
        one.start()
    for one in visitors:
        one.join()
    assert sorted(told) == ["in", "refused", "refused", "refused"]


def test_a_run_that_was_started_without_limits_is_not_resumed_under_them(shared):
    for seconds in (None, 6000.0):
        config = built(**{"schedule.seconds": seconds})
        with pytest.raises(ConfigError, match="up to 600 seconds of training"), limits.reserve_places([config]):
            pytest.fail("let in")


def test_a_visitors_run_is_not_paused_for_ever(shared, monkeypatch):
    monkeypatch.setattr(limits, "MAX_PAUSE", 0.3)
    run = runs.create(built(**{"schedule.steps": 1000, "schedule.seconds": 60.0}))
    run.send_request(action="pause")
    assert limits.max_pause(run) == math.inf
    owners.set_owner(run.path, VISITOR)
    assert limits.max_pause(run) == 0.3
    status = Worker(run).work()
    assert (status.state, status.step) == ("stopped", 0), status.message
    assert run.request().action == "stop"


def test_a_thing_is_its_makers_and_nobody_elses(tmp_path):
    assert not owners.is_owner(tmp_path, VISITOR)
    owners.set_owner(tmp_path, VISITOR)
    assert owners.is_owner(tmp_path, VISITOR)
    assert not any(owners.is_owner(tmp_path, one) for one in (OTHER, None, "", VISITOR.upper(), VISITOR + "0"))
    text = owners.record_path(tmp_path).read_text()
    assert VISITOR not in text
    owners.set_owner(tmp_path, VISITOR)
    assert owners.record_path(tmp_path).read_text() != text  # another salt: two things do not show that they are of one
    for damaged in ("", "{}", '{"salt": "a", "digest": 3}', text[:-9]):
        owners.record_path(tmp_path).write_text(damaged)
        assert not owners.is_owner(tmp_path, VISITOR)


def test_the_record_of_a_file_lies_beside_it(tmp_path):
    file = tmp_path / "cats.json"
    file.write_text("{}")
    owners.set_owner(file, VISITOR)
    assert (tmp_path / "cats.owner").is_file() and owners.is_owner(file, VISITOR)
    folder = tmp_path / "me--cats@1234567.x"
    folder.mkdir()
    assert owners.record_path(folder) == folder / "owner.json"


@given(told=st.one_of(st.text(), st.none(), st.integers(), st.lists(st.text()), st.from_regex(owners.VISITOR_ID)))
def test_only_what_a_browser_of_ours_would_say_is_believed(told):
    right = isinstance(told, str) and len(told) == 32 and set(told) <= set("0123456789abcdef")
    assert owners.is_visitor_id(told) == right


def test_one_guess_at_a_time():
    door = owners.LoginLimiter(seconds=0.1, max_wait=5)
    assert door.check("a secret of mine", "a secret of mine")
    began = time.monotonic()
    guesses = [threading.Thread(target=door.check, args=(str(i), "a secret of mine")) for i in range(4)]
    for one in guesses:
        one.start()
    for one in guesses:
        one.join()
    assert time.monotonic() - began > 0.39
    assert not door.check("a secret of mine ", "a secret of mine")


def test_too_many_guesses_are_a_sentence():
    door = owners.LoginLimiter(seconds=1, max_wait=0.01)
    first = threading.Thread(target=door.check, args=("a", "b"))
    first.start()
    until(door._lock.locked, "the first is at it")
    with pytest.raises(WorkshopError, match="Too many are trying secrets"):
        door.check("a", "b")
    first.join()
