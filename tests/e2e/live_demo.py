"""A page with both live components, fed with growing data four times a second. Run it with ``streamlit run``."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pages.ui.live import film, live_plot, plots

TOTAL = 60_000
EVERY = 100  # steps between two pictures
CLASSES = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boot"]


def losses(steps: int) -> list[plots.PlotLine]:
    """Two noisy curves of shape (steps,) with one spike."""
    x = np.arange(steps)
    noise = np.random.default_rng(0).normal(size=(2, TOTAL))[:, :steps]
    critic = np.exp(-x / 3000) + 0.1 * noise[0]
    critic[50] = 40.0
    return [
        plots.PlotLine("critic", x, critic),
        plots.PlotLine("generator", x, 1.5 - 0.8 * np.exp(-x / 4000) + 0.15 * noise[1], group=1),
    ]


def picture(film: str, step: int) -> bytes:
    """A 10 x 6 grid of 28 x 28 samples, their brightness telling the step, as PNG."""
    rng = np.random.default_rng(step + len(film))
    disc = np.hypot(*np.mgrid[-14:14, -14:14]) < 4 + 9 * step / TOTAL
    cells = np.where(disc, 200, 40) + rng.integers(0, 50, (6, 10, 28, 28))
    grid = cells.transpose(0, 2, 1, 3).reshape(168, 280).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(grid).save(buffer, "PNG")
    return buffer.getvalue()


st.set_page_config(page_title="Live demo", layout="wide")
live_plot.ensure_static()
st.title("Live demo")
began = st.session_state.setdefault("began", time.monotonic())
paused = st.toggle("Pause", key="paused")


@st.fragment(run_every=None if paused else 0.25)
def show() -> None:
    seconds = st.session_state.setdefault("stopped", time.monotonic() - began) if paused else time.monotonic() - began
    if not paused:
        st.session_state.pop("stopped", None)
    now = min(TOTAL, 2000 + int(seconds * 400))
    left, right = st.columns(2)
    with left:
        figure = plots.lines_figure(losses(now), title="Losses", x_title="step", y_title="loss (nats)")
        live_plot.live_plot(figure, key="losses")
    with right:
        x = np.arange(0, now, 100)
        score = [plots.PlotLine("fashion-cnn", x, 60 * np.exp(-x / 5000) + 3, group=2)]
        title = "Fréchet distance, fashion-cnn"
        live_plot.live_plot(plots.lines_figure(score, title=title, x_title="step", y_title="distance"), key="score")
    steps = list(range(EVERY, now + 1, EVERY))
    films: list[film.FilmStrip] = [
        {"id": "a", "title": "WGAN-GP", "caption": "averaged weights", "columns": CLASSES},
        {"id": "bb", "title": "DCGAN", "caption": "every fifth picture", "steps": steps[4::5], "columns": CLASSES},
    ]
    state = film.live_film(films, steps, picture, key="film", total=TOTAL)
    film.live_film([], [], picture, key="none", empty="Pictures appear here after the first 100 steps.")
    st.text(f"film: step={state.step} requested={list(state.requested)}")


show()
