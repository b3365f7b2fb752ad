"""A model as a card: its samples, its name, a few facts, and where to use it."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import streamlit as st


@contextmanager
def shelf(name: str = "") -> Iterator[None]:
    """As many cards side by side as there is room for; a second shelf on a page has a `name`."""
    with st.container(horizontal=True, key=f"checkpoints{name}"):
        yield


@contextmanager
def card(key: str, title: str, facts: Sequence[str], picture: Path | bytes | None, about: str) -> Iterator[None]:
    """A card; what is drawn inside comes below its facts. `about` says what the picture is, for those who see none."""
    with st.container(border=True, height="stretch", key=f"checkpoint-{key}"):
        if picture is None:
            st.caption("No samples to show.")
        else:
            st.image(str(picture) if isinstance(picture, Path) else picture, width="stretch", alt=about)
        st.markdown(f"**{title}**")
        st.caption("  \n".join(filter(None, facts)))
        yield


def use(model: str, *, run: bool = False) -> None:
    """Where a model can be taken at once."""
    with st.container(horizontal=True, gap="small"):
        st.page_link("pages/latent.py", label="Latent space", icon=":material/explore:", query_params={"model": model})
        query = {"runs" if run else "models": model}
        st.page_link("pages/compare.py", label="Compare", icon=":material/compare:", query_params=query)


def model_card(text: str, picture: Path | None) -> None:
    """A model card as the Hub shows it: its head apart, its sample sheet as a picture."""
    head, body = _split(text)
    with st.container(key="model-card"):
        if picture is not None:
            st.image(str(picture), width=560, alt="Samples")
        st.markdown(re.sub(r"^!\[[^]]*\]\([^)]*\)$", "", body, flags=re.MULTILINE))
    with st.expander("What the Hub reads of it", icon=":material/data_object:"):
        st.code(head, language="yaml")


def _split(text: str) -> tuple[str, str]:
    """The YAML between the first two lines of dashes, and the rest."""
    found = re.match(r"---\n(.*?)\n---\n(.*)", text, re.DOTALL)
    return (found[1], found[2]) if found else ("", text)
