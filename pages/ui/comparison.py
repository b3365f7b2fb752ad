"""What the Compare page shows beside the curves."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from gan_core import config, variants
from gan_core.runs import Run
from pages.ui import live, session, words

FIGURES = {
    "loss/d": "Loss of D",
    "loss/g": "Loss of G",
    "accuracy/real": "Accuracy on real",
    "accuracy/fake": "on generated",
    "accuracy/all": "overall",
    "speed/images": "Images/s",
}

LAST = 100
"""Steps the final figures are averaged over: single steps are too noisy to compare."""


def pictures(runs: Sequence[Run]) -> None:
    """The runs' sample grids from the same noise, under one slider."""
    kept = {run.name: run.samples() for run in runs}
    films: list[live.Film] = []
    for run in runs:
        settings = run.config()
        film: live.Film = {"id": run.name, "title": run.name, "steps": list(kept[run.name])}
        film["caption"] = variants.get(settings.variant).title
        if variants.get(settings.variant).is_conditional(settings) and len(words.class_names(settings)) == 10:
            film["columns"] = words.class_names(settings)
        films.append(film)
    live.live_film(
        films,
        sorted({step for steps in kept.values() for step in steps}),
        lambda name, step: kept[name][step].read_bytes(),
        key="compare-film-" + "-".join(kept),
        empty="None of these runs has a picture yet.",
    )
    st.caption("Every grid is drawn from the same noise, and from the same labels where a run knows classes.")


def numbers(runs: Sequence[Run]) -> None:
    """Final losses and accuracies, each the mean of the last steps."""
    rows = []
    for run in runs:
        columns, status = session.history(str(run.path)).refresh(), run.status()
        row: dict[str, object] = {"Run": run.name, "State": status.state, "Steps": status.step}
        row |= {"Epochs": round(status.epoch, 1), "Time": words.duration(status.seconds)}
        for name, title in FIGURES.items():
            last = columns.get(name, np.array([]))[-LAST:]
            last = last[np.isfinite(last)]
            row[title] = f"{last.mean():,.3g}" if len(last) else "–"
        rows.append(row)
    st.markdown("#### Figures")
    st.dataframe(rows, hide_index=True)
    st.caption(
        f"Losses, accuracies and speed are means of the last {LAST} steps. Losses of different variants differ "
        "in kind: compare their course, not their height."
    )


def settings(runs: Sequence[Run]) -> None:
    """The settings side by side; where they differ is marked and comes first."""
    flat = {run.name: config.flatten(run.config()) for run in runs}
    rows = []
    for field in config.fields():
        values = [words.value(field, flat[run.name][field]) for run in runs]
        differs = len(set(values)) > 1
        row = {"": "≠" if differs else "", "Setting": words.field_title(field)}
        rows.append(row | dict(zip(flat, values, strict=True)))
    st.markdown("#### Settings")
    only = st.toggle("Only differences", value=True)
    shown = [row for row in rows if row[""]] if only and len(runs) > 1 else rows
    if shown:
        st.dataframe(shown, hide_index=True)
    else:
        st.caption("All settings are the same.")
