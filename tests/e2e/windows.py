"""Windows of the browser for the tests in this folder."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize


def look(browser: Browser, color_scheme: str, viewport: tuple[int, int]) -> BrowserContext:
    """A context with nothing in its cache."""
    size: ViewportSize = {"width": viewport[0], "height": viewport[1]}
    return browser.new_context(color_scheme=color_scheme, viewport=size)  # pyright: ignore[reportArgumentType]


@contextmanager
def opened(context: BrowserContext) -> Iterator[Page]:
    """A new page of ``context``; afterwards it asserts that no script on it has thrown."""
    page = context.new_page()
    page.set_default_timeout(60_000)  # a busy machine is no reason to fail
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    page.close()
    assert not thrown, thrown
