"""Comparing two runs in a real browser: the slider, an opened sample, the modes, a saved table, and the same again."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gan_core import recipe, runs
from gan_core.worker import Worker

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
ROOT = Path(__file__).parents[2]


def made(variant: str) -> runs.Run:
    """A tiny run that has ended, made in this process."""
    given = {"network.width": 4, "schedule.batch": 8, "schedule.steps": 4, "data.limit": 50, "schedule.keep_every": 1}
    run = runs.create(recipe.build({"variant": variant, **given}))
    Worker(run).work()
    return run


@pytest.fixture
def site(app_server, home):
    with app_server(ROOT / "app.py", env={"GAN_HOME": str(home)}) as url:
        yield url


def seen(page: Page) -> dict[str, object]:
    """What the page shows: the slider's words, which samples are marked and opened, and the kinds of pictures."""
    expect(page.locator(".film .ring:not(.cursor):visible")).to_have_count(3)
    expect(page.locator(".film canvas")).to_have_count(1)
    expect(page.locator(".st-key-sample table")).to_be_visible()
    expect(page.locator(".gw-plot-title")).to_have_text(["Gradient norms"])
    return {
        "step": page.locator(".film output").inner_text(),
        "marked": page.locator(".film .ring:not(.cursor)").first.get_attribute("style"),
        "opened": page.locator(".st-key-sample h4").inner_text(),
        "judged": page.locator(".st-key-sample table").inner_text(),
        "differs": page.locator(".film .note").all_inner_texts(),
        "charts": page.locator(".gw-plot-title").all_inner_texts(),
    }


def test_what_is_compared_is_the_same_after_a_reload(page: Page, site: str, tmp_path):
    page.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    first, second = made("dcgan"), made("wgan_gp")
    page.goto(f"{site}/compare?runs={first.name},{second.name}&charts=grad")
    expect(page.locator(".film img")).to_have_count(3)  # two runs and real pictures

    slider = page.locator(".film input[type=range]")
    expect(page.locator(".film output")).to_have_text("Step 4")
    slider.focus()
    slider.press("ArrowLeft")
    expect(page.locator(".film output")).to_have_text(re.compile(r"Step [0-3]"))
    expect(page).to_have_url(re.compile(r"[?&]step=[0-3](&|$)"))

    frame = page.locator(".film .frame").nth(1)
    box = frame.bounding_box()
    assert box
    frame.click(position={"x": box["width"] * 0.35, "y": box["height"] * 0.25})  # column 4 of 10, row 2 of 6
    expect(page.get_by_text("Sample 14 of 60")).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]sample=13(&|$)"))

    page.get_by_role("radio", name="Difference").or_(page.get_by_role("button", name="Difference")).first.click()
    expect(page).to_have_url(re.compile(r"[?&]mode=difference(&|$)"))
    before, address = seen(page), page.url

    with page.expect_download() as waiting:
        page.locator(".st-key-export-figures").get_by_role("button", name="LaTeX").click()
    waiting.value.save_as(tmp_path / "figures.tex")
    saved = (tmp_path / "figures.tex").read_text()
    assert saved.startswith(r"\begin{tabular}") and first.name.replace("_", r"\_") in saved
    assert second.name.replace("_", r"\_") in saved

    page.reload()
    assert seen(page) == before
    assert page.url == address
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".st-key-sample")).to_have_count(0)
    expect(page.locator(".film .ring:not(.cursor):visible")).to_have_count(0)
