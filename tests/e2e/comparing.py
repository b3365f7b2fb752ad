"""What a browser's journey does on the Compare page, whichever way it came there."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from gan_core.runs import Run

RESTING = ".stApp[data-test-script-state=notRunning]"


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


def same_after_a_reload(page: Page, first: Run, second: Run, folder: Path) -> None:
    """Move the slider, open a sample, look at the difference, save a table into `folder`, and reload."""
    expect(page.locator(".film img")).to_have_count(3)  # two runs and real pictures
    last = page.locator(".film output").inner_text()

    slider = page.locator(".film input[type=range]")
    slider.focus()
    slider.press("ArrowLeft")
    expect(page.locator(".film output")).not_to_have_text(last)
    expect(page).to_have_url(re.compile(r"[?&]step=\d+(&|$)"))

    frame = page.locator(".film .frame").nth(1)
    box = frame.bounding_box()
    assert box
    frame.click(position={"x": box["width"] * 0.35, "y": box["height"] * 0.25})  # column 4 of 10, row 2 of 6
    expect(page.get_by_text("Sample 14 of 60")).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]sample=13(&|$)"))

    page.get_by_role("radio", name="Difference").or_(page.get_by_role("button", name="Difference")).first.click()
    expect(page).to_have_url(re.compile(r"[?&]mode=difference(&|$)"))
    before, address = seen(page), page.url
    page.locator(RESTING).wait_for()  # a button that is drawn anew meanwhile would lose the click
    with page.expect_download() as waiting:
        page.locator(".st-key-export-summary").get_by_role("button", name="LaTeX").click()
    waiting.value.save_as(folder / "summary.tex")
    saved = (folder / "summary.tex").read_text()
    assert saved.startswith(r"\begin{tabular}") and first.name.replace("_", r"\_") in saved
    assert second.name.replace("_", r"\_") in saved

    page.reload()
    assert seen(page) == before
    assert page.url == address
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".st-key-sample")).to_have_count(0)

    page.get_by_role("radio", name="Flicker").or_(page.get_by_role("button", name="Flicker")).first.click()
    film = page.locator(".film")
    film.get_by_role("button", name="Play").click()
    expect(film.get_by_role("button", name="Play")).to_be_visible()  # it has played to the end
    film.get_by_role("button", name="B", exact=True).click()
    expect(film.get_by_role("button", name="B", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".film .ring:not(.cursor):visible")).to_have_count(0)
