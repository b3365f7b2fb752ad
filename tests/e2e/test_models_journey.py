"""Bundled models without any run: from Home to Compare, side by side, in turn, and as a difference."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.timeout(300)


def mode(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).or_(page.get_by_role("button", name=name)).first.click()


def test_two_models_are_compared_without_a_run(site: str, page: Page, tmp_path: Path):
    page.goto(site)
    page.locator(".st-key-model-digits-cgan").get_by_role("link", name="Compare").click()
    expect(page).to_have_url(re.compile(r"/compare\?models=digits-cgan"))
    expect(page.locator(".film img")).to_have_count(2)  # the model and real pictures
    expect(page.get_by_text("Choose another run or model to compare it with.")).to_be_visible()

    page.goto(f"{site}/compare?models=digits-cgan,digits-dcgan")
    expect(page.locator(".film img")).to_have_count(3)
    expect(page.locator(".film input[type=range]")).to_be_hidden()  # nothing to slide through
    expect(page.locator(".film .note")).to_have_text(["", "", ""])
    page.screenshot(path=tmp_path / "side.png", full_page=True)

    mode(page, "Difference")
    expect(page.locator(".film canvas")).to_have_count(1)
    expect(page.locator(".film figcaption").nth(1)).to_contain_text("minus digits-cgan")
    mode(page, "Flicker")
    expect(page.locator(".film img")).to_have_count(3)  # both in one place, and real pictures
    page.locator(".film").get_by_role("button", name="B", exact=True).click()
    expect(page.locator(".film").get_by_role("button", name="B", exact=True)).to_have_attribute("aria-pressed", "true")

    mode(page, "Side by side")
    expect(page.locator(".film").get_by_role("button", name="B", exact=True)).to_have_count(0)
    expect(page.locator(".film img")).to_have_count(3)
    frame = page.locator(".film .frame").first
    box = frame.bounding_box()
    assert box
    frame.click(position={"x": box["width"] * 0.35, "y": box["height"] * 0.25})  # column 4 of 10, row 2 of 6
    expect(page.get_by_text("Sample 14 of 60")).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]sample=13(&|$)"))
    expect(page.locator(".st-key-sample table")).to_contain_text("digits-dcgan, step")
    page.screenshot(path=tmp_path / "sample.png", full_page=True)
