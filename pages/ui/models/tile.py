"""A model as a card: its samples, its name, a few facts, and links to where it can be used."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from pages.ui.shell import frame


@contextmanager
def grid(name: str = "") -> Iterator[None]:
    """As many cards side by side as there is room for; a second grid on a page has a `name`."""
    with st.container(horizontal=True, key=f"checkpoints{name}"):
        yield


@contextmanager
def card(name: str, title: str, facts: Sequence[str], picture: Path | bytes | None, grid: str = "") -> Iterator[None]:
    """A card of the model `name`; what is drawn in the block comes below its facts."""
    with st.container(border=True, height="stretch", key=f"checkpoint-{name}{grid}"):
        if picture is None:
            st.caption("No samples to show.")
        else:
            source = str(picture) if isinstance(picture, Path) else picture
            st.image(source, width="stretch", alt=f"Samples of {name}")
        st.markdown(f"**{title}**")
        st.caption("  \n".join(filter(None, facts)))
        yield


def show_links(name: str, *, run: bool = False) -> None:
    """A row with the links to the pages that use a model or a run."""
    with st.container(horizontal=True, gap="small"):
        model_links(name, run=run)


def model_links(name: str, *, run: bool = False) -> None:
    """The same, one after another."""
    frame.link("latent", query={"model": name})
    frame.link("compare", query={"runs" if run else "models": name})


def model_card(text: str, picture: Path | None) -> None:
    """A model card as the Hub shows it: its metadata apart, its sample sheet as a picture."""
    match = re.match(r"---\n(.*?)\n---\n(.*)", text, re.DOTALL)
    metadata, body = (match[1], match[2]) if match else ("", text)
    with st.container(key="model-card"):
        if picture is not None:
            st.image(str(picture), width=560, alt="Samples")
        st.markdown(re.sub(r"^!\[[^]]*\]\([^)]*\)$", "", body, flags=re.MULTILINE))
    with st.expander("Metadata for the Hub", icon=":material/data_object:"):
        st.code(metadata, language="yaml")
