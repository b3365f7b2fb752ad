"""One sample, opened: large, with what every discriminator says of it, and the nearest training pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from gan_core import neighbours, pictures, variants
from gan_core.config import TrainConfig
from gan_core.errors import WorkshopError
from gan_core.runs import Run
from pages.ui import chosen, live, session, words

NEIGHBOURS = 5
LARGE = 220  # px
PIXELS = "by their pixels (1 is white against black)"


@dataclass(frozen=True)
class Seen:
    """One of the pictures that stand side by side, (H, W, C); `label` is its class among the run's, −1 for none."""

    title: str
    caption: str
    image: np.ndarray
    label: int
    settings: TrainConfig


def panel(runs: Sequence[Run], index: int, step: int | None, which: str) -> None:
    """Sample number `index` of each run at `step`, and of the real pictures."""
    with st.container(border=True, key="sample"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"#### Sample {index + 1} of {pictures.COUNT}")
            for label, icon, to in (("Previous", "chevron_left", index - 1), ("Next", "chevron_right", index + 1)):
                to = str(to % pictures.COUNT)
                st.button(label, icon=f":material/{icon}:", on_click=session.put_in_url, kwargs={"sample": to})
            st.button("Close", icon=":material/close:", on_click=session.put_in_url, kwargs={"sample": ""})
        seen = [one for run in runs if (one := _of_run(run, index, step))]
        if not seen:
            st.caption("None of these runs has a picture yet.")
            return
        seen.append(_real(seen[0].settings, index))
        for place, one in zip(st.columns(len(seen)), seen, strict=True):
            place.image(one.image, width=LARGE, caption=f"{one.title}, {one.caption}", alt=f"Sample of {one.title}")
        _opinions(runs, seen, which, step)
        nearest(seen[:-1])


def _of_run(run: Run, index: int, step: int | None) -> Seen | None:
    kept, settings = run.samples(), run.config()
    own = max(kept, default=None) if step is None else live.film_step(list(kept), step)
    if own is None:
        return None
    image = pictures.cut(pictures.read(kept[own].read_bytes()), index)
    names = words.class_names(settings)
    known = variants.get(settings.variant).is_conditional(settings) and bool(names)
    label = int(pictures.labels(len(names))[index]) if known else -1
    caption = f"step {own:,}" + (f", {names[label]}" if known else "")
    return Seen(words.short(run.name), caption, image, label, settings)


def _real(settings: TrainConfig, index: int) -> Seen:
    sheet, labels = session.real_sheet(settings.data)
    name = words.class_names(settings)[labels[index]]
    return Seen("real", f"a test picture, {name}", pictures.cut(sheet, index), int(labels[index]), settings)


def _opinions(runs: Sequence[Run], seen: Sequence[Seen], which: str, step: int | None) -> None:
    st.markdown("**What each discriminator says**")
    rows: list[dict[str, str]] = []
    for run in runs:
        path = chosen.weights(run, which, step)
        if path is None:
            st.caption(f"{run.name} has kept no weights yet, so its discriminator cannot be asked.")
            continue
        try:
            rows.append(_row(run, path, seen))
        except WorkshopError as error:
            st.caption(words.said(error))
    if rows:
        st.table(rows, hide_index=True)
        st.caption(
            "How sure D is that a picture is real, from 0% to 100%; a critic gives a score without a zero instead. "
            "What follows compares all of them: the share of real test pictures that look less real to this D."
        )


def _row(run: Run, path: Path, seen: Sequence[Seen]) -> dict[str, str]:
    judge, stamp = session.judge(str(path), path.stat().st_mtime_ns), path.stat().st_mtime_ns
    real = session.real_scores(str(path), stamp)
    row = {"D of": f"{words.short(run.name)}, step {judge.step:,}"}
    for one in seen:
        names = words.class_names(one.settings)
        label = judge.classes.index(names[one.label]) if one.label >= 0 and names[one.label] in judge.classes else -1
        scores = judge.scores(one.image[None], np.array([label]))
        opinion = float(judge.opinion(scores)[0])
        said = f"score {opinion:.3g}" if judge.critic else f"{opinion:.0%} real"
        row[one.title] = f"{said}, above {(real < scores[0]).mean():.0%} of real"
    return row


def nearest(seen: Sequence[Seen]) -> None:
    """For each picture the training pictures that are most like it, so that copying shows."""
    st.markdown("**The nearest training pictures**")
    by: list[str] = []
    for one in seen:
        dataset, eyes = session.dataset(one.settings.data), session.eyes(one.settings.data)
        query = one.image.transpose(2, 0, 1)[None]
        found, far = neighbours.nearest(query, dataset.images, min(NEIGHBOURS, len(dataset)), eyes)
        by.append(f"{len(dataset):,} training pictures {f'in the features of {eyes.name}' if eyes.name else PIXELS}")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.image(one.image, width=84, caption=one.title)
            for number, distance in zip(found[0], far[0], strict=True):
                near = dataset.images[number].transpose(1, 2, 0)
                name = dataset.classes[dataset.labels[number]]
                st.image(near, width=84, caption=f"{distance:.3f}", alt=f"{name}, distance {distance:.3f}")
    st.caption(
        f"The nearest of {', of '.join(dict.fromkeys(by))}, with the root mean square difference; 0 is a copy. "
        "A sample much nearer to one than its fellows are may be learned by heart."
    )
