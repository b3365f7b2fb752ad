"""The tables of the Compare page: figures of the training, and full scores on demand; both can be saved."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from gan_core import score_process, scores, standings
from gan_core import table as text
from gan_core.errors import WorkshopError
from gan_core.runs import Run
from pages.ui import chosen, comparison, session, words

COUNT = 5_000
NOTE = (
    "Losses and accuracies are means over the last epoch ± their standard deviation there; oscillation is that of D's "
    "loss. Losses of different variants differ in kind: compare their course, not their height."
)
LIGHT = (
    " The scores were taken while it trained, on few pictures, with their 95% intervals, and the best of many owes "
    "something to luck: score the runs below before you call one better."
)
SURE = (
    "In brackets 95% intervals. “Better” and “worse” mean: than the reference ({}) by more than chance; without a word "
    "the difference may be chance. That is about these very weights: another seed may end elsewhere."
)


def table(runs: Sequence[Run]) -> None:
    """The runs as rows; kept up to date by the fragment around it."""
    found = [session.standing(run) for run in runs]
    head, rows = standings.table(found)
    st.markdown("#### Figures")
    st.dataframe([dict(zip(head, row, strict=True)) for row in rows], hide_index=True)
    st.caption(NOTE + (LIGHT if any(one.best for one in found) else ""))
    _export("figures", head, rows)


def scored(runs: Sequence[Run], view: comparison.View) -> None:
    """The full scores that are kept with these runs, marked where they differ, and a button for those that lack."""
    st.markdown("#### Scores")
    reports: list[scores.Report] = []
    lacking: list[tuple[Run, Path]] = []
    for run in runs:
        path = chosen.weights(run, view.which, session.number_in_url("step"))
        if path is None:
            st.caption(f"{run.name} has kept no weights yet, so it cannot be scored.")
            continue
        try:
            report = scores.kept_at(run, int(path.stem))
        except WorkshopError as error:
            st.caption(words.said(error))
            continue
        reports += [report.model_copy(update={"subject": run.name})] if report else []
        lacking += [] if report else [(run, path)]
    if reports:
        _table(reports, view.reference.name)
    if lacking:
        _button(lacking, reports)


def _table(reports: Sequence[scores.Report], reference: str) -> None:
    head, rows, refused = standings.score_table(reports, reference)
    st.table([dict(zip(head, [cell or "–" for cell in row], strict=True)) for row in rows], hide_index=True)
    for sentence in refused:
        st.warning(sentence)
    st.caption(SURE.format(reference) if any(report.subject == reference for report in reports) else "")
    for sentence in dict.fromkeys(report.protocol.sentence() for report in reports):
        st.caption(sentence)
    _export("scores", head, rows)


def _button(lacking: Sequence[tuple[Run, Path]], known: Sequence[scores.Report]) -> None:
    """Score what is not scored yet; any other click on the page stops it, and what is done by then is kept."""
    named = ", ".join(f"{run.name} at step {int(path.stem):,}" for run, path in lacking)
    st.caption(f"Not scored yet: {named}.")
    place = st.empty()
    if not place.button(f"Score now on {COUNT:,} pictures each", icon=":material/leaderboard:", key="score"):
        return
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, text="Starts")
        st.button("Stop", icon=":material/stop:", key="stop-scoring")
    work = score_process.score(lacking, count=COUNT, expected=max((report.seconds for report in known), default=None))
    try:
        for at in work:
            left = "time left known after the first run" if at.left is None else f"{words.duration(at.left)} left"
            share = at.done / at.total if at.left is None else 1 - at.left / max(at.left + at.seconds, 1e-9)
            bar.progress(min(share, 1.0), text=f"{at.run}, {at.done + 1} of {at.total}, {left}")
    except WorkshopError as error:
        place.error(words.said(error))
        return
    finally:
        work.close()
    st.rerun()


def _export(name: str, head: Sequence[str], rows: text.Rows) -> None:
    with st.container(horizontal=True, key=f"export-{name}"):
        for label, suffix, kind, make in (
            ("Markdown", "md", "text/markdown", text.to_markdown),
            ("CSV", "csv", "text/csv", text.to_csv),
            ("LaTeX", "tex", "application/x-tex", text.to_latex),
        ):
            content, key = make(head, rows), f"save-{name}-{suffix}"
            file = f"{name}.{suffix}"
            st.download_button(label, content, file, kind, icon=":material/download:", key=key, on_click="ignore")
