"""The pages of a shared instance, run by AppTest: what a visitor, a run's starter and the owner see and can do."""

import re

import pytest
from streamlit import config as options
from streamlit.testing.v1 import AppTest
from test_pages import PAGES, made, number, opened, shown
from toys import ROOT, own_set

from gan_core import runs
from gan_core.data import own
from gan_core.runs import lanes, owners, race
from pages.ui.shell import messages, visitor

pytestmark = pytest.mark.slow

ME, OTHER = "0123456789abcdef" * 2, "f" * 32
SECRET = "open, says me: sesame"


@pytest.fixture(autouse=True)
def _shared(home, monkeypatch):
    monkeypatch.setenv("GAN_PUBLIC", "1")
    monkeypatch.setenv("GAN_OWNER_SECRET", SECRET)
    monkeypatch.setattr(visitor, "_door", owners.LoginLimiter(seconds=0))
    shown_before = options.get_option("client.showErrorDetails")
    yield
    options.set_option("client.showErrorDetails", shown_before)


@pytest.fixture
def started(monkeypatch) -> list[str]:
    """The names of the runs that were started; no worker is."""
    names: list[str] = []
    monkeypatch.setattr(runs.Run, "start", lambda run: names.append(run.name))
    return names


def visit(page: str, who: str | None = ME, **query: str) -> AppTest:
    """The page as the browser with this number sees it; it would say it by itself, which needs JavaScript."""
    return opened(page, session={"kept-visitor": who} if who else None, **query)


def enter(app: AppTest, secret: str) -> AppTest:
    """Type the owner's secret in the sidebar."""
    next(field for field in app.text_input if field.label == "Secret").set_value(secret)
    return next(button for button in app.button if button.label == "Enter").click().run()


def protos(app: AppTest) -> str:
    """All that is sent to the browser, as text."""
    return "".join(str(getattr(element, "proto", "")) for part in (app.main, app.sidebar) for element in part)


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


def state(run: runs.Run, name: str, who: str | None = ME) -> runs.Run:
    """The run in that state, as if this visitor had started it."""
    if who:
        owners.set_owner(run.path, who)
    run.write_status(run.status().model_copy(update={"state": name, "heartbeat": 9e9, "pid": 0}))
    return run


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens(page):
    made()
    app = visit(page)
    assert not app.exception
    everything = protos(app)
    assert "gan_visitor" in everything and ME not in everything and SECRET not in everything


@pytest.mark.parametrize("page", PAGES)
def test_at_home_nothing_of_it_is_drawn(page, monkeypatch):
    run = made()
    monkeypatch.delenv("GAN_PUBLIC")
    app = opened(page, run=run.name)
    assert not app.exception
    assert "shared" not in shown(app) and not [field for field in app.text_input if field.label == "Secret"]
    assert "gan_visitor" not in protos(app)
    assert page != "pages/train.py" or "Delete for good" in labels(app)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("GAN_PUBLIC", "yes", "GAN_PUBLIC: 'yes' was given"),
        ("GAN_MAX_QUEUE", "many", "GAN_MAX_QUEUE: 'many' was given; allowed: a whole number from 1 to 1,000."),
        ("GAN_OWNER_SECRET", "short", "GAN_OWNER_SECRET: 5 letters were given"),
    ],
)
def test_wrong_settings_close_every_page(monkeypatch, name, value, said):
    monkeypatch.setenv(name, value)
    for page in PAGES:
        app = opened(page)
        assert not app.exception and said in app.error[0].value and not app.button


def test_the_form_says_the_limits_and_a_run_gets_a_time_limit(started):
    app = visit("pages/train.py", **{"variant": "dcgan", "schedule.steps": "3"})
    assert "a run trains for 10 minutes at most" in shown(app) and "0 of its 8 places" in shown(app)
    app.button(key="start").click().run()
    assert not app.exception and not app.error
    (run,) = runs.list_runs()
    assert started == [run.name]
    assert (run.config().schedule.seconds, run.config().schedule.steps) == (600.0, 3)
    assert owners.is_owner(run.path, ME) and not owners.is_owner(run.path, OTHER)
    assert ME not in "".join(path.read_text() for path in run.path.rglob("*.json"))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"schedule.seconds": "601"}, "schedule.seconds: 601.0 was given; allowed on this shared instance: up to 600"),
        ({"data.size": "128"}, "data.size: 128 was given; allowed on this shared instance: up to 64."),
    ],
)
def test_too_much_is_refused_with_the_sentence(started, query, said):
    app = visit("pages/train.py", variant="dcgan", **query)
    app.button(key="start").click().run()
    assert not app.exception and said in app.error[0].value
    assert not started and not runs.list_runs()


