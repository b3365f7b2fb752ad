"""The bundled models as pictures: what each variant can achieve, and with which settings."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from gan_core.config import TrainConfig
from gan_core.data import sample_grid
from gan_core.models import bundled
from gan_core.models.bundled import BundledModel
from gan_core.system.errors import WorkshopError
from pages.ui.models import tile
from pages.ui.shell import form_state, frame, messages

ABOUT = (
    "Models that come with the program, each trained by one of its presets. Their pictures are drawn from the same "
    "noise as the samples of your runs. A lower Fréchet distance is better; compare only those with the same name in "
    "brackets, the classifier whose features it is measured in. “Class accuracy” is the share of samples that the "
    "classifier assigns to the requested class, beside its accuracy on real pictures."
)
ROWS = 2
"""Of the samples beside the form: as many as of the real pictures."""


def show_all() -> None:
    """All models as cards; nothing when there are none, and a sentence for each that is damaged."""
    found, problems = bundled.list_all()
    if found or problems:
        st.subheader("Bundled models")
    if found:
        st.caption(ABOUT)
        with st.container(horizontal=True, key="models"):
            for model in found:
                _card(model)
    for problem in problems:
        st.warning(messages.error_text(problem))


def show_target(variant: str, dataset: str, chosen: Mapping[str, Any]) -> None:
    """The best known result of `variant` on this data set, and a button that fills the form with its settings.

    Nothing where none is known. `chosen` is what the form holds, by dotted field.
    """
    config = _build(chosen)
    model = bundled.reference_for(variant, dataset, config is not None and config.network.conditional)
    if model is None:
        return
    sheet = sample_grid.read(bundled.samples_path(model.id).read_bytes())
    rows = sheet[: ROWS * (model.size + sample_grid.GAP) - sample_grid.GAP]
    st.image(rows.repeat(2, 0).repeat(2, 1), width="stretch", alt=f"Samples of {model.id}")
    whole = model.dataset == dataset and model.config.data.classes is None
    place = "" if whole else f" on {model.dataset_title}"
    st.caption(f"**What this can achieve**{place}, after {_effort(model)}. {'. '.join(_scores(model))}.")
    if config is not None and config == _build(model.settings):
        st.caption("The form holds the settings of this model.")
        return
    key = f"form/{form_state.form_version()}/target"
    if st.button("Use its settings", icon=":material/settings_suggest:", key=key):
        form_state.replace_edits(model.settings)
        st.rerun()


def _card(model: BundledModel) -> None:
    with st.container(border=True, height="stretch", key=f"model-{model.id}"):
        st.image(str(bundled.samples_path(model.id)), width="stretch", alt=f"Samples of {model.id}")
        st.markdown(f"**{model.title}** · {model.dataset_title}")
        st.caption("  \n".join([f"Trained for {_effort(model)}", *_scores(model)]))
        with st.container(horizontal=True, gap="small"):
            frame.link("train", "Its settings", ":material/tune:", form_state.query_of(model.settings))
            tile.model_links(model.id)


def _effort(model: BundledModel) -> str:
    return f"{messages.rough_duration(model.seconds)} on {model.device}"


def _scores(model: BundledModel) -> list[str]:
    """The scores that fit on a card, a sentence each without its full stop."""
    score = model.frechet
    found = [f"{score.title}: {score.value:.3g}"] if score else []
    if model.class_accuracy is not None and model.real_class_accuracy is not None:
        found.append(f"Class accuracy: {model.class_accuracy:.1%} (real pictures: {model.real_class_accuracy:.1%})")
    return found


def _build(settings: Mapping[str, Any]) -> TrainConfig | None:
    """The config of what a form holds; None where that is not valid."""
    from gan_core.presets import recipe  # with it comes torch, which Home can do without

    try:
        return recipe.build(settings)
    except WorkshopError:
        return None
