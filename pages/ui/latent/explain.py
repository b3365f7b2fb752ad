"""Explain: the output of each layer of G on the way to a sample, and the pixels that D's score depends on."""

import numpy as np
import streamlit as st
import torch

from gan_core.explore import layers, saliency
from gan_core.explore.points import LatentPoint
from gan_core.models.checkpoint import LoadedDiscriminator
from gan_core.system.errors import WorkshopError
from pages.ui.latent import picture_input, selection
from pages.ui.latent.selection import LatentSelection
from pages.ui.shell import messages

MAX_MAPS = 32
COLUMNS = 8
NOISY_COPIES = 32
LARGE = 224  # px


def show(chosen: LatentSelection) -> None:
    """The sample's way through G, then what D responds to in a picture."""
    point = selection.choose_point(chosen, "Explained")
    picture = chosen.sampler.pictures([point])[0]
    st.markdown("#### How the generator draws it")
    _layers(chosen, point)
    st.markdown("#### What the discriminator responds to")
    try:
        discriminator = saliency.discriminator_of(chosen.sampler.model)
    except WorkshopError as error:
        st.info(messages.error_text(error))
        return
    _saliency(chosen, discriminator, point, picture)


def _layers(chosen: LatentSelection, point: LatentPoint) -> None:
    weights = chosen.sampler.class_weights([point])
    z = torch.from_numpy(chosen.sampler.z([point])).float()
    stages = layers.stages(
        chosen.sampler.model.generator, z, None if weights is None else torch.from_numpy(weights).float()
    )
    alike = st.toggle("One scale for all channels of a stage", key="alike", bind="query-params")
    for stage in stages:
        count = stage.maps.shape[0]
        st.markdown(f"**{stage.name}**" + (f" · the {MAX_MAPS} strongest" if count > MAX_MAPS else ""))
        if stage.picture is not None:
            st.image(stage.picture, width=LARGE, alt="The finished picture")
        elif stage.row:
            st.image(layers.sheet(stage.maps), width="stretch", alt=stage.name)
        else:
            maps = stage.maps[layers.strongest(stage.maps, MAX_MAPS)]
            columns = min(COLUMNS, len(maps))
            st.image(layers.sheet(maps, columns, shared_scale=alike), width=56 * columns, alt=stage.name)
    st.caption(
        "Each small picture is one channel of a layer's output, the strongest first. Bright: active; black, or grey "
        "where values may be negative: not active. Early layers lay out coarse shapes, later ones edges and texture. "
        "Channels differ in strength by powers of ten, so each has its own scale unless you choose one for all."
    )


def _saliency(
    chosen: LatentSelection, discriminator: LoadedDiscriminator, point: LatentPoint, sample: np.ndarray
) -> None:
    given = picture_input.choose(chosen, {"sample": "the sample above"}, "look")
    label = given.label if given else point.label if point.label is not None else -1
    picture = given.image if given else sample
    if picture is None:
        return
    smooth = st.toggle("Average over noisy copies (SmoothGrad)", True, key="smoothgrad", bind="query-params")
    found = saliency.saliency_map(discriminator, picture, label, smooth=NOISY_COPIES if smooth else 0)
    images = {"the picture": picture, "what the score depends on": saliency.overlay(picture, found)}
    with st.container(horizontal=True):
        for title, image in images.items():
            st.image(image, width=LARGE, caption=title, alt=title)
    score = f"score {found.score:.3g}" if discriminator.is_critic else f"{found.opinion:.0%} real"
    classes = discriminator.classes
    judged = f", judged as the class {messages.plain(classes[found.label])}" if found.label >= 0 else ""
    st.markdown(f"The discriminator says: **{score}**{judged}.")
    st.caption(
        "Orange: brighter pixels here would make it more real to D; blue: darker ones would. This is the gradient of "
        "the score with respect to the pixels, so it is about small changes. A critic's score has no zero; compare two "
        "pictures."
    )
