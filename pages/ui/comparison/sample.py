"""One sample, opened: large, with what every discriminator says of it, and the nearest training pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from gan_core.config import TrainConfig
from gan_core.data import sample_grid
from gan_core.evaluation import nearest as neighbours
from gan_core.system.errors import WorkshopError
from pages.ui.comparison.selection import Compared
from pages.ui.live import live_plot
from pages.ui.shell import messages, resources, session

NEIGHBOURS = 5
LARGE = 220  # px
PIXELS = "by their pixels (1 is white against black)"


@dataclass(frozen=True)
class Seen:
    """One of the pictures that stand side by side, (H, W, C), of what has these `settings`; `label` names its class."""

    title: str
    caption: str
    image: np.ndarray
    settings: TrainConfig
    label: str = ""


def panel(compared: Sequence[Compared], index: int, step: int | None, which: str) -> None:
    """Sample number `index` of each, of runs at `step`, and of the real pictures."""
    with st.container(border=True, key="sample"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"#### Sample {index + 1} of {sample_grid.COUNT}")
            for label, icon, to in (("Previous", "chevron_left", index - 1), ("Next", "chevron_right", index + 1)):
                to = str(to % sample_grid.COUNT)
                st.button(label, icon=f":material/{icon}:", on_click=session.put_in_url, kwargs={"sample": to})
            st.button("Close", icon=":material/close:", on_click=session.put_in_url, kwargs={"sample": ""})
        drawn = [seen for one in compared if (seen := _drawn(one, index, step))]
        if not drawn:
            st.caption("None of these runs has a picture yet.")
            return
        seen = [*drawn, *_real(drawn[0].settings, index)]
        for place, one in zip(st.columns(len(seen)), seen, strict=True):
            caption = messages.plain(f"{one.title}, {one.caption}")
            place.image(one.image, width=LARGE, caption=caption, alt=f"Sample of {one.title}")
        _opinions(compared, seen, which, step)
        nearest(drawn)


def _drawn(one: Compared, index: int, step: int | None) -> Seen | None:
    kept = one.samples()
    own = max(kept, default=None) if step is None else live_plot.film_step(list(kept), step)
    if own is None:
        return None
    image = sample_grid.cell(sample_grid.read(kept[own].read_bytes()), index)
    label = one.classes[int(sample_grid.labels(len(one.classes))[index])] if one.classes else ""
    caption = ", ".join(filter(None, [f"step {own:,}" if one.run else one.about, label]))
    return Seen(one.short, caption, image, one.config, label)


def _real(settings: TrainConfig, index: int) -> list[Seen]:
    """The real picture in that place; none, after a sentence, where there are no real pictures."""
    try:
        sheet, labels = resources.real_sheet(settings.data)
    except WorkshopError as error:
        st.caption(f"No real picture is beside them. {messages.no_pictures(settings.data.dataset, error)}")
        return []
    name = messages.class_names(settings)[labels[index]]
    return [Seen("real", f"a test picture, {name}", sample_grid.cell(sheet, index), settings, name)]


def _opinions(compared: Sequence[Compared], seen: Sequence[Seen], which: str, step: int | None) -> None:
    from gan_core.models import checkpoint

    st.markdown("**What each discriminator says**")
    rows: list[dict[str, str]] = []
    for one in compared:
        path = one.chosen(which, step)
        if path is None:
            st.caption(f"{one.name} has kept no weights yet, so its discriminator cannot be asked.")
            continue
        try:
            if "discriminator" not in checkpoint.networks_in(path):
                st.caption(f"The file of {messages.plain(one.name)} holds no discriminator that could be asked.")
                continue
            rows.append(_row(one, path, seen))
        except WorkshopError as error:
            said = messages.no_pictures(one.config.data.dataset, error)
            st.caption(f"The discriminator of {messages.plain(one.name)} cannot be asked. {said}")
    if rows:
        st.table(rows, hide_index=True)
        st.caption(
            "How sure D is that a picture is real, from 0% to 100%; a critic gives a score without a zero instead. "
            "What follows compares all of them: the share of real test pictures that look less real to this D."
        )


def _row(one: Compared, path: Path, seen: Sequence[Seen]) -> dict[str, str]:
    judge, stamp = resources.judge(str(path), path.stat().st_mtime_ns), path.stat().st_mtime_ns
    real = resources.real_scores(str(path), stamp)
    row = {"D of": f"{one.short}, step {judge.step:,}"}
    for shown in seen:
        label = judge.classes.index(shown.label) if shown.label in judge.classes else -1
        scores = judge.scores(shown.image[None], np.array([label]))
        opinion = float(judge.realness(scores)[0])
        said = f"score {opinion:.3g}" if judge.is_critic else f"{opinion:.0%} real"
        row[shown.title] = f"{said}, above {(real < scores[0]).mean():.0%} of real"
    return row


def nearest(seen: Sequence[Seen]) -> None:
    """For each picture the training pictures that are most like it, so that copying shows."""
    st.markdown("**The nearest training pictures**")
    by: list[str] = []
    lacking: dict[str, list[str]] = {}
    for one in seen:
        try:
            dataset, eyes = resources.dataset(one.settings.data), resources.eyes(one.settings.data)
        except WorkshopError as error:
            lacking.setdefault(messages.no_pictures(one.settings.data.dataset, error), []).append(one.title)
            continue
        query = one.image.transpose(2, 0, 1)[None]
        found, far = neighbours.nearest(query, dataset.images, min(NEIGHBOURS, len(dataset)), eyes)
        by.append(f"{len(dataset):,} training pictures {f'in the features of {eyes.name}' if eyes.name else PIXELS}")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.image(one.image, width=84, caption=messages.plain(one.title))
            for number, distance in zip(found[0], far[0], strict=True):
                near = dataset.images[number].transpose(1, 2, 0)
                name = dataset.classes[dataset.labels[number]]
                st.image(near, width=84, caption=f"{distance:.3f}", alt=f"{name}, distance {distance:.3f}")
    for sentence, titles in lacking.items():
        st.info(sentence if len(lacking) == 1 and not by else f"{messages.plain(', '.join(titles))}: {sentence}")
    if not by:
        return
    st.caption(
        f"The nearest of {', of '.join(dict.fromkeys(by))}, with the root mean square difference; 0 is a copy. "
        "A sample much nearer to one than its fellows are may be learned by heart."
    )