def test_a_full_queue_is_a_sentence(started, monkeypatch):
    monkeypatch.setenv("GAN_MAX_QUEUE", "1")
    state(made(), "waiting", OTHER)
    app = visit("pages/train.py", variant="dcgan")
    assert "1 of its 1 places" in shown(app)
    app.button(key="start").click().run()
    assert "1 place would be needed, and none of the 1" in app.error[0].value
    assert not started and len(runs.list_runs()) == 1


def test_a_browser_that_has_not_told_who_it_is_starts_nothing(started):
    app = visit("pages/train.py", who=None, variant="dcgan")
    app.button(key="start").click().run()
    assert "has not identified itself yet" in app.error[0].value and not runs.list_runs()


def test_the_owner_has_no_limits(started):
    app = enter(visit("pages/train.py", variant="dcgan", **{"schedule.seconds": "7000"}), SECRET)
    assert "You own this instance" in shown(app) and "As its owner you are exempt" in shown(app)
    app.button(key="start").click().run()
    assert started and runs.list_runs()[0].config().schedule.seconds == 7000.0


def test_a_race_takes_as_many_places_as_it_has_lanes(started, monkeypatch):
    monkeypatch.setenv("GAN_MAX_QUEUE", "1")
    app = visit("pages/race.py")
    assert "This instance is shared" in shown(app)
    app.button(key="start-race").click().run()
    assert "2 places would be needed, and 1 of the 1" in app.error[0].value and not runs.list_runs()
    monkeypatch.setenv("GAN_MAX_QUEUE", "2")
    app.button(key="start-race").click().run()
    assert not app.exception and len(started) == 2
    for run in race.find("1").runs():
        assert run.config().schedule.seconds == 600.0 and owners.is_owner(run.path, ME)


def test_a_race_that_is_too_long_is_refused(started):
    app = visit("pages/race.py")
    number(app, "Time limit (s)").set_value(5000.0).run()
    app.button(key="start-race").click().run()
    assert "schedule.seconds: 5000.0 was given" in app.error[0].value and not runs.list_runs()


def timed(seconds: float) -> runs.Run:
    """A run that has ended, with this time limit."""
    return made("dcgan", **{"schedule.seconds": seconds})


STEERING = {"Pause", "Stop", "Apply"}


def test_only_its_starter_and_the_owner_steer_a_run(monkeypatch):
    run = state(made(), "running")
    assert labels(visit("pages/train.py", run=run.name)) >= STEERING
    app = visit("pages/train.py", OTHER, run=run.name)
    assert not labels(app) & STEERING and "Only the visitor who started this run" in shown(app)
    enter(app, "open, says me: barley")
    assert "not the owner's secret" in shown(app) and not labels(app) & STEERING
    assert labels(enter(app, SECRET)) >= STEERING
    next(button for button in app.button if button.label == "Stop").click().run()
    assert run.request().action == "stop"
    monkeypatch.setenv("GAN_OWNER_SECRET", "another, since yesterday")
    assert not labels(app.run()) & STEERING


def test_a_run_that_no_visitor_started_is_the_owners():
    run = state(made(), "running", who=None)
    app = visit("pages/train.py", run=run.name)
    assert not labels(app) & STEERING
    assert labels(enter(app, SECRET)) >= STEERING


def test_deleting_and_resuming_are_the_starters_and_duplicating_is_everyones(started):
    run = state(timed(60.0), "stopped")
    app = visit("pages/train.py", OTHER, run=run.name)
    assert "Duplicate" in labels(app) and not labels(app) & {"Resume", "Delete for good"}
    app = visit("pages/train.py", run=run.name)
    next(button for button in app.button if button.label == "Resume").click().run()
    assert not app.exception and started == [run.name]
    app = visit("pages/train.py", run=run.name)
    next(button for button in app.button if button.label == "Delete for good").click().run()
    assert not run.path.exists()


def test_a_resumed_run_does_not_escape_the_limit(started, monkeypatch):
    run = state(timed(600.0), "stopped")
    monkeypatch.setenv("GAN_MAX_MINUTES", "2")
    app = visit("pages/train.py", run=run.name)
    next(button for button in app.button if button.label == "Resume").click().run()
    assert not started
    assert "schedule.seconds: 600.0 was given; allowed on this shared instance: up to 120" in app.toast[0].value


