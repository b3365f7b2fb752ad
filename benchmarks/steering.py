"""From a hand on a slider to the new picture: `python -m benchmarks.steering [--moves 60] [--model fashion-acgan]`.

A browser opens the Latent space page and moves a slider of Steer, once every now and then, and in one long drag; the
clock stops when the picture that belongs to the move is on screen. First with nothing else going on, then while a
DCGAN trains on the same cores.
"""

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from benchmarks import browsing, report, server

ROOM = """() => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]
  .map((host) => host.shadowRoot.querySelector('.hand')).find(Boolean)"""

READY = f"""() => Boolean(({ROOM})()?.dataset.shown)"""

MOVE = f"""async ([index, value]) => {{
  const hand = ({ROOM})(), range = hand.querySelectorAll('input[type=range]')[index];
  const before = Number(hand.dataset.asked ?? 0), start = performance.now();
  range.value = value;
  range.dispatchEvent(new Event('input', {{ bubbles: true }}));
  while (!(Number(hand.dataset.shown) > before)) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - start;
}}"""
"""Milliseconds to the frame after the one in which the picture of this move was painted."""

DRAG = f"""async ([index, milliseconds]) => {{
  const hand = ({ROOM})(), range = hand.querySelectorAll('input[type=range]')[index];
  const start = performance.now(), seen = new Set();
  while (performance.now() - start < milliseconds) {{
    range.value = 3 * Math.sin((performance.now() - start) / 300);
    range.dispatchEvent(new Event('input', {{ bubbles: true }}));
    await new Promise(requestAnimationFrame);
    seen.add(hand.dataset.shown);
  }}
  return seen.size / (milliseconds / 1000);
}}"""
"""Different pictures a second that a drag has shown."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=60)
    parser.add_argument("--model", default="fashion-acgan", help="a bundled model (default: fashion-acgan)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, server.app(Path(folder)) as address:
        rows = [["nothing", *_measured(address, options.model, options.moves)]]
        with server.training(Path(folder)):
            rows.append(["a DCGAN", *_measured(address, options.model, options.moves)])
    header = ["what trains", "median (ms)", "95% within (ms)", "slowest (ms)", "pictures a second in a drag"]
    text = report.table(header, rows)
    report.publish(f"From the slider to the picture, {options.model}, {options.moves} moves", text)


def _measured(address: str, model: str, moves: int) -> list[str]:
    with browsing.window() as page:
        page.goto(f"http://{address}/latent?model={model}&view=steer")
        page.wait_for_function(READY)
        page.wait_for_timeout(2000)
        times = [_move(page, number) for number in range(moves)]
        shown = page.evaluate(DRAG, [0, 4000])
    return [
        *(f"{value:.0f}" for value in (report.median(times), report.percentile(times, 0.95), max(times))),
        f"{shown:.1f}",
    ]


def _move(page: Page, number: int) -> float:
    """A move of one of the first sliders to a new place, after a rest in which the strips have followed."""
    page.wait_for_timeout(700)
    return page.evaluate(MOVE, [number % 4, round(-2.9 + (number * 1.37) % 5.8, 1)])


if __name__ == "__main__":
    main()
