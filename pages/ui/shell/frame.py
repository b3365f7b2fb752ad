"""What every page begins with: its title, the navigation, and who is training."""

import ast
from functools import cache
from pathlib import Path

import streamlit as st

from gan_core import runs
from pages.ui.shell import visitor

ROOT = Path(__file__).parents[3]
ICONS = {
    "train": ":material/play_circle:",
    "race": ":material/sports_score:",
    "compare": ":material/compare:",
    "latent": ":material/explore:",
    "checkpoints": ":material/inventory_2:",
}
"""The pages in the order of the sidebar; any other file in `pages/` follows, by name."""


@cache
def pages() -> dict[str, tuple[str, str]]:
    """Label and icon of every page by its path; a label is what stands before the colon of the file's docstring."""
    order = list(ICONS)
    names = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
    names.sort(key=lambda name: order.index(name) if name in order else len(order))
    found = {"app.py": ("Home", ":material/home:")}
    for name in names:
        text = ast.get_docstring(ast.parse((ROOT / "pages" / f"{name}.py").read_text(encoding="utf-8"))) or name
        found[f"pages/{name}.py"] = text.partition(":")[0], ICONS.get(name, ":material/article:")
    return found


STYLE = """<style>
  [data-testid="stImage"] img { image-rendering: pixelated; border-radius: .25rem; }
  .block-container, [data-testid="stMainBlockContainer"] { padding-top: 3.2rem; max-width: 78rem; }
  .st-key-notices a :is(span, p) { white-space: normal; }
  :is(.st-key-models, .st-key-checkpoints, .st-key-checkpoints-named) {
    display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1rem;
  }
  :is(.st-key-models, .st-key-checkpoints, .st-key-checkpoints-named) img { image-rendering: auto; }
  @media (max-width: 640px) {
    .st-key-models { display: flex; flex-wrap: nowrap; overflow-x: auto; scroll-snap-type: x proximity; }
    .st-key-models > div { flex: 0 0 17rem; scroll-snap-align: start; }
  }
  .st-key-visitor { position: absolute; }
  .st-key-model-card h1 { font-size: 1.5rem; }
  .st-key-model-card h2 { font-size: 1.15rem; }
  [data-testid="stMetricValue"] { font-variant-numeric: tabular-nums; font-size: 1.5rem; }
  dl.numbers { display: flex; flex-wrap: wrap; gap: .5rem 1rem; }
  dl.numbers, dl.numbers :is(dt, dd) { margin: 0 !important; padding: 0 !important; }
  dl.numbers div { width: 150px; }
  dl.numbers dt { font-size: .875rem; }
  dl.numbers dd { font-size: 1.5rem; font-variant-numeric: tabular-nums; }
</style>"""


def frame(title: str) -> None:
    """Set the page up; to be called first."""
    name = title if title == "GAN Workshop" else f"{title} · GAN Workshop"
    st.set_page_config(page_title=name, page_icon=":material/draw:", layout="wide")
    st.html(STYLE)
    visitor.check()
    with st.sidebar:
        st.markdown("### GAN Workshop")
        for page, (label, icon) in pages().items():
            st.page_link(page, label=label, icon=icon)
        _training_now()
        visitor.greet()
    st.title(title)


def _training_now() -> None:
    active = [run for run in runs.list_runs()[:50] if run.status().alive]
    if active:
        st.caption("Now")
        for run in active:
            st.page_link(
                "pages/train.py",
                label=f"{run.name.split('-')[0]} {run.name.split('-')[1]}, {run.status().state}",
                icon=":material/bolt:",
                query_params={"run": run.name},
            )
