"""The frame of every page: its title, the navigation, and the runs that are training."""

import ast
from collections.abc import Mapping
from functools import cache

import streamlit as st

from gan_core import runs
from gan_core.system.places import ROOT
from pages.ui.shell import messages, visitor
from pages.ui.shell.component import assets

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


STYLE = f"<style>{assets('shell/frame.css')}</style>"


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
