"""The tables of the Compare page: run summaries, full scores on demand, and settings; the first two can be saved."""

from collections.abc import Iterable, Mapping, Sequence

import streamlit as st

from gan_core import config, data
from gan_core.evaluation import comparison, score_process
from gan_core.evaluation.score_process import ScoreJob
from gan_core.presets import recipe
from gan_core.reports import table
from gan_core.runs import Run, scores
from gan_core.runs.scores import ScoreReport
from gan_core.system.errors import WorkshopError
from pages.ui.comparison.pictures import CompareView
from pages.ui.comparison.selection import ComparedItem, items_with_weights
from pages.ui.live import curves, exports
from pages.ui.shell import messages, resources

COUNT = 5_000
SUMMARY_NOTE = (
    "Losses and accuracies are means over the last epoch ± their standard deviation there; oscillation is that of D's "
    f"loss. {curves.LOSSES_DIFFER}"
)
TRAINING_SCORES_NOTE = (
    " The scores were measured during training, on few pictures, with their 95% intervals, and the best of many owes "
    "something to luck: score the runs below before you call one better."
)
INTERVALS_NOTE = (
    "In brackets 95% intervals. “Better” and “worse” mean a difference from the reference ({}) that is larger than "
    "chance; without a word it may be chance. This is about these very weights: another seed may end elsewhere."
)


def show_summary(runs: Sequence[Run]) -> None:
    """The runs as rows; kept up to date by the fragment around it."""
    summaries = [comparison.row_from_run(run, resources.columns(run)) for run in runs]
    head, rows = comparison.table(summaries)
    st.markdown("#### Summary")
    st.dataframe([dict(zip(head, row, strict=True)) for row in rows], hide_index=True)
    st.caption(SUMMARY_NOTE + (TRAINING_SCORES_NOTE if any(summary.best for summary in summaries) else ""))
    _export("summary", head, rows)


def show_scores(items: Sequence[ComparedItem], view: CompareView) -> None:
    """The full scores that are known of each item, marked where they differ, and a button for those that lack them."""
    st.markdown("#### Scores")
    known: dict[str, list[ScoreReport]] = {}
    files: dict[str, ScoreJob] = {}
    for item, path in items_with_weights(items, view.weights, "it cannot be scored"):
        try:
            found = item.reports(path)
        except WorkshopError as error:
            st.caption(messages.error_text(error))
            continue
        known[item.name] = [report.model_copy(update={"subject": item.name}) for report in found]
        dataset = item.config.data.dataset
        if dataset in data.sources():
            files[item.name] = ScoreJob(item.name, path, item.scores_folder)
        elif not found:
            reason = messages.missing_pictures(dataset, WorkshopError("its pictures are not here"))
            st.caption(f"{messages.plain(item.name)} cannot be scored. {reason}")
    if files and view.weights == "step":
        st.caption(f"Of the kept weights nearest to the slider: {_names(files.values())}.")
    reference = view.reference.name
    reports = comparison.side_by_side(known, reference)
    if reports:
        _score_table(list(reports.values()), reference)
    unscored = [files[name] for name in files if _lacks_scores(known[name], reports, reference)]
    if unscored:
        _score_button(unscored, list(reports.values()))


def _lacks_scores(reports: Sequence[ScoreReport], shown: Mapping[str, ScoreReport], reference: str) -> bool:
    """Whether new scores would help: it has none, or those shown are not comparable and it lacks standard ones."""
    base = shown.get(reference)
    mixed = base and any(scores.incomparable_reason(base.protocol, report.protocol) for report in shown.values())
    standard = any(report.protocol.count == COUNT and report.protocol.split == "train" for report in reports)
    return not reports or (bool(mixed) and not standard)


def _score_table(reports: Sequence[ScoreReport], reference: str) -> None:
    head, rows, refused = comparison.score_table(reports, reference)
    st.table([dict(zip(head, [cell or "–" for cell in row], strict=True)) for row in rows], hide_index=True)
    for sentence in refused:
        st.warning(sentence)
    st.caption(INTERVALS_NOTE.format(reference) if any(report.subject == reference for report in reports) else "")
    for sentence in dict.fromkeys(report.protocol.sentence() for report in reports):
        st.caption(sentence)
    _export("scores", head, rows)


def _score_button(unscored: Sequence[ScoreJob], known: Sequence[ScoreReport]) -> None:
    """Score what is not scored yet; any other click on the page stops it, and what is done by then is kept."""
    st.caption(f"Not scored yet: {_names(unscored)}.")
    place = st.empty()
    if not place.button(f"Score now on {COUNT:,} pictures each", icon=":material/leaderboard:", key="score"):
        return
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, text="Starting …")
        st.button("Stop", icon=":material/stop:", key="stop-scoring")
    work = score_process.score(unscored, count=COUNT, expected=max((report.seconds for report in known), default=None))
    try:
        for now in work:
            if now.left is None:
                share, left = now.done / now.total, "time left is known after the first one"
            else:
                share = 1 - now.left / max(now.left + now.seconds, 1e-9)
                left = f"{messages.duration(now.left)} left"
            bar.progress(min(share, 1.0), text=f"{now.name}, {now.done + 1} of {now.total}, {left}")
    except WorkshopError as error:
        place.error(messages.error_text(error))
        return
    finally:
        work.close()
    st.rerun()


def _names(files: Iterable[ScoreJob]) -> str:
    names = [f"{one.name} at step {int(one.path.stem):,}" if one.path.stem.isdecimal() else one.name for one in files]
    return messages.plain(", ".join(names))


def show_settings(items: Sequence[ComparedItem]) -> None:
    """The settings side by side; those that differ are marked."""
    st.markdown("#### Settings")
    known = {item.name: config.flatten(item.config) for item in items if not item.foreign}
    for item in items:
        if item.foreign:
            st.caption(f"{messages.plain(item.name)} was trained by another program; its settings are not known.")
    if not known:
        return
    rows = []
    for field in config.fields():
        values = {name: messages.setting_text(flat[field]) for name, flat in known.items()}
        rows.append({"": "≠" if len(set(values.values())) > 1 else "", "Setting": recipe.title(field), **values})
    only_differences = st.toggle("Only differences", value=True)
    shown = [row for row in rows if row[""]] if only_differences and len(known) > 1 else rows
    if shown:
        st.dataframe(shown, hide_index=True)
    else:
        st.caption("All settings are the same.")


def _export(name: str, head: Sequence[str], rows: table.Rows) -> None:
    with st.container(horizontal=True, key=f"export-{name}"):
        for label, suffix, mime, write in (
            ("Markdown", "md", "text/markdown", table.to_markdown),
            ("CSV", "csv", "text/csv", table.to_csv),
            ("LaTeX", "tex", "application/x-tex", table.to_latex),
        ):
            exports.download(label, f"{name}.{suffix}", mime, lambda write=write: write(head, rows))