def test_a_duplicate_does_not_escape_the_limit(started):
    run = state(timed(6000.0), "stopped", OTHER)
    app = visit("pages/train.py", run=run.name)
    next(button for button in app.button if button.label == "Duplicate").click().run()
    app.button(key="start").click().run()
    assert "schedule.seconds: 6000.0 was given" in app.error[0].value and not started


def test_a_race_is_steered_by_who_started_all_of_it(started):
    tiny = {"network.width": 4, "network.z_dim": 8}
    common = {"schedule.batch": 8, "schedule.steps": 3, "data.limit": 50, "schedule.seconds": 60.0}
    contest = race.create(lanes.build([{**lanes.parse(name), **tiny} for name in ("dcgan", "lsgan")], common))
    first, second = contest.runs()
    state(first, "running")
    state(second, "stopped", OTHER)
    app = visit("pages/race.py", race=contest.name)
    assert not labels(app) & {"Pause all", "Resume all", "Stop all"}
    assert "Only the visitor who started this race" in shown(app)
    owners.set_owner(second.path, ME)
    app = visit("pages/race.py", race=contest.name)
    next(button for button in app.button if button.label == "Resume all").click().run()
    assert started == [second.name]


def test_own_pictures_come_from_the_browser_alone_and_are_deleted_by_who_brought_them(home):
    name = own_set(home)
    owners.set_owner(own.metadata_path(name), ME)
    app = visit("pages/train.py", OTHER)
    assert not [field for field in app.text_input if "on this machine" in field.label]
    assert "A folder on this machine" not in protos(app)
    assert not [button for button in app.button if button.key == f"delete-{name}"]
    app = visit("pages/train.py")
    app.button(key=f"delete-{name}").click().run()
    assert not app.exception and name not in own.sources()
    assert not list((home / "data" / "own").glob("*.owner"))


def test_no_folder_of_the_server_is_shown(home):
    run = state(made(), "failed", OTHER)
    where = f"No space left on device: '{run.path}/weights/000003.safetensors'. See {ROOT}/gan_core/x.py"
    run.write_status(run.status().model_copy(update={"message": where}))
    damaged = made("wgan")
    damaged.path.joinpath("weights", "000003.safetensors").write_bytes(b"nothing of the kind")
    looks = [
        ("app.py", {}, ""),
        ("pages/train.py", {"run": run.name}, f"'{run.name}/weights/000003.safetensors'. See gan_core/x.py"),
        ("pages/train.py", {"run": "77"}, "There is no run '77' in its folder; the newest are"),
        ("pages/compare.py", {"runs": run.name}, ""),
        ("pages/latent.py", {"model": run.name, "view": "carry"}, "checkpoint.load(Path('000003.safetensors'))"),
        ("pages/latent.py", {"model": damaged.name}, "000003.safetensors cannot be read as safetensors"),
    ]
    for page, query, said in looks:
        app = visit(page, **query) if "run" not in query else opened(page, **query)
        assert not app.exception
        assert said in shown(app) + "".join(code.value for code in app.code)
        assert str(home) not in protos(app) and str(ROOT) not in protos(app), (page, query)


def test_a_defect_shows_no_traceback_to_visitors():
    visit("app.py")
    assert options.get_option("client.showErrorDetails") == "none"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("It is in {home}; the newest is 7.", "It is in its folder; the newest is 7."),
        ("{home}/models/a b/x.json is damaged: mend it.", "models/a b/x.json is damaged: mend it."),
        ("/etc/ssl/certs.pem cannot be read", "certs.pem cannot be read"),
        ("See https://huggingface.co/docs/hub and 1/2 of it, and/or this.", None),
        ("{home}-other/x/y is there", "y is there"),
    ],
)
def test_what_is_left_of_a_path(home, text, kept):
    text = text.replace("{home}", str(home))
    assert messages.error_text(text) == (kept if kept is not None else text)


def test_at_home_a_path_is_whole(home, monkeypatch):
    monkeypatch.setenv("GAN_PUBLIC", "0")
    assert messages.error_text(f"{home}/x.json is damaged") == f"{home}/x.json is damaged"


def test_every_error_is_shown_through_words():
    bare = re.compile(r"st\.\w+\((?:f\".*\{error\}|str\(error\))")
    found = [str(p) for p in (ROOT / "pages").rglob("*.py") if bare.search(p.read_text())]
    assert [name.rpartition("/")[2] for name in found] == []
