"""Explain: what each layer of G does on the way to a sample, and which pixels D's score hangs on."""

import numpy as np
import streamlit as st
import torch

from gan_core.explore import layers, saliency
from gan_core.explore.points import LatentPoint
from gan_core.models.checkpoint import LoadedDiscriminator
from gan_core.system.errors import WorkshopError
from pages.ui.latent import picture_input, selection
from pages.ui.latent.selection import Chosen
from pages.ui.shell import messages

MAPS = 32
COLUMNS = 8
SMOOTH = 32
LARGE = 224  # px


def show(chosen: Chosen) -> None:
    """The sample's way through G, then D's look at a picture."""
    point = selection.subject(chosen, "Explained")
    picture = chosen.sampler.pictures([point])[0]
    st.markdown("#### How the generator draws it")
    _layers(chosen, point)
    st.markdown("#### What the discriminator looks at")
    try:
        judge = saliency.discriminator_of(chosen.sampler.model)
    except WorkshopError as error:
        st.info(messages.said(error))
        return
    _saliency(chosen, judge, point, picture)


def _layers(chosen: Chosen, point: LatentPoint) -> None:
    weights = chosen.sampler.class_weights([point])
    z = torch.from_numpy(chosen.sampler.z([point])).float()
    told = None if weights is None else torch.from_numpy(weights).float()
    found = layers.stages(chosen.sampler.model.generator, z, told)
    alike = st.toggle("One scale for all channels of a stage", key="alike", bind="query-params")
    for stage in found:
        count = stage.maps.shape[0]
        st.markdown(f"**{stage.name}**" + (f" · the {MAPS} strongest" if count > MAPS else ""))
        if stage.picture is not None:
            st.image(stage.picture, width=LARGE, alt="The finished picture")
        elif stage.row:
            st.image(layers.sheet(stage.maps), width="stretch", alt=stage.name)
        else:
            kept = stage.maps[layers.strongest(stage.maps, MAPS)]
            columns = min(COLUMNS, len(kept))
            st.image(layers.sheet(kept, columns, shared_scale=alike), width=56 * columns, alt=stage.name)
    st.caption(
        "Each small picture is one channel of a layer's output, the strongest first. Bright: it is active there; "
        "black, or grey where values may be negative: it is not. Early layers lay out coarse forms, later ones edges "
        "and texture. Channels differ in strength by powers of ten, so each has a scale of its own unless you ask "
        "for one."
    )


def _saliency(chosen: Chosen, judge: LoadedDiscriminator, point: LatentPoint, drawn: np.ndarray) -> None:
    given = picture_input.source(chosen, {"sample": "the sample above"}, "look")
    label = given.label if given else point.label if point.label is not None else -1
    picture = given.image if given else drawn
    if picture is None:
        return
    smooth = st.toggle("Average over noisy copies (SmoothGrad)", True, key="smoothgrad", bind="query-params")
    found = saliency.saliency_map(judge, picture, label, smooth=SMOOTH if smooth else 0)
    shown = {"the picture": picture, "what the score hangs on": saliency.overlay(picture, found)}
    with st.container(horizontal=True):
        for title, image in shown.items():
            st.image(image, width=LARGE, caption=title, alt=title)
    said = f"score {found.score:.3g}" if judge.is_critic else f"{found.opinion:.0%} real"
    asked = f", asked about the class {messages.plain(judge.classes[found.label])}" if found.label >= 0 else ""
    st.markdown(f"The discriminator says: **{said}**{asked}.")
    st.caption(
        "Orange: brighter pixels here would look more real to it; blue: darker ones would. It is the gradient of the "
        "score by the pixels, so it speaks of small changes. A critic's score has no zero point; compare two pictures."
    )
