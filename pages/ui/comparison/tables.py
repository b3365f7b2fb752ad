"""The tables of the Compare page: figures of the training, and full scores on demand; both can be saved."""

from collections.abc import Mapping, Sequence

import streamlit as st

from gan_core import data
from gan_core.evaluation import comparison, score_process
from gan_core.evaluation.score_process import Wanted
from gan_core.reports import table as text
from gan_core.runs import Run, scores
from gan_core.runs.scores import ScoreReport
from gan_core.system.errors import WorkshopError
from pages.ui.comparison import pictures
from pages.ui.comparison.selection import Compared
from pages.ui.shell import messages, resources, session

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
    found = [resources.standing(run) for run in runs]
    head, rows = comparison.table(found)
    st.markdown("#### Figures")
    st.dataframe([dict(zip(head, row, strict=True)) for row in rows], hide_index=True)
    st.caption(NOTE + (LIGHT if any(one.best for one in found) else ""))
    _export("figures", head, rows)


def scored(compared: Sequence[Compared], view: pictures.View) -> None:
    """The full scores that are known of each, marked where they differ, and a button for those that lack."""
    st.markdown("#### Scores")
    known: dict[str, list[ScoreReport]] = {}
    files: dict[str, Wanted] = {}
    for one in compared:
        path = one.chosen(view.which, session.number_in_url("step"))
        if path is None:
            st.caption(f"{one.name} has kept no weights yet, so it cannot be scored.")
            continue
        try:
            found = one.reports(path)
        except WorkshopError as error:
            st.caption(messages.said(error))
            continue
        known[one.name] = [report.model_copy(update={"subject": one.name}) for report in found]
        if one.config.data.dataset in data.sources():
            files[one.name] = Wanted(one.name, path, one.scores)
        elif not found:
            error = WorkshopError("its pictures are not here")
            st.caption(
                f"{messages.plain(one.name)} cannot be scored. {messages.no_pictures(one.config.data.dataset, error)}"
            )
    if files and view.which == "step":
        named = ", ".join(_called(one) for one in files.values())
        st.caption(f"Of the kept weights nearest to the slider: {messages.plain(named)}.")
    reports = comparison.side_by_side(known, view.reference.name)
    if reports:
        _table(list(reports.values()), view.reference.name)
    lacking = [files[name] for name in files if _lacks(known[name], reports, view.reference.name)]
    if lacking:
        _button(lacking, list(reports.values()))


def _lacks(mine: Sequence[ScoreReport], shown: Mapping[str, ScoreReport], reference: str) -> bool:
    """Whether new scores would help: there are none, or what is shown cannot be compared and the usual are missing."""
    base = shown.get(reference)
    mixed = base and any(scores.incomparable_reason(base.protocol, report.protocol) for report in shown.values())
    usual = any(report.protocol.count == COUNT and report.protocol.split == "train" for report in mine)
    return not mine or (bool(mixed) and not usual)


def _table(reports: Sequence[ScoreReport], reference: str) -> None:
    head, rows, refused = comparison.score_table(reports, reference)
    st.table([dict(zip(head, [cell or "–" for cell in row], strict=True)) for row in rows], hide_index=True)
    for sentence in refused:
        st.warning(sentence)
    st.caption(SURE.format(reference) if any(report.subject == reference for report in reports) else "")
    for sentence in dict.fromkeys(report.protocol.sentence() for report in reports):
        st.caption(sentence)
    _export("scores", head, rows)


def _button(lacking: Sequence[Wanted], known: Sequence[ScoreReport]) -> None:
    """Score what is not scored yet; any other click on the page stops it, and what is done by then is kept."""
    named = ", ".join(_called(one) for one in lacking)
    st.caption(f"Not scored yet: {messages.plain(named)}.")
    place = st.empty()
    if not place.button(f"Score now on {COUNT:,} pictures each", icon=":material/leaderboard:", key="score"):
        return
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, text="Starts")
        st.button("Stop", icon=":material/stop:", key="stop-scoring")
    work = score_process.score(lacking, count=COUNT, expected=max((report.seconds for report in known), default=None))
    try:
        for at in work:
            left = "time left known after the first run" if at.left is None else f"{messages.duration(at.left)} left"
            share = at.done / at.total if at.left is None else 1 - at.left / max(at.left + at.seconds, 1e-9)
            bar.progress(min(share, 1.0), text=f"{at.name}, {at.done + 1} of {at.total}, {left}")
    except WorkshopError as error:
        place.error(messages.said(error))
        return
    finally:
        work.close()
    st.rerun()


def _called(one: Wanted) -> str:
    return f"{one.name} at step {int(one.path.stem):,}" if one.path.stem.isdecimal() else one.name


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
