"""Any model on this machine by one name: bundled, pulled, imported, a run, or a file. Torch-free."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gan_core import data, runs, variants
from gan_core.models import bundled, store
from gan_core.models.metadata import SUFFIXES
from gan_core.runs import Run
from gan_core.system.errors import WorkshopError


@dataclass(frozen=True)
class LibraryEntry:
    """A model with a name on this machine. `dataset` is the id of its training pictures, `licence` theirs, if known.

    `origin` says in words where the model comes from.
    """

    name: str
    kind: Literal["bundled", "pulled", "imported", "run"]
    title: str
    dataset: str
    licence: str
    origin: str


def titles(*, include_runs: bool = True) -> dict[str, str]:
    """All models by name, with a title to choose by: bundled, pulled or imported, and runs with weights."""
    result = {model.id: f"{model.title} · {model.dataset_title}, bundled" for model in bundled.list_all()[0]}
    result |= {model.id: f"{model.title} · {model.id}, {model.origin.kind}" for model in store.list_all()[0]}
    trained = [run for run in runs.list_runs() if run.weights()] if include_runs else []
    return result | {run.name: f"{run.name}, a run" for run in trained}


def get(name: str) -> LibraryEntry:
    """The model `name`, which is no path; raises WorkshopError with the names that exist."""
    if name in bundled.names():
        model = bundled.get(name)
        title, origin = f"{model.title}, {name}", "bundled with the program"
        return LibraryEntry(name, "bundled", title, model.dataset, model.licence, origin)
    if model := _stored(name):
        title, origin = f"{model.title}, {model.id}", model.origin.description
        return LibraryEntry(model.id, model.origin.kind, title, model.dataset, model.licence, origin)
    run = _run(name)
    config = run.config()
    source = data.sources().get(config.data.dataset)
    title, licence = f"{variants.get(config.variant).title}, {run.name}", source.licence if source else ""
    return LibraryEntry(run.name, "run", title, config.data.dataset, licence, "a run on this machine")


def resolve(text: str, folder: Path | None = None, at: str = "last") -> Path:
    """The weights file that `text` names; of a run those `at` "last", "best" or a kept step.

    A repository without a commit means the newest that was pulled. `folder` is where runs live, if not at home.
    Raises WorkshopError with the names that exist, and for an `at` of a model that has only one file.
    """
    if run := resolve_run(text, folder):
        return run.weights_at(at)[1]
    is_bundled, stored = text in bundled.names(), _stored(text)
    if at != "last":
        what = "is a bundled model" if is_bundled else f"is {stored.origin.kind}" if stored else "is one file"
        raise WorkshopError(f"--at: {at!r} was given, but {Path(text).name} {what}; give the run instead.")
    return bundled.weights(text) if is_bundled else store.weights(stored.id) if stored else Path(text)


def resolve_run(text: str, folder: Path | None = None) -> Run | None:
    """The run that `text` names, None if it names a file or another model; raises WorkshopError."""
    if text in bundled.names() or _stored(text) or Path(text).suffix.lower() in SUFFIXES:
        return None
    return _run(text, folder)


def samples_path(name: str) -> Path:
    """The picture of a model's samples, a grid like a run's; raises WorkshopError for a run, which has many."""
    if name in bundled.names():
        return bundled.samples_path(bundled.get(name).id)
    if stored := _stored(name):
        return store.samples_path(stored.id)
    raise WorkshopError(f"{name} is neither a bundled model nor one that was pulled or imported.")


def _stored(text: str) -> store.StoredModel | None:
    """The stored model of that id, or the newest that was pulled from the repository of that name."""
    if text in store.names():
        return store.get(text)
    if text.count("/") != 1:
        return None
    return next((model for model in store.list_all()[0] if model.origin.repo == text), None)


def _run(text: str, folder: Path | None = None) -> Run:
    try:
        return runs.find(text, folder)
    except WorkshopError as error:
        others = {"Bundled models": bundled.names(), "Pulled and imported": store.names()}
        lists = [f"{what}: {', '.join(names)}." for what, names in others.items() if names]
        raise WorkshopError(" ".join([str(error), *lists])) from None
