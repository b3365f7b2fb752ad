"""A race in a real browser: DCGAN against WGAN-GP from one form, watched, paused, reloaded, and opened in Compare."""

import re
from urllib.parse import unquote

import pytest
from comparing import same_after_a_reload
from playwright.sync_api import Page, expect
from test_journey import button, wait_until

from gan_core.runs import race

pytestmark = pytest.mark.timeout(400)
TOY = ",network.width=4,network.z_dim=8"


def lane(page: Page, number: int):
    """A lane of the form."""
    return page.locator(f".st-key-lane-{number}")


def runner(page: Page, number: int):
    """A lane of a race under way."""
    return page.locator(f".st-key-runner-{number}")


def race_of(page: Page) -> race.Race:
    """The race in the page's address."""
    page.wait_for_url(re.compile(r"race=\d"))
    return race.find(re.findall(r"race=(\d+)", page.url)[0])


def drawn(page: Page) -> set[str]:
    """The lanes with a line in the first chart."""
    script = "() => (document.querySelector('.js-plotly-plot')?._fullData ?? []).map(trace => trace.name)"
    return {name.partition(":")[0] for name in page.evaluate(script)}


def test_dcgan_against_wgan_gp_then_compare(page: Page, site: str, tmp_path):
    page.goto(f"{site}/race?lanes=dcgan{TOY};wgan_gp{TOY}&schedule.steps=200&schedule.batch=8&data.limit=500")
    expect(page.get_by_text("the same pictures in the same order")).to_be_visible()
    expect(page.get_by_label("Steps", exact=True)).to_have_value("200")
    button(page, "Start the race").click()
    expect(runner(page, 1)).to_contain_text("DCGAN")
    contest = race_of(page)
    first, second = contest.runs()
    wait_until(lambda: min(run.status().step for run in (first, second)) > 3, "both train", seconds=90)

    # live: both in one chart, both pictures under one slider
    page.locator(".film img").nth(1).wait_for()
    wait_until(lambda: drawn(page) == {"DCGAN", "WGAN-GP"}, "both curves in one chart", seconds=60)
    button(page, "Pause all").click()
    expect(runner(page, 1)).to_contain_text(re.compile("paused|finished"))
    expect(runner(page, 2)).to_contain_text("paused")
    page.reload()
    expect(runner(page, 2)).to_contain_text("paused")
    button(page, "Resume all").click()
    for number in (1, 2):
        expect(runner(page, number)).to_contain_text("finished")
        expect(runner(page, number)).to_contain_text("step 200 of 200")
    assert [run.status().step for run in (first, second)] == [200, 200]
    assert first.config().seed == second.config().seed

    page.get_by_text("training time (s)").first.click()
    expect(page.locator(".film output").filter(has_text="Second")).to_be_visible()  # the old one may still be there
    page.wait_for_url(re.compile("over=seconds"))
    wait_until(lambda: drawn(page) == {"DCGAN", "WGAN-GP"}, "both curves by seconds", seconds=60)

    page.get_by_test_id("stMain").get_by_role("link", name="Open in Compare").click()
    page.wait_for_url(re.compile("/compare"))
    assert f"runs={first.name},{second.name}" in unquote(page.url)
    expect(page.get_by_test_id("stMain").get_by_text(second.name).first).to_be_visible()
    page.goto(f"{page.url}&charts=grad")
    same_after_a_reload(page, first, second, tmp_path)


@pytest.mark.parametrize("viewport", [(390, 844)])
def test_with_and_without_on_a_phone(page: Page, site: str, viewport):
    page.goto(f"{site}/race?lanes=dcgan{TOY};lsgan{TOY}&schedule.steps=3&schedule.batch=8&data.limit=100")
    expect(button(page, "Start the race")).to_be_visible()
    menu, option = page.locator("[class*=st-key-race-][class*=-with] input"), "One-sided label smoothing 0.1"
    menu.click()  # which scrolls there, and a menu closes when the page scrolls
    if not page.get_by_role("option", name=option).is_visible():
        menu.click()
    page.get_by_role("option", name=option).click()
    expect(lane(page, 2)).to_contain_text("One-sided label smoothing")
    main = page.get_by_test_id("stMain")
    assert main.evaluate("node => node.scrollWidth - node.clientWidth") <= 0
    button(page, "Start the race").click()
    expect(runner(page, 2)).to_contain_text("finished")
    assert main.evaluate("node => node.scrollWidth - node.clientWidth") <= 0
    without, remedy = (run.config() for run in race_of(page).runs())
    assert (without.regularization.label_smoothing, remedy.regularization.label_smoothing) == (0.0, 0.1)
    assert without.network == remedy.network
