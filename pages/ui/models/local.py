"""The models on this machine: bundled, pulled, imported, and runs that have kept weights."""

import re
import tempfile
from pathlib import Path
from typing import Any

import streamlit as st

from gan_core import data, runs, variants
from gan_core.models import bundled, library, store
from gan_core.models.bundled import BundledModel
from gan_core.models.store import StoredModel
from gan_core.runs import Run
from gan_core.system import processes
from gan_core.system.errors import WorkshopError
from pages.ui.live import cards
from pages.ui.models import tile
from pages.ui.shell import messages, session, visitor

KINDS = {"all": "All", "bundled": "Bundled", "pulled": "Pulled", "imported": "Imported", "runs": "Runs"}
SHOWN = 12
FILES = ["safetensors", "pth", "pt", "bin"]


def show() -> None:
    """The models by kind, and a form that imports a file."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = session.segmented_control("Kind", "kind", KINDS)
        session.prefill("filter")
        text = st.text_input("Filter", key="filter", bind="query-params", placeholder="dcgan, digits, …", width=260)
    _import_form()
    found, problems, damaged = _find(kind, text)
    for problem in problems:
        st.warning(messages.escaped_error(problem))
    for name in damaged:
        _delete(name)
    if not found:
        st.info("No model here matches. Look **On the Hub**, or import a file.")
        return
    first_only = len(found) > SHOWN and not st.toggle(f"Show all {len(found)}", key="all-models")
    with tile.grid():
        for model in found[: SHOWN if first_only else None]:
            {BundledModel: _bundled, StoredModel: _kept, Run: _run}[type(model)](model)


def _find(kind: str, text: str) -> tuple[list[BundledModel | StoredModel | Run], list[str], set[str]]:
    """The matches, newest first within each kind; a sentence for each damaged model; damaged ones one can delete."""
    shipped, problems = bundled.list_all()
    kept, more_problems = store.list_all()
    kinds: dict[str, list[Any]] = {
        "pulled": [model for model in kept if model.origin.kind == "pulled"],
        "imported": [model for model in kept if model.origin.kind == "imported"],
        "bundled": shipped,
        "runs": [run for run in runs.list_runs() if run.weights()],
    }
    models = [model for name, group in kinds.items() if kind in ("all", name) for model in group]
    words = text.lower().split()
    matches = [model for model in models if all(word in _search_text(model) for word in words)]
    return matches, [*problems, *more_problems], set(store.names()) - {model.id for model in kept}


def _search_text(model: BundledModel | StoredModel | Run) -> str:
    known = model.name if isinstance(model, Run) else f"{model.id} {model.title} {model.variant} {model.dataset}"
    return known.lower()


def _bundled(model: BundledModel) -> None:
    score = f"{model.frechet.title}: {model.frechet.value:.3g}" if model.frechet else ""
    facts = [f"Bundled · {model.dataset_title}", _shape(model), score, f"Pictures: {model.licence}"]
    with tile.card(model.id, f"{model.id} · {model.title}", facts, bundled.samples_path(model.id)):
        tile.show_links(model.id)
        _card_button(model.id)


def _kept(model: StoredModel) -> None:
    origin = model.origin
    source = f"Pulled from {origin.repo} at {origin.commit[:7]}" if origin.kind == "pulled" else "Imported"
    licence = messages.plain(model.licence) or "licence unknown"
    facts = [f"{source} · {_dataset(model.dataset)}", _shape(model), f"Pictures: {licence}"]
    with tile.card(model.id, messages.plain(f"{model.id} · {model.title}"), facts, store.samples_path(model.id)):
        if model.found:
            st.caption(messages.plain(model.found))
        tile.show_links(model.id)
        with st.container(horizontal=True, gap="small"):
            _card_button(model.id)
            _delete(model.id)


def _run(run: Run) -> None:
    settings, sheets = run.config(), list(run.samples().values())
    facts = [f"Run · {_dataset(settings.data.dataset)}", f"kept at step {run.weights_at('last')[0]:,}"]
    title = f"{run.name} · {variants.get(settings.variant).title}"
    with tile.card(run.name, title, facts, sheets[-1] if sheets else None):
        tile.show_links(run.name, run=True)
        if visitor.may_change(run):
            cards.publish_link(run)


def _shape(model: BundledModel | StoredModel) -> str:
    colours = "colour" if model.channels == 3 else "grey"
    classes = f", {len(model.classes)} classes to choose from" if model.conditional else ""
    return f"{model.size} × {model.size}, {colours}{classes} · {messages.file_size(model.bytes)}"


def _dataset(name: str) -> str:
    if name == data.UNKNOWN:
        return "data set unknown"
    source = data.sources().get(name)
    return messages.plain(source.title if source else f"data set {name}, not on this machine")


def _card_button(name: str) -> None:
    if st.button("Model card", icon=":material/description:", key=f"card-{name}"):
        _card(name)


@st.dialog("Model card", width="large")
def _card(name: str) -> None:
    try:
        with st.spinner("Writing the card …"):
            text = processes.run("card", name)
        tile.model_card(text, library.samples_path(name))
    except WorkshopError as error:
        st.error(messages.escaped_error(error))


def _delete(name: str) -> None:
    """Delete a pulled or imported model; on a shared instance only its owner can."""
    if visitor.public() and not visitor.is_owner():
        return
    size = messages.file_size(store.size_on_disk(name))
    with st.popover(f"Delete ({size})", icon=":material/delete:", key=f"delete-{name}"):
        st.write(f"Delete {name} from this machine? This frees {size}. On the Hub nothing changes.")
        if st.button("Delete for good", type="primary", key=f"delete-now-{name}"):
            store.delete(name)
            st.rerun()


def _import_form() -> None:
    """A file from elsewhere becomes a model on this machine."""
    with st.expander("Import a file", icon=":material/upload_file:"):
        st.caption(
            "A .safetensors file of this program; or weights of the PyTorch example's DCGAN or of a plain fully "
            "connected generator (.pth, .pt, .bin, .safetensors). Only numbers are read from it: no code in it runs."
        )
        upload = st.file_uploader("File", FILES, key="import-file")
        default = re.sub(r"[^A-Za-z0-9]+", "-", Path(upload.name).stem).strip("-") if upload else ""
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input("Name", placeholder=default or "the name of the file", key="import-name", width=260)
            help = "The weights do not say it. 0 is ReLU, the most common; 0.2 is common for LeakyReLU."
            label = "Slope of a plain generator’s activations"
            slope = st.number_input(label, 0.0, 0.95, 0.0, 0.05, help=help, width=260)
            pressed = st.button("Import", disabled=upload is None, icon=":material/add:", key="import")
        if pressed and upload is not None:
            _import(upload, name.strip(), slope)


def _import(upload: Any, name: str, slope: float) -> None:
    if name in store.names():
        st.error(f"Name: {messages.plain(name)} is taken; choose another, or delete that model first.")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / re.sub(r"[^A-Za-z0-9._-]", "_", upload.name)
        path.write_bytes(upload.getbuffer())
        options = ([f"--name={name}"] if name else []) + ([f"--slope={slope}"] if slope else [])
        try:
            visitor.check_model_quota()
            with st.spinner("Reading the file …"):
                output = processes.run("import", str(path), *options)
        except WorkshopError as error:
            st.error(messages.escaped_error(str(error).replace(str(path), upload.name)))
            return
    kept = re.search(r"^Kept as (\S+): ", output, re.MULTILINE)
    assert kept, output
    session.put_in_url(kind="imported")
    session.put("filter", kept[1])  # a parameter that a widget is bound to is set by the widget, in the next run
    st.rerun()
