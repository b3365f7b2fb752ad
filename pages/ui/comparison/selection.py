"""What the Compare page compares: runs, and models that have one sheet of samples and one file of weights."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from gan_core import data, variants
from gan_core.config import TrainConfig
from gan_core.data import sample_grid
from gan_core.models import bundled, library, store
from gan_core.runs import Run, scores
from gan_core.runs.scores import ScoreReport
from gan_core.system.errors import WorkshopError
from pages.ui.shell import messages, session

MAX_ITEMS = 4
"""Side by side."""

WEIGHTS = {"last": "last", "best": "best score", "step": "at the slider"}
"""Which of a run's kept weights are used, by the name in the URL."""


@dataclass(frozen=True)
class ComparedItem:
    """A run or a model that is compared. `name` is its name in the URL, `short` the one for narrow places.

    `classes` are those it can be asked to draw, none where it is unconditional. A model has its own `weights` file, a
    `sheet` and perhaps `published_scores`; `scores_folder` holds the scores made here.
    """

    name: str
    short: str
    about: str
    config: TrainConfig
    size: int
    classes: tuple[str, ...]
    run: Run | None = None
    weights: Path | None = None
    sheet: Path | None = None
    published_scores: tuple[ScoreReport, ...] = ()
    scores_folder: Path = Path()
    foreign: bool = False
    """Whether another program made it: then its settings are not known."""

    @property
    def number(self) -> str:
        """The shortest name: a run's number, a model's name."""
        return self.name[:5] if self.run else self.name

    @property
    def title(self) -> str:
        """The shortest name and the variant."""
        return f"{self.number} {variants.get(self.config.variant).title}"

    def samples(self) -> dict[int, Path]:
        """Its sheets by step; a model's only one is at step 0, and stands at every step."""
        return self.run.samples() if self.run else {0: self.sheet} if self.sheet else {}

    def weights_file(self, which: str, step: int | None) -> Path | None:
        """Its file of weights, of a run the one `which` of WEIGHTS names; None where the run has kept none yet.

        "last" is the newest file, "best" the one with the best training score, or else the newest, "step" the one
        nearest to `step`, the slider's (None: the newest).
        """
        if not self.run:
            return self.weights
        kept = self.run.weights()
        if not kept:
            return None
        best = self.run.best() if which == "best" else None
        target = best.step if best else step if which == "step" else None
        return kept[max(kept) if target is None else min(kept, key=lambda at: (abs(at - target), at))]

    def reports(self, weights: Path) -> list[ScoreReport]:
        """The full scores that are known of these weights; raises WorkshopError for a damaged file."""
        found = scores.load_all(self.scores_folder)
        if self.run:
            return [report for report in found if report.step == int(weights.stem)]
        return [*found, *self.published_scores]


def run_item(run: Run) -> ComparedItem:
    """A run to compare."""
    config = run.config()
    variant = variants.get(config.variant)
    classes = messages.class_names(config) if variant.is_conditional(config) else ()
    source, samples = data.sources().get(config.data.dataset), run.samples()
    size = config.data.size or (source.size if source else 1)
    if not config.data.size and source is None and samples:  # its data set is gone: the size of its last picture
        size = sample_grid.cell_size(sample_grid.read(list(samples.values())[-1].read_bytes()))
    short, folder = messages.short_name(run.name), run.scores_path
    return ComparedItem(run.name, short, variant.title, config, size, classes, run=run, scores_folder=folder)


def model_item(name: str) -> ComparedItem:
    """A bundled, pulled or imported model to compare; raises WorkshopError for one that is damaged."""
    model = bundled.get(name) if name in bundled.names() else store.get(name)
    weights, sheet = library.resolve(name), library.samples_path(name)
    classes, folder = model.classes if model.conditional else (), scores.model_folder(model.sha256)
    if isinstance(model, bundled.BundledModel):
        about, config, published, foreign = f"{model.title}, bundled", model.config, (model.report,), False
    else:
        from gan_core.models import checkpoint

        about, config = f"{model.title}, {model.origin.kind}", checkpoint.read_metadata(weights)[0]
        published, foreign = (), bool(model.found)
    return ComparedItem(
        name, name, about, config, model.size, classes, None, weights, sheet, published, folder, foreign
    )


def choose(runs: dict[str, Run]) -> list[ComparedItem]:
    """The two fields at the top of the page, kept in the URL as `runs` and `models`; MAX_ITEMS in all."""
    titles = library.titles(include_runs=False)
    _warn_missing("runs", runs)
    _warn_missing("models", titles)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run_names = session.multiselect(
            "Runs",
            "runs",
            runs,
            [],
            key="compare-runs",
            max_selections=MAX_ITEMS,
            placeholder="Choose runs" if runs else "No runs yet",
            disabled=not runs,
        )
        model_names = session.multiselect(
            "Models",
            "models",
            titles,
            [],
            key="compare-models",
            format_func=titles.__getitem__,
            max_selections=MAX_ITEMS,
            placeholder="Choose bundled, pulled or imported models",
        )
    items = [run_item(runs[name]) for name in run_names]
    for name in model_names:
        try:
            items.append(model_item(name))
        except WorkshopError as error:
            st.warning(messages.error_text(error))
    if len(items) > MAX_ITEMS:
        left_out = ", ".join(item.name for item in items[MAX_ITEMS:])
        st.warning(f"At most {MAX_ITEMS} can be compared side by side; left out: {messages.plain(left_out)}.")
    return items[:MAX_ITEMS]


def items_with_weights(items: Sequence[ComparedItem], which: str, consequence: str) -> list[tuple[ComparedItem, Path]]:
    """Each item with its file of weights; those that have kept none are named in a sentence with its `consequence`."""
    found = []
    for item in items:
        path = item.weights_file(which, session.number_in_url("step"))
        if path is None:
            st.caption(f"{item.name} has kept no weights yet, so {consequence}.")
        else:
            found.append((item, path))
    return found


def _warn_missing(what: str, known: Container[str]) -> None:
    missing = [name for name in session.names_in_url(what) if name not in known]
    if missing:
        st.warning(f"The link names {what} that are not here: {messages.plain(', '.join(missing))}.")
