"""What a class does in latent space: pick a model and a class, pin, morph, steer, and send the link."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = pytest.mark.timeout(300)

PIXELS = "canvas => canvas.toDataURL()"


def choose(page: Page, label: str, option: str) -> None:
    """An option of a select box."""
    page.get_by_role("combobox", name=re.compile(label)).click()
    page.get_by_role("option", name=option, exact=True).click()


def view(page: Page, name: str) -> None:
    """One of the page's views."""
    page.locator(".st-key-pick-view").get_by_text(name, exact=True).click()


def click_tile(page: Page, index: int, columns: int = 10, rows: int = 6) -> None:
    """A click on a sample of the grid, not on one of the pins, which are tiles as well."""
    frame = page.locator(".st-key-samples-0 .frame")
    box = frame.bounding_box()
    assert box
    x, y = (index % columns + 0.5) / columns, (index // columns + 0.5) / rows
    frame.click(position={"x": box["width"] * x, "y": box["height"] * y})


def pinned(page: Page, count: int) -> None:
    expect(page.locator(".st-key-pins-row .ring:not(.cursor)")).to_have_count(count)


def pixels(canvas: Locator) -> str:
    return canvas.evaluate(PIXELS)


def test_pin_two_sneakers_morph_to_a_boot_and_send_the_link(site: str, page: Page, browser: Browser, tmp_path: Path):
    page.goto(f"{site}/latent?model=fashion-acgan")
    expect(page.locator(".tiles .columns span")).to_have_count(10)
    choose(page, "Class", "Sneaker")
    expect(page.locator(".tiles .columns span")).to_have_count(0)
    click_tile(page, 4)
    pinned(page, 1)
    click_tile(page, 17)
    pinned(page, 2)
    view(page, "Interpolate")
    choose(page, "Ends as", "Ankle boot")
    player = page.locator(".player")
    expect(player.locator("output")).to_have_text("Sneaker")
    player.locator(".strip button").last.click()
    expect(player.locator("output")).to_have_text("Ankle boot")
    last = pixels(player.locator(".picture canvas"))

    link = page.url
    view(page, "Download")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="GIF").click()
    waiting.value.save_as(tmp_path / "way.gif")
    with Image.open(tmp_path / "way.gif") as film:
        assert b"model=fashion-acgan" in film.info["comment"]
        assert film.n_frames == 118 and film.size == (252, 252)  # pyright: ignore[reportAttributeAccessIssue]

    other = browser.new_context().new_page()
    other.goto(link)
    other.locator(".player .strip button").last.click()
    expect(other.locator(".player output")).to_have_text("Ankle boot")
    assert pixels(other.locator(".player .picture canvas")) == last
    other.context.close()


def test_a_slider_steers_and_the_link_keeps_it(site: str, page: Page):
    page.goto(f"{site}/latent?model=fashion-cgan&view=steer&class=3")
    pointer = page.locator(".pointer-view")
    expect(pointer).to_have_attribute("data-shown", "0")
    before = pixels(pointer.locator("canvas").nth(1))
    slider = pointer.get_by_role("slider").first
    slider.evaluate("range => { range.value = 2.5; range.dispatchEvent(new Event('input', { bubbles: true })); }")
    expect(pointer.locator(".slider output").first).to_have_text("+2.5 σ")
    page.wait_for_url(re.compile(r"move=pca-0(:|%3A)2\.5"))
    moved = pixels(pointer.locator("canvas").nth(1))
    assert moved != before

    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".pointer-view .slider output").first).to_have_text("+2.5 σ")
    expect(other.locator(".pointer-view")).to_have_attribute("data-shown", "0")
    assert pixels(other.locator(".pointer-view canvas").nth(1)) == moved
    other.close()


def test_the_sheet_follows_the_pointer(site: str, page: Page):
    page.goto(f"{site}/latent?model=fashion-dcgan&view=sheet")
    pad = page.locator(".pointer-view .pad")
    expect(page.locator(".pointer-view")).to_have_attribute("data-shown", "0")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    for share in (0.2, 0.4, 0.9):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + share * box["height"])
    expect(page.locator(".pointer-view figcaption")).to_have_text(re.compile(r"90% to the right, 90% down"))
    page.wait_for_url(re.compile(r"at_x=0\.9"))


def test_a_name_for_a_direction_stays(site: str, page: Page):
    page.goto(f"{site}/latent?model=fashion-cgan&view=steer")
    expect(page.locator(".pointer-view")).to_have_attribute("data-shown", "0")  # what still comes would move the form
    page.get_by_role("button", name="Name a direction").click()
    page.get_by_label("Name", exact=True).fill("sleeve length")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator(".pointer-view .name").first).to_have_text("sleeve length")
    page.reload()
    expect(page.locator(".pointer-view .name").first).to_have_text("sleeve length")
