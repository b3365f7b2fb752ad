"""Time of a page switch while a run trains: `python -m benchmarks.page_switch [--switches 20]`.

A browser on the same machine clicks through the pages; a switch ends when the new page's last element is on screen.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks import report, server
from gan_core import recipe, runs
from gan_core.worker import Worker

LANDMARKS = {"Home": "Latest runs", "Train": "All settings", "Compare": "Choose the runs to compare"}
"""A text that only this page shows, near its end."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--switches", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, server.app(Path(folder)) as address:
        tiny = {"network.width": 4, "schedule.steps": 3, "data.limit": 100}
        for _ in range(2):  # something to show and to compare
            Worker(runs.create(recipe.build(tiny), Path(folder))).work()
        rows = [["no", *_measure(address, options.switches)]]
        command = [sys.executable, "-m", "gan_core", "train", "--seconds", "600", "--runs", folder]
        training = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=report.ROOT)
        try:
            time.sleep(8)  # until it is at full speed
            rows.append(["yes", *_measure(address, options.switches)])
            assert training.poll() is None
        finally:
            training.terminate()
            training.wait()
    header = ["a run trains", "median (s)", "p95 (s)", "slowest (s)"]
    report.publish(f"Page switch, {options.switches} switches in a browser", report.table(header, rows))


def _measure(address: str, switches: int) -> list[str]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"http://{address}")
        page.get_by_text(LANDMARKS["Home"]).wait_for()
        times = [_switch(page, list(LANDMARKS)[(i + 1) % 3]) for i in range(switches)]
        browser.close()
    return [f"{value:.2f}" for value in (report.median(times), report.percentile(times, 0.95), max(times))]


def _switch(page: Page, name: str) -> float:
    page.wait_for_timeout(500)
    start = time.perf_counter()
    page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
    page.get_by_text(LANDMARKS[name]).first.wait_for()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
