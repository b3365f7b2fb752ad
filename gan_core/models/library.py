"""One name for any model on this machine: a bundled one, a run, one that was pulled or imported, or a file.

Light: torch comes with what loads the weights.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gan_core import data, runs, variants
from gan_core.models import bundled as models
from gan_core.models import store
from gan_core.models.metadata import SUFFIXES
from gan_core.runs import Run
from gan_core.system.errors import WorkshopError

Kind = Literal["bundled", "pulled", "imported", "run"]


@dataclass(frozen=True)
class Entry:
    """A model that has a name here. `title` is what it is, `dataset` the id of the pictures it has learned from.

    `licence` is that of those pictures, empty where nobody has said it; `origin` where the model comes from, in words.
    """

    name: str
    kind: Kind
    title: str
    dataset: str
    licence: str
    origin: str


def titles(*, runs_too: bool = True) -> dict[str, str]:
    """Everything that can be chosen, by name: the bundled models, what was pulled or imported, runs with weights."""
    found = {model.id: f"{model.title} · {model.dataset_title}, bundled" for model in models.everything()[0]}
    found |= {kept.id: f"{kept.title} · {kept.id}, {kept.origin.kind}" for kept in store.everything()[0]}
    trained = [run for run in runs.list_runs() if run.weights()] if runs_too else []
    return found | {run.name: f"{run.name}, a run" for run in trained}


def get(name: str, folder: Path | None = None) -> Entry:
    """What is known of the model `name`, no path; raises WorkshopError with what there is.

    `folder` is where runs live, if not at home.
    """
    if name in models.names():
        model = models.get(name)
        title = f"{model.title}, {name}"
        return Entry(name, "bundled", title, model.dataset, model.licence, "bundled with the program")
    kept = _kept(name)
    if kept:
        return Entry(kept.id, kept.origin.kind, f"{kept.title}, {kept.id}", kept.dataset, kept.licence, origin(kept))
    run = _run(name, folder)
    config = run.config()
    source = data.sources().get(config.data.dataset)
    licence = source.licence if source else ""
    title = f"{variants.get(config.variant).title}, {run.name}"
    return Entry(run.name, "run", title, config.data.dataset, licence, "a run on this machine")


def named(text: str, folder: Path | None = None, at: str = "last") -> Path:
    """The file of the model that `text` names, of a run its weights `at` last, best or a kept step.

    A repository without its commit is the newest that was pulled of it. Raises WorkshopError with what there is, and
    for an `at` where there are no several.
    """
    run = run_of(text, folder)
    if run is not None:
        return run.weights_at(at)[1]
    bundled, kept = text in models.names(), _kept(text)
    if at != "last":
        what = "is a bundled model" if bundled else f"is {kept.origin.kind}" if kept else "is one file"
        raise WorkshopError(f"--at: {at!r} was given, but {Path(text).name} {what}; give the run instead.")
    return models.weights(text) if bundled else store.weights(kept.id) if kept else Path(text)


def run_of(text: str, folder: Path | None = None) -> Run | None:
    """The run that `text` names, None where it names a file or another model; raises WorkshopError."""
    if text in models.names() or _kept(text) or Path(text).suffix.lower() in SUFFIXES:
        return None
    return _run(text, folder)


def sheet(name: str) -> Path:
    """The picture of a model's samples, a grid like a run's; raises WorkshopError for a run, which has many."""
    kept = _kept(name)
    if name in models.names():
        return models.sheet(models.get(name).id)
    if kept is None:
        raise WorkshopError(f"{name} is neither a bundled model nor one that was pulled or imported.")
    return store.sheet(kept.id)


def _kept(text: str) -> store.Kept | None:
    """The kept model of that id, or the newest that was pulled from the repository of that name."""
    if text in store.names():
        return store.get(text)
    if text.count("/") != 1:
        return None
    return next((kept for kept in store.everything()[0] if kept.origin.repo == text), None)


def _run(text: str, folder: Path | None) -> Run:
    try:
        return runs.find(text, folder)
    except WorkshopError as error:
        others = {"Bundled models": models.names(), "Pulled and imported": store.names()}
        said = [f"{what}: {', '.join(names)}." for what, names in others.items() if names]
        raise WorkshopError(" ".join([str(error), *said])) from None


def origin(kept: store.Kept) -> str:
    """Where a kept model comes from, as `pulled from ann/clothes, commit 0123456`."""
    found = kept.origin
    if found.kind == "imported":
        return f"imported from the file {found.file}"
    where = f" of {found.endpoint}" if found.endpoint else ""
    return f"pulled from {found.repo}{where}, commit {found.commit[:7]}"
