"""The bundled models as pictures: what the program can reach, and with which settings."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from gan_core.config import TrainConfig
from gan_core.data import sample_grid
from gan_core.models import bundled
from gan_core.models.bundled import BundledModel
from gan_core.system.errors import WorkshopError
from pages.ui.shell import messages, session

ABOUT = (
    "Models that come with the program, each trained by one of its presets. Their pictures are drawn from the same "
    "noise as the samples of your runs. A lower Fréchet distance is better; compare only those with the same name in "
    "brackets, that of the classifier which looked at the pictures. “Class as asked” is the share of pictures that it "
    "takes for the class asked for, beside the share of real pictures that it gets right."
)
ROWS = 2
"""Of the samples beside the form: as many as of the real pictures."""


def shelf() -> None:
    """All models as cards; nothing when there are none, and a sentence for each that is damaged."""
    found, problems = bundled.list_all()
    if found or problems:
        st.subheader("What this can reach")
    if found:
        st.caption(ABOUT)
        with st.container(horizontal=True, key="models"):
            for model in found:
                _card(model)
    for problem in problems:
        st.warning(messages.said(problem))


def target(variant: str, dataset: str, chosen: Mapping[str, Any]) -> None:
    """What `variant` has reached on these pictures, if that is known, and a button that fills the form with how.

    `chosen` is what the form holds, by dotted field.
    """
    asked = _built(chosen)
    model = bundled.reference_for(variant, dataset, asked is not None and asked.network.conditional)
    if model is None:
        return
    sheet = sample_grid.read(bundled.samples_path(model.id).read_bytes())
    rows = sheet[: ROWS * (model.size + sample_grid.GAP) - sample_grid.GAP]
    st.image(rows.repeat(2, 0).repeat(2, 1), width="stretch", alt=f"Samples of {model.id}")
    whole = model.dataset == dataset and model.config.data.classes is None
    place = "" if whole else f" on {model.dataset_title}"
    st.caption(f"**What this can reach**{place}, after {_effort(model)}. {'. '.join(_scores(model))}.")
    if asked is not None and asked == _built(model.settings):
        st.caption("The form holds the settings that made it.")
    elif st.button("Use its settings", icon=":material/settings_suggest:", key=f"form/{session.generation()}/target"):
        session.replace_edits(model.settings)
        st.rerun()


def _card(model: BundledModel) -> None:
    with st.container(border=True, height="stretch", key=f"model-{model.id}"):
        st.image(str(bundled.samples_path(model.id)), width="stretch", alt=f"Samples of {model.id}")
        st.markdown(f"**{model.title}** · {model.dataset_title}")
        st.caption("  \n".join([f"Trained for {_effort(model)}", *_scores(model)]))
        query = session.as_query(model.settings)
        with st.container(horizontal=True, gap="small"):
            st.page_link("pages/train.py", label="Its settings", icon=":material/tune:", query_params=query)
            at = {"model": model.id}
            st.page_link("pages/latent.py", label="Latent space", icon=":material/explore:", query_params=at)
            at = {"models": model.id}
            st.page_link("pages/compare.py", label="Compare", icon=":material/compare:", query_params=at)


def _effort(model: BundledModel) -> str:
    return f"{messages.roughly(model.seconds)} on {model.device}"


def _scores(model: BundledModel) -> list[str]:
    """The scores that fit on a card, a sentence each without its full stop."""
    score = model.frechet
    found = [f"{score.title}: {score.value:.3g}"] if score else []
    if model.class_accuracy is not None and model.real_class_accuracy is not None:
        found.append(f"Class as asked: {model.class_accuracy:.1%} (real pictures: {model.real_class_accuracy:.1%})")
    return found


def _built(settings: Mapping[str, Any]) -> TrainConfig | None:
    """The config of what a form holds; None where that is not allowed."""
    from gan_core.presets import recipe  # with it comes torch, which Home can do without

    try:
        return recipe.build(settings)
    except WorkshopError:
        return None
