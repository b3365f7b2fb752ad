"""The models on this machine: bundled, pulled, imported, and runs that have kept weights."""

import re
import tempfile
from pathlib import Path
from typing import Any

import streamlit as st

from gan_core import data, runs, variants
from gan_core.models import bundled as models
from gan_core.models import store
from gan_core.models.bundled import BundledModel
from gan_core.models.store import StoredModel
from gan_core.runs import Run
from gan_core.system import processes
from gan_core.system.errors import WorkshopError
from pages.ui.models import tile
from pages.ui.shell import messages, session, visitor

KINDS = {"all": "All", "bundled": "Bundled", "pulled": "Pulled", "imported": "Imported", "runs": "Runs"}
SHOWN = 12
FILES = ["safetensors", "pth", "pt", "bin"]


def show() -> None:
    """Everything by kind, and a way to add a file."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = session.pick("Kind", "kind", KINDS)
        session.prefill("filter")
        text = st.text_input("Filter", key="filter", bind="query-params", placeholder="dcgan, digits, …", width=260)
    _import()
    found, problems, damaged = _everything(kind, text)
    for problem in problems:
        st.warning(messages.told(problem))
    for name in damaged:
        _delete(name)
    if not found:
        st.info("Nothing here fits. Look **On the Hub**, or import a file.")
        return
    most = len(found) > SHOWN and not st.toggle(f"Show all {len(found)}", key="all-models")
    with tile.shelf():
        for model in found[: SHOWN if most else None]:
            {BundledModel: _bundled, StoredModel: _kept, Run: _run}[type(model)](model)


def _everything(kind: str, text: str) -> tuple[list[BundledModel | StoredModel | Run], list[str], set[str]]:
    """What fits, in the order of the kinds, newest first; a sentence for each damaged model; those one can delete."""
    bundled, one = models.list_all()
    kept, two = store.list_all()
    shelves: dict[str, list[Any]] = {
        "pulled": [model for model in kept if model.origin.kind == "pulled"],
        "imported": [model for model in kept if model.origin.kind == "imported"],
        "bundled": bundled,
        "runs": [run for run in runs.list_runs() if run.weights()],
    }
    wanted = [model for name, shelf in shelves.items() if kind in ("all", name) for model in shelf]
    damaged = set(store.names()) - {model.id for model in kept}
    words_given = text.lower().split()
    return [model for model in wanted if all(word in _words(model) for word in words_given)], [*one, *two], damaged


def _words(model: BundledModel | StoredModel | Run) -> str:
    """What the filter looks in."""
    if isinstance(model, Run):
        return model.name.lower()
    return f"{model.id} {model.title} {model.variant} {model.dataset}".lower()


def _bundled(model: BundledModel) -> None:
    score = f"{model.frechet.title}: {model.frechet.value:.3g}" if model.frechet else ""
    facts = [f"Bundled · {model.dataset_title}", _shape(model), score, f"Pictures: {model.licence}"]
    about = f"Samples of {model.id}"
    with tile.card(model.id, f"{model.id} · {model.title}", facts, models.samples_path(model.id), about):
        tile.use(model.id)
        _card_button(model.id)


def _kept(model: StoredModel) -> None:
    origin = model.origin
    source = f"Pulled from {origin.repo} at {origin.commit[:7]}" if origin.kind == "pulled" else "Imported"
    facts = [f"{source} · {_dataset(model.dataset)}", _shape(model), _licence(model)]
    title, about = messages.plain(f"{model.id} · {model.title}"), f"Samples of {model.id}"
    with tile.card(model.id, title, facts, store.samples_path(model.id), about):
        if model.found:
            st.caption(messages.plain(model.found))
        tile.use(model.id)
        with st.container(horizontal=True, gap="small"):
            _card_button(model.id)
            _delete(model.id)


def _run(run: Run) -> None:
    settings, sheets = run.config(), list(run.samples().values())
    step = run.weights_at("last")[0]
    facts = [f"Run · {_dataset(settings.data.dataset)}", f"kept at step {step:,}"]
    title = f"{run.name} · {variants.get(settings.variant).title}"
    with tile.card(run.name, title, facts, sheets[-1] if sheets else None, f"Samples of {run.name}"):
        tile.use(run.name, run=True)
        if visitor.may_change(run):
            query = {"view": "publish", "subject": run.name}
            st.page_link("pages/checkpoints.py", label="Publish", icon=":material/publish:", query_params=query)


def _shape(model: BundledModel | StoredModel) -> str:
    colours = "colour" if model.channels == 3 else "grey"
    told = f", {len(model.classes)} classes to choose from" if model.conditional else ""
    return f"{model.size} × {model.size}, {colours}{told} · {messages.size(model.bytes)}"


def _dataset(name: str) -> str:
    if name == data.UNKNOWN:
        return "data set unknown"
    source = data.sources().get(name)
    return messages.plain(source.title if source else f"data set {name}, not on this machine")


def _licence(model: StoredModel) -> str:
    return f"Pictures: {messages.plain(model.licence) or 'licence unknown'}"


def _card_button(name: str) -> None:
    if st.button("Model card", icon=":material/description:", key=f"card-{name}"):
        _card(name)


@st.dialog("Model card", width="large")
def _card(name: str) -> None:
    try:
        with st.spinner("Writes the card"):
            text = processes.run("card", name)
        tile.model_card(text, store.samples_path(name) if name in store.names() else models.samples_path(name))
    except WorkshopError as error:
        st.error(messages.told(error))


def _delete(name: str) -> None:
    """What was pulled or imported can go again; on a shared instance only its owner sees to that."""
    if visitor.public() and not visitor.is_owner():
        return
    size = messages.size(store.size_on_disk(name))
    with st.popover(f"Delete ({size})", icon=":material/delete:", key=f"delete-{name}"):
        st.write(f"Delete {name} from this machine? It sets {size} free. On the Hub nothing changes.")
        if st.button("Delete for good", type="primary", key=f"delete-now-{name}"):
            store.delete(name)
            st.rerun()


def _import() -> None:
    """A file from elsewhere becomes a model here."""
    with st.expander("Import a file", icon=":material/upload_file:"):
        st.caption(
            "A .safetensors file of this program; or weights of the PyTorch example's DCGAN or of a plain fully "
            "connected generator (.pth, .pt, .bin, .safetensors). A file is only read as numbers: no code in it runs."
        )
        upload = st.file_uploader("File", FILES, key="import-file")
        usual = re.sub(r"[^A-Za-z0-9]+", "-", Path(upload.name).stem).strip("-") if upload else ""
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input("Name", placeholder=usual or "as the file", key="import-name", width=260)
            about = "Weights do not tell it. 0 is ReLU, as in most; 0.2 is usual for LeakyReLU."
            slope = st.number_input(
                "Slope of a plain generator’s activations", 0.0, 0.95, 0.0, 0.05, help=about, width=260
            )
            pressed = st.button("Import", disabled=upload is None, icon=":material/add:", key="import")
        if pressed and upload is not None:
            _take(upload, name.strip(), slope)


def _take(upload: Any, name: str, slope: float) -> None:
    if name in store.names():
        st.error(f"Name: {messages.plain(name)} is taken; choose another, or delete that model first.")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / re.sub(r"[^A-Za-z0-9._-]", "_", upload.name)
        path.write_bytes(upload.getbuffer())
        called = [f"--name={name}"] if name else []
        try:
            visitor.check_room()
            with st.spinner("Looks at the file"):
                told = processes.run("import", str(path), *called, *([f"--slope={slope}"] if slope else []))
        except WorkshopError as error:
            st.error(messages.told(str(error).replace(str(path), upload.name)))
            return
    kept = re.search(r"^Kept as (\S+): ", told, re.MULTILINE)
    assert kept, told
    session.put_in_url(kind="imported")
    session.keep("filter", kept[1])  # a parameter that a widget is bound to is set by the widget, in the next run
    st.rerun()
