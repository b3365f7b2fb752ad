"""A shared instance in real browsers: who started a run steers it, others do not, the owner may."""

import os
import signal

import pytest
from comparing import RESTING
from playwright.sync_api import Browser, Page, expect
from test_journey import ROOT, button, expect_state, run_of, start, step, wait_until
from windows import opened

from gan_core.runs import Run

pytestmark = pytest.mark.timeout(300)
SECRET = "open, says me: sesame"
TOY = {"schedule.snapshot_seconds": 1, "network.width": 4, "data.limit": 500, "schedule.batch": 8}


@pytest.fixture
def people(page: Page, browser: Browser):
    """Pages of two people, each with a browser of their own."""
    context = browser.new_context()
    with opened(context) as other:
        yield [page, other]
    context.close()


def number(page: Page) -> str:
    """What this browser keeps to be known again."""
    return page.evaluate("() => localStorage.getItem('gan-workshop-visitor')")


def controls(page: Page):
    """What steers the run on screen."""
    return page.locator(".st-key-controls")


def stops(page: Page):
    """The button that stops the run; Streamlit has a Stop of its own while a page is drawn."""
    return controls(page).get_by_role("button", name="Stop", exact=True)


def too_much_is_refused(page: Page, site: str) -> None:
    """More than is allowed is refused with a sentence."""
    page.goto(f"{site}/train?variant=dcgan&schedule.seconds=600")
    expect(page.get_by_text("a run trains for 3 minutes at most")).to_be_visible()
    wait_until(lambda: number(page), "the browser has a number")
    page.locator(".st-key-start button").click()
    expect(page.get_by_text("schedule.seconds: 600.0 was given; allowed on this shared instance")).to_be_visible()


def a_resting_page_asks_for_nothing(page: Page, site: str) -> None:
    """Telling the server who this is does not go round in circles."""
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.goto(f"{site}/race")
    expect(button(page, "Start the race")).to_be_visible()
    page.locator(RESTING).wait_for()
    wait_until(lambda: sent, "the page has spoken to the server")
    before = len(sent)
    page.wait_for_timeout(2000)  # that nothing comes is no condition to wait for
    assert before < 8 and len(sent) <= before + 1


def another_browser_only_watches(page: Page, site: str, run: Run) -> None:
    """It sees it all, and has no hands on it."""
    page.goto(f"{site}/train?run={run.name}")
    expect(page.get_by_text("Only the visitor who started this run")).to_be_visible()
    page.locator("input[type=range]").wait_for()
    expect(controls(page).get_by_role("link", name="New run")).to_be_visible()
    for name in ("Stop", "Resume", "Learning rates"):
        expect(controls(page).get_by_role("button", name=name)).to_have_count(0)
    wait_until(lambda: number(page), "the browser has a number")


def the_secret_alone_makes_an_owner(page: Page) -> None:
    """A wrong one is a sentence."""
    button(page, "Owner").click()
    page.get_by_label("Secret").fill("open, says me: barley")
    button(page, "Enter").click()
    expect(page.get_by_text("This is not the owner's secret.")).to_be_visible()
    page.get_by_label("Secret").fill(SECRET)
    button(page, "Enter").click()
    expect(page.get_by_text("You own this instance.")).to_be_visible()


def a_killed_worker_is_resumed(page: Page, run: Run) -> None:
    """It is noticed, and goes on from the last snapshot."""
    wait_until(run.state_path.is_file, "a snapshot")
    os.kill(run.status().pid, signal.SIGKILL)
    expect_state(page, "interrupted")
    button(page, "Resume").click()
    expect_state(page, "running")
    reached = run.status().step
    wait_until(lambda: run.status().step > reached, "it trains again")


def test_mine_yours_and_the_owners(people, app_server, home):
    ann, bob = people
    env = {"GAN_HOME": str(home), "GAN_PUBLIC": "1", "GAN_OWNER_SECRET": SECRET, "GAN_MAX_MINUTES": "3"}
    with app_server(ROOT / "app.py", env=env) as site:
        too_much_is_refused(ann, site)
        start(ann, site, **{**TOY, "schedule.steps": 100_000})
        run = run_of(ann)
        assert run.config().schedule.seconds == 180.0
        button(ann, "Pause").click()
        expect_state(ann, "paused")

        a_resting_page_asks_for_nothing(bob, site)
        another_browser_only_watches(bob, site, run)
        assert number(ann) != number(bob)
        for page in people:
            assert number(page) not in page.url and number(page) not in page.content()

        # after a reload the starter is known again
        ann.reload()
        expect(button(ann, "Resume")).to_be_visible()
        expect(ann.get_by_text("Only the visitor who started this run")).to_have_count(0)

        the_secret_alone_makes_an_owner(bob)
        button(bob, "Resume").click()
        expect_state(bob, "running")
        assert SECRET not in bob.url
        bob.close()
        expect_state(ann, "running")

    # a run goes on without a server
    port, reached = int(site.rpartition(":")[2]), step(ann)
    wait_until(lambda: run.status().step > reached and run.status().state == "running", "it goes on")
    with app_server(ROOT / "app.py", env={**env, "GAN_OWNER_SECRET": ""}, port=port):
        # after a restart of the server the page is still open, connects again by itself, and tells who it is
        wait_until(lambda: step(ann) > reached, "the page goes on", seconds=60)
        expect(stops(ann)).to_be_visible()
        ann.reload()
        expect(stops(ann)).to_be_visible()
        expect(ann.get_by_role("button", name="Owner")).to_have_count(0)  # there is no secret, so nobody can be

        a_killed_worker_is_resumed(ann, run)
        stops(ann).click()
        expect_state(ann, "stopped")


def test_at_home_nothing_of_it_is_there(page: Page, site: str):
    page.goto(f"{site}/train")
    page.locator(".st-key-start button").wait_for()
    assert number(page) is None and page.get_by_text("shared").count() == 0
    expect(button(page, "Owner")).to_have_count(0)
