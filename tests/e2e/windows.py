"""Windows of the browser for the tests in this folder."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, Page


@contextmanager
def opened(
    context: BrowserContext, color_scheme: str = "light", viewport: tuple[int, int] = (1440, 900)
) -> Iterator[Page]:
    """A new page of ``context``; afterwards it asserts that no script on it has thrown."""
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if color_scheme == "dark" else "light")
    page.set_viewport_size({"width": viewport[0], "height": viewport[1]})
    page.set_default_timeout(60_000)  # a busy machine is no reason to fail
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    page.close()
    assert not thrown, thrown
