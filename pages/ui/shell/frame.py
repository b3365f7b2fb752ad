"""The frame of every page: its title, the navigation, and the runs that are training."""

import ast
from collections.abc import Mapping
from functools import cache

import streamlit as st

from gan_core import runs
from gan_core.system.places import ROOT
from pages.ui.shell import messages, visitor

ICONS = {
    "train": ":material/play_circle:",
    "race": ":material/sports_score:",
    "compare": ":material/compare:",
    "latent": ":material/explore:",
    "checkpoints": ":material/inventory_2:",
}
"""The pages in the order of the sidebar; any other file in `pages/` follows, by name."""


@cache
def pages() -> dict[str, tuple[str, str, str]]:
    """Path, label and icon of every page by name; a label is what stands before the colon of the file's docstring."""
    found = {"home": ("app.py", "Home", ":material/home:")}
    for name in [*ICONS, *sorted({path.stem for path in (ROOT / "pages").glob("*.py")} - set(ICONS))]:
        path = f"pages/{name}.py"
        docstring = ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8"))) or name
        found[name] = path, docstring.partition(":")[0], ICONS.get(name, ":material/article:")
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
    """Set up the page; every page calls this first."""
    name = title if title == "GAN Workshop" else f"{title} · GAN Workshop"
    st.set_page_config(page_title=name, page_icon=":material/draw:", layout="wide")
    st.html(STYLE)
    visitor.check_settings()
    with st.sidebar:
        st.markdown("### GAN Workshop")
        for page in pages():
            link(page)
        _training_now()
        visitor.identify()
    st.title(title)


def link(page: str, label: str = "", icon: str = "", query: Mapping[str, str] | None = None) -> None:
    """A link to a page with these parameters in its URL; label and icon are those of the page by default."""
    path, page_label, page_icon = pages()[page]
    st.page_link(path, label=label or page_label, icon=icon or page_icon, query_params=query)


def _training_now() -> None:
    active = [(run, status) for run in runs.list_runs()[:50] if (status := run.status()).alive]
    if active:
        st.caption("Now")
    for run, status in active:
        label = f"{messages.short_name(run.name).replace('-', ' ')}, {status.state}"
        link("train", label, ":material/bolt:", {"run": run.name})
