"""How soon things are there: `python -m benchmarks.startup [--repeats 7]`.

Imports and commands in fresh processes; then, in a browser, the time from starting the server to a Home page that can
be clicked, and from the first click on Train to its form. Files are in the disk cache from a first round that does
not count.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import browsing, report, server
from gan_core.models import bundled

COMMANDS = {
    "import gan_core": ["-c", "import gan_core"],
    "python -m gan_core --help": ["-m", "gan_core", "--help"],
    "python -m gan_core list": ["-m", "gan_core", "list"],
    "python -m gan_core variants": ["-m", "gan_core", "variants"],
    "for comparison: import torch": ["-c", "import torch"],
}

SEEN = """count => {
  const pictures = [...document.querySelectorAll(".st-key-models img")];
  return pictures.length === count && pictures.every(one => one.complete && one.naturalWidth > 0);
}"""
"""In the browser: whether so many bundled models are on the page with their pictures loaded."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rounds = [_round(Path(folder)) for _ in range(options.repeats + 1)][1:]
    rows = []
    for name in rounds[0]:
        times = [found[name] for found in rounds]
        rows.append([name, f"{report.median(times):.2f}", f"{min(times):.2f} to {max(times):.2f}"])
    report.publish(
        "Start-up", report.table(["from the start of", f"median of {options.repeats} (s)", "range (s)"], rows)
    )


def _round(home: Path) -> dict[str, float]:
    """Seconds of everything, once."""
    found = {name: _timed(lambda parts=parts: _run(parts, home)) for name, parts in COMMANDS.items()}
    with browsing.window() as page:
        start = time.perf_counter()
        with server.app(home) as address:
            found["the server, until it answers"] = time.perf_counter() - start
            page.goto(f"http://{address}")
            page.get_by_role("link", name="Train a GAN").click(trial=True)  # there, in place, and nothing above it
            found["the server, until Home can be clicked"] = time.perf_counter() - start
            page.wait_for_function(SEEN, arg=len(bundled.names()))
            found["the server, until Home shows the bundled models as pictures"] = time.perf_counter() - start
            found["the first click on Train, until its form is there"] = browsing.switch(page, "Train", rest=0)
    return found


def _run(parts: list[str], home: Path) -> None:
    command = [sys.executable, *parts, *(["--runs", str(home)] if parts[-1] == "list" else [])]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=report.ROOT)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
