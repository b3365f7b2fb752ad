"""A real browser for the benchmarks: how long a page switch and a move of the slider take."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, ViewportSize, sync_playwright

LANDMARKS = {"Home": "Latest runs", "Train": "All settings", "Compare": "Choose the runs to compare"}
"""A text that only this page shows, near its end."""

VIEWPORT = ViewportSize(width=1440, height=900)

SETTLED = """() => {
  const film = document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot;
  const wanted = film.querySelector('output').textContent.split(' ')[1].replace(/,/g, '');
  return film.querySelector('img')?.dataset.step === wanted;
}"""
"""Whether the picture on screen is the one the slider stands at; until it is there the nearest one is shown."""

MOVE = """(range, share) => {
  range.value = Math.round(share * range.max);
  for (const kind of ['input', 'change']) range.dispatchEvent(new Event(kind, { bubbles: true }));
}"""


@contextmanager
def window() -> Iterator[Page]:
    """A page of Debian's chromium, which wants no sandbox in a container; it waits for a minute and a half at most."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        try:
            page = chromium.new_page(viewport=VIEWPORT)
            page.set_default_timeout(90_000)
            yield page
        finally:
            chromium.close()


def switch(page: Page, name: str, rest: float = 0.5) -> float:
    """Seconds from a click on a page's link to its last element, after `rest` seconds of looking on."""
    page.wait_for_timeout(1000 * rest)
    start = time.perf_counter()
    page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
    page.get_by_text(LANDMARKS[name]).first.wait_for()
    return time.perf_counter() - start


def switches(address: str, count: int) -> list[float]:
    """`count` page switches in turn through all pages, seconds each."""
    with window() as page:
        page.goto(f"http://{address}")
        page.get_by_text(LANDMARKS["Home"]).wait_for()
        return [switch(page, list(LANDMARKS)[(i + 1) % len(LANDMARKS)]) for i in range(count)]


def slides(address: str, run: str, count: int) -> list[float]:
    """`count` moves of the slider of a run's pictures to a place not seen before, seconds until it is there."""
    with window() as page:
        page.goto(f"http://{address}/train?run={run}")
        slider = page.get_by_role("slider", name="Training step")
        slider.wait_for()
        return [_slide(page, slider, (i + 0.5) / count) for i in range(count)]


def _slide(page: Page, slider: Locator, share: float) -> float:
    page.wait_for_timeout(500)
    page.wait_for_function(SETTLED)
    start = time.perf_counter()
    slider.evaluate(MOVE, share)
    page.wait_for_function(SETTLED)
    return time.perf_counter() - start
