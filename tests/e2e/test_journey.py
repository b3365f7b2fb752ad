"""What a person does, in a real browser: train a DCGAN, watch it, pause, come back, and compare it with a WGAN-GP."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from comparing import RESTING
from playwright.sync_api import Page, expect
from test_pages import made

from gan_core import runs

pytestmark = pytest.mark.timeout(300)
ROOT = Path(__file__).parents[2]
STEP = re.compile(r"step ([\d,]+) of")


def wait_until(true: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Poll until `true()`; fail with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)


def step(page: Page) -> int:
    """The step the page shows in its progress bar."""
    text = page.get_by_test_id("stProgress").last.inner_text()  # the one of before may not have gone yet
    found = STEP.search(text)
    assert found, text
    return int(found[1].replace(",", ""))


def picture(page: Page) -> str:
    """Address of the sample grid on screen."""
    return page.locator(".film img").first.get_attribute("src") or ""


def run_of(page: Page) -> runs.Run:
    """The run in the page's address."""
    return runs.find(page.url.partition("run=")[2])


def start(page: Page, site: str, **settings: object) -> None:
    """Open the form by a link with these settings and press Start; returns when the first picture is there."""
    query = "&".join(f"{name}={value}" for name, value in settings.items())
    page.goto(f"{site}/train?{query}")
    page.locator(".st-key-start button").click()
    page.locator("input[type=range]").wait_for()


def x_range(page: Page) -> list[float]:
    """The visible x-range of the first chart."""
    return page.evaluate("() => [...document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range]")


def zoom(page: Page) -> None:
    """Drag over the middle of the first chart."""
    area = page.locator(".js-plotly-plot .nsewdrag").first
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, y, steps=8)
    page.mouse.up()


def expect_state(page: Page, state: str) -> None:
    """The page says that the run is in this state."""
    expect(page.locator(".st-key-state")).to_contain_text(state)


def button(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def test_from_the_first_run_to_a_comparison(page: Page, empty_site: str):
    site = empty_site
    page.goto(site)
    expect(page.get_by_text("No runs yet")).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("link", name="Train a GAN").click()
    page.locator(".st-key-start button").wait_for()
    start(page, site, **{"schedule.steps": 3000, "schedule.sample_every": 10, "network.width": 16})
    run = run_of(page)

    first = picture(page)
    wait_until(lambda: picture(page) != first, "the picture changes")
    wait_until(lambda: step(page) >= 20, "twenty steps")

    page.locator(".js-plotly-plot").first.wait_for()
    zoom(page)
    zoomed = x_range(page)
    for _ in range(3):
        before = step(page)
        wait_until(lambda before=before: step(page) > before, "an update")
    assert x_range(page) == zoomed

    button(page, "Pause").click()
    expect_state(page, "paused")
    frozen = run.status().step
    page.reload()
    expect_state(page, "paused")
    assert run.status().step == frozen
    button(page, "One step").click()
    wait_until(lambda: run.status().step == frozen + 1, "one step more")
    button(page, "Resume").click()
    wait_until(lambda: run.status().step > frozen + 5, "it goes on")
    button(page, "Stop").click()
    expect_state(page, "stopped")

    start(page, site, **{"variant": "wgan_gp", "schedule.steps": 6, "network.width": 8})
    second = run_of(page)
    expect_state(page, "finished")
    page.get_by_test_id("stMain").get_by_role("link", name="Compare").click()
    expect(page.get_by_test_id("stMain").get_by_text(second.name).first).to_be_visible()
    page.goto(f"{site}/compare?runs={run.name},{second.name}")
    expect(page.get_by_text("Every grid is drawn from the same noise")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    wait_until(lambda: page.locator(".film img").count() == 3, "two grids and real pictures side by side")
    names = page.evaluate("() => document.querySelector('.js-plotly-plot')._fullData.map(trace => trace.name)")
    assert {name[:5] for name in names} == {run.name[:5], second.name[:5]}


@pytest.mark.parametrize("viewport", [(390, 844)])
def test_nothing_sticks_out_on_a_phone(page: Page, site: str, viewport):
    run = made()
    for address in ("", "/train", f"/train?run={run.name}", f"/compare?runs={run.name}"):
        page.goto(site + address)
        page.locator("h1").wait_for()
        page.locator(RESTING).wait_for()
        main = page.get_by_test_id("stMain")
        assert main.evaluate("node => node.scrollWidth - node.clientWidth") <= 0, address
