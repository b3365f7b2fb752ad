"""What the Compare page compares: runs, and models that have one picture of their samples and one file of weights."""

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
from pages.ui.comparison import kept_weights as chosen
from pages.ui.shell import messages, session

MOST = 4
"""Side by side."""


@dataclass(frozen=True)
class Compared:
    """One of those that are compared. `name` is what the address calls it, `short` what narrow places do.

    `classes` are those it draws when asked for them, none where it is told no class. A model has its own `weights`
    file, a `sheet`, and the scores it comes with (`told`); `scores` is the folder of those made here.
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
    told: tuple[ScoreReport, ...] = ()
    scores: Path = Path()
    elsewhere: bool = False
    """Whether another program made it: then its settings are not known."""

    @property
    def number(self) -> str:
        """The shortest name: a run's number, a model's name."""
        return self.name[:5] if self.run else self.name

    @property
    def title(self) -> str:
        """The shortest name and its variant."""
        return f"{self.number} {variants.get(self.config.variant).title}"

    def samples(self) -> dict[int, Path]:
        """Its sheets by step; a model's one is at step 0, and stands at every step."""
        return self.run.samples() if self.run else {0: self.sheet} if self.sheet else {}

    def chosen(self, which: str, step: int | None) -> Path | None:
        """Its file of weights, of a run those that were chosen (see `chosen.weights`); None where there is none yet."""
        return chosen.weights(self.run, which, step) if self.run else self.weights

    def reports(self, path: Path) -> list[ScoreReport]:
        """The full scores that are known of these weights; raises WorkshopError for a damaged file."""
        found = scores.load_all(self.scores)
        return [report for report in found if report.step == int(path.stem)] if self.run else [*found, *self.told]


def of_run(run: Run) -> Compared:
    """A run as it is compared."""
    config = run.config()
    variant = variants.get(config.variant)
    names = messages.class_names(config) if variant.is_conditional(config) else ()
    return Compared(
        name=run.name,
        short=messages.short(run.name),
        about=variant.title,
        config=config,
        size=_size(run, config),
        classes=names,
        run=run,
        scores=run.path / "scores",
    )


def _size(run: Run, config: TrainConfig) -> int:
    """Pixels of its pictures, across; where its data set is gone, as its last picture tells."""
    source, kept = data.sources().get(config.data.dataset), run.samples()
    if config.data.size or source or not kept:
        return config.data.size or (source.size if source else 1)
    return sample_grid.cell_size(sample_grid.read(list(kept.values())[-1].read_bytes()))


def of_model(name: str) -> Compared:
    """A bundled, pulled or imported model as it is compared; raises WorkshopError for one that is damaged."""
    model = bundled.get(name) if name in bundled.names() else store.get(name)
    path = library.resolve(name)
    if isinstance(model, bundled.BundledModel):
        config, told, kind = model.config, (model.report,), "bundled"
    else:
        from gan_core.models import checkpoint

        config, told, kind = checkpoint.read_metadata(path)[0], (), model.origin.kind
    return Compared(
        name=name,
        short=name,
        about=f"{model.title}, {kind}",
        config=config,
        size=model.size,
        classes=model.classes if model.conditional else (),
        weights=path,
        sheet=library.samples_path(name),
        told=told,
        scores=scores.model_folder(model.sha256),
        elsewhere=isinstance(model, store.StoredModel) and bool(model.found),
    )


def choose(known: dict[str, Run]) -> list[Compared]:
    """The two fields at the top of the page, kept in its address as `runs` and `models`; MOST in all."""
    titles = library.titles(include_runs=False)
    _say_missing(session.names_in_url("runs"), known, "runs")
    _say_missing(session.names_in_url("models"), titles, "models")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        runs = st.multiselect(
            "Runs",
            list(known),
            _asked("runs", known),
            max_selections=MOST,
            placeholder="Choose runs" if known else "No runs yet",
            disabled=not known,
            key="compare-runs",
        )
        asked = st.multiselect(
            "Models",
            list(titles),
            _asked("models", titles),
            format_func=titles.__getitem__,
            max_selections=MOST,
            placeholder="Choose bundled, pulled or imported models",
            key="compare-models",
        )
    session.choose_in_url("runs", runs, [])
    session.choose_in_url("models", asked, [])
    found = [of_run(known[name]) for name in runs]
    for name in asked:
        try:
            found.append(of_model(name))
        except WorkshopError as error:
            st.warning(messages.said(error))
    if len(found) > MOST:
        left = ", ".join(one.name for one in found[MOST:])
        st.warning(f"{MOST} are the most that stand side by side; left out: {messages.plain(left)}.")
    return found[:MOST]


def _asked(name: str, known: Container[str]) -> list[str]:
    """What the address asks for under `name`, and the field shows."""
    asked = [one for one in session.names_in_url(name) if one in known][:MOST]
    session.follow(name, f"compare-{name}", asked)
    return asked


def _say_missing(names: Sequence[str], known: dict[str, Run] | dict[str, str], what: str) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        st.warning(f"The link names {what} that are not here: {messages.plain(', '.join(unknown))}.")
