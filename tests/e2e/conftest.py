"""A real Streamlit server and a real browser for the tests in this folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import forked
import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from windows import opened

from gan_core import runs

ROOT = Path(__file__).parents[2]
START_SECONDS = 120
expect.set_options(timeout=60_000)  # a busy machine is no reason to fail
AppServer = Callable[..., AbstractContextManager[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder are marked `e2e` and `slow`."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("e2e")
            item.add_marker("slow")


_ports: list[int] = []
"""Where servers have been, for the next ones: what a browser has loaded from there is in its cache."""


def _free_port() -> int:
    while _ports:
        with contextlib.suppress(OSError):  # somebody else has it meanwhile
            return _bound(_ports.pop())
    return _bound(0)


def _bound(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return probe.getsockname()[1]


def _wait_healthy(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Return once the server answers; raise with its log when it ends or takes longer than START_SECONDS."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"no server at {url}:\n{log.read_text(errors='replace')}")


@contextmanager
def serve(
    script: Path,
    env: dict[str, str] | None = None,
    base_path: str = "",
    port: int | None = None,
    python: tuple[str, ...] = (),
) -> Iterator[str]:
    """Run ``script`` with Streamlit on that port, or a free one, and yield its URL, without a slash at the end.

    ``env`` is added to the environment. The working folder is the checkout's root, so the app's own
    ``.streamlit/config.toml`` holds. Server and workers are forked from a process that has imported what they need,
    if no ``python`` is given.
    """
    port = port or _free_port()
    url = f"http://127.0.0.1:{port}" + (f"/{base_path}" if base_path else "")
    options = {"port": port, "address": "127.0.0.1", "headless": "true", "baseUrlPath": base_path}
    flags = [f"--server.{name}={value}" for name, value in options.items()]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*(python or forked.command()), "-m", "streamlit", "run", str(script), *flags],
                cwd=ROOT,
                env={**os.environ, **(env or {})},
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            _wait_healthy(process, url, log)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if port not in _ports:
                _ports.append(port)


@pytest.fixture(scope="session")
def app_server() -> AppServer:
    """The context manager ``app_server(script, env=..., base_path=...)``, which yields the server's URL."""
    return serve


@pytest.fixture(scope="session")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """One chromium for the whole session, which keeps the app's scripts, compiled, in a cache on disk."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("chromium"),
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            reduced_motion="reduce",
        )
        yield context
        context.close()


@pytest.fixture(scope="session")
def browser(window: BrowserContext) -> Browser:
    """The same chromium, for contexts that share nothing with its window."""
    assert window.browser
    return window.browser


@pytest.fixture
def color_scheme() -> str:
    """ "light" or "dark": override with ``@pytest.mark.parametrize("color_scheme", ["dark"])``."""
    return "light"


@pytest.fixture
def viewport() -> tuple[int, int]:
    """Width and height of the page in px: override like ``color_scheme``."""
    return 1440, 900


@pytest.fixture
def page(window: BrowserContext, color_scheme: str, viewport: tuple[int, int]) -> Iterator[Page]:
    """A page of a browser that remembers nothing of here but has files in its cache; fails when a script throws."""
    with opened(window, color_scheme, viewport) as page:
        yield page
        if page.url.startswith("http"):
            page.evaluate("localStorage.clear()")


@pytest.fixture
def empty_site(app_server: AppServer, home: Path) -> Iterator[str]:
    """The app on an empty GAN_HOME; whatever still trains at the end is stopped."""
    with app_server(ROOT / "app.py", env={"GAN_HOME": str(home)}) as url:
        yield url
    _stop_all()


@pytest.fixture(scope="session")
def shared_site(app_server: AppServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """One server for all tests that do not mind what others have left, and its GAN_HOME."""
    home = tmp_path_factory.mktemp("home")
    with app_server(ROOT / "app.py", env={"GAN_HOME": str(home)}) as url:
        yield url, home


@pytest.fixture
def site(shared_site: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The app, with runs and data of other tests; whatever still trains at the end is stopped."""
    url, home = shared_site
    monkeypatch.setenv("GAN_HOME", str(home))
    yield url
    _stop_all()


def _stop_all() -> None:
    for run in runs.list_runs():
        status = run.status()
        if status.alive and psutil.pid_exists(status.pid):
            os.kill(status.pid, signal.SIGKILL)
