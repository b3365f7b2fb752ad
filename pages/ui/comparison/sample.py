"""One sample, enlarged: the outputs of all discriminators for it, and its nearest training pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from gan_core.config import TrainConfig
from gan_core.data import sample_grid
from gan_core.system.errors import WorkshopError
from pages.ui.comparison.selection import ComparedItem, items_with_weights
from pages.ui.live import film
from pages.ui.shell import messages, resources, session

NEIGHBOURS = 5
LARGE = 220  # px
IN_PIXELS = "by their pixels (1 is white against black)"


@dataclass(frozen=True)
class ShownSample:
    """A picture (H, W, C) of a run or model with these `settings`; `label` is the name of its class."""

    title: str
    caption: str
    image: np.ndarray
    settings: TrainConfig
    label: str = ""


def show(items: Sequence[ComparedItem], index: int, step: int | None, which: str) -> None:
    """Sample number `index` of each item, of runs at `step`, and of the real pictures."""
    with st.container(border=True, key="sample"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"#### Sample {index + 1} of {sample_grid.COUNT}")
            before, after = str((index - 1) % sample_grid.COUNT), str((index + 1) % sample_grid.COUNT)
            for label, icon, target in (
                ("Previous", "chevron_left", before),
                ("Next", "chevron_right", after),
                ("Close", "close", ""),
            ):
                go = {"on_click": session.put_in_url, "kwargs": {"sample": target}}
                st.button(label, icon=f":material/{icon}:", **go)
        drawn = [sample for item in items if (sample := _drawn(item, index, step))]
        if not drawn:
            st.caption("None of these runs has a picture yet.")
            return
        samples = [*drawn, *_real(drawn[0].settings, index)]
        for place, sample in zip(st.columns(len(samples)), samples, strict=True):
            caption = messages.plain(f"{sample.title}, {sample.caption}")
            place.image(sample.image, width=LARGE, caption=caption, alt=f"Sample of {sample.title}")
        _discriminators(items, samples, which)
        show_nearest(drawn)


def _drawn(item: ComparedItem, index: int, step: int | None) -> ShownSample | None:
    sheets = item.samples()
    shown = max(sheets, default=None) if step is None else film.latest_step(list(sheets), step)
    if shown is None:
        return None
    image = sample_grid.cell(sample_grid.read(sheets[shown].read_bytes()), index)
    label = item.classes[int(sample_grid.labels(len(item.classes))[index])] if item.classes else ""
    caption = ", ".join(filter(None, [f"step {shown:,}" if item.run else item.about, label]))
    return ShownSample(item.short, caption, image, item.config, label)


def _real(settings: TrainConfig, index: int) -> list[ShownSample]:
    """The real picture in that place; none, after a sentence, where there are no real pictures."""
    try:
        sheet, labels = resources.real_sheet(settings.data)
    except WorkshopError as error:
        st.caption(f"No real picture is beside them. {messages.missing_pictures(settings.data.dataset, error)}")
        return []
    name = messages.class_names(settings)[labels[index]]
    return [ShownSample("real", f"a test picture, {name}", sample_grid.cell(sheet, index), settings, name)]


def _discriminators(items: Sequence[ComparedItem], samples: Sequence[ShownSample], which: str) -> None:
    from gan_core.models import checkpoint

    st.markdown("**What each discriminator says**")
    rows: list[dict[str, str]] = []
    for item, path in items_with_weights(items, which, "its discriminator cannot be shown"):
        name = messages.plain(item.name)
        try:
            if "discriminator" in checkpoint.networks_in(path):
                rows.append(_row(item, path, samples))
            else:
                st.caption(f"The file of {name} contains no discriminator.")
        except WorkshopError as error:
            reason = messages.missing_pictures(item.config.data.dataset, error)
            st.caption(f"The discriminator of {name} cannot be shown. {reason}")
    if rows:
        st.table(rows, hide_index=True)
        st.caption(
            "How sure D is that a picture is real, from 0% to 100%; a critic gives a score without a zero instead. "
            "The second number is comparable between all of them: the share of real test pictures that look less real "
            "to this D."
        )


def _row(item: ComparedItem, path: Path, samples: Sequence[ShownSample]) -> dict[str, str]:
    stamp = path.stat().st_mtime_ns
    discriminator = resources.discriminator(str(path), stamp)
    real = resources.real_scores(str(path), stamp)
    row = {"D of": f"{item.short}, step {discriminator.step:,}"}
    for sample in samples:
        label = discriminator.classes.index(sample.label) if sample.label in discriminator.classes else -1
        scores = discriminator.scores(sample.image[None], np.array([label]))
        output = float(discriminator.realness(scores)[0])
        text = f"score {output:.3g}" if discriminator.is_critic else f"{output:.0%} real"
        row[sample.title] = f"{text}, above {(real < scores[0]).mean():.0%} of real"
    return row


def show_nearest(samples: Sequence[ShownSample]) -> None:
    """The nearest training pictures of each sample, in which copies show."""
    st.markdown("**The nearest training pictures**")
    searched: list[str] = []
    missing: dict[str, list[str]] = {}
    for sample in samples:
        settings = sample.settings.data
        try:
            dataset, index = resources.dataset(settings), resources.feature_index(settings)
        except WorkshopError as error:
            missing.setdefault(messages.missing_pictures(settings.dataset, error), []).append(sample.title)
            continue
        query = sample.image.transpose(2, 0, 1)[None]
        numbers, distances = index.nearest(query, min(NEIGHBOURS, len(dataset)))
        space = f"in the features of {index.name}" if index.name else IN_PIXELS
        searched.append(f"{len(dataset):,} training pictures {space}")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.image(sample.image, width=84, caption=messages.plain(sample.title))
            for number, distance in zip(numbers[0], distances[0], strict=True):
                picture = dataset.images[number].transpose(1, 2, 0)
                alt = f"{dataset.classes[dataset.labels[number]]}, distance {distance:.3f}"
                st.image(picture, width=84, caption=f"{distance:.3f}", alt=alt)
    for sentence, titles in missing.items():
        st.info(sentence if len(missing) == 1 and not searched else f"{messages.plain(', '.join(titles))}: {sentence}")
    if searched:
        st.caption(
            f"The nearest of {', of '.join(dict.fromkeys(searched))}, with the root mean square difference; 0 is a "
            "copy. A sample that is much nearer to a training picture than the others are may be memorised."
        )
