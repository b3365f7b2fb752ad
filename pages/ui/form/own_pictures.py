"""The user's own pictures on the Train page: a zip or a folder on this machine becomes a data set."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import streamlit as st

from gan_core.data import own, own_process
from gan_core.data.picture_files import MAX_FILES
from gan_core.system.errors import WorkshopError
from pages.ui.shell import form_state, messages, session, visitor

UPLOAD, FOLDER = "Upload a zip", "A folder on this machine"
COLOUR, GREY = "colour", "grey"
SIZES = (32, 64, 128)


def show() -> None:
    """Draw the expander; pictures that have been prepared become the data set of the form."""
    key = f"own/{form_state.form_version()}"
    with st.expander("Your own pictures", icon=":material/add_photo_alternate:"), st.container(key="own"):
        st.caption(
            f"PNG, JPEG, GIF, BMP or WebP, at most {MAX_FILES:,}. A folder for each class, or none. "
            "Each picture is cropped to its central square."
        )
        kind = UPLOAD
        if not visitor.public():  # visitors of a shared instance must not see its folders
            kind = st.segmented_control("From", [UPLOAD, FOLDER], default=UPLOAD, required=True, key=f"{key}/from")
        if kind == UPLOAD:
            upload = st.file_uploader("Zip of pictures", type="zip", key=f"{key}/zip")
            source, file_name = upload, upload.name if upload else ""
        else:
            path = st.text_input("Folder or zip on this machine", placeholder="/home/me/pictures", key=f"{key}/path")
            expanded = os.path.expanduser(path.strip())  # Path.expanduser raises for an unknown user
            source, file_name = (Path(expanded), Path(expanded).name) if expanded else (None, "")
        default = Path(file_name).stem or "the name of the zip or folder"
        title = st.text_input("Name", placeholder=default, key=f"{key}/title")
        with st.container(horizontal=True):
            size = st.segmented_control("Size (pixels)", SIZES, default=64, required=True, key=f"{key}/size")
            colour = st.segmented_control("As", [COLOUR, GREY], default=COLOUR, required=True, key=f"{key}/colour")
        if st.button("Prepare", disabled=source is None, icon=":material/auto_fix_high:", key="prepare"):
            _prepare(source, title, size, 1 if colour == GREY else 3, file_name)
        _prepared_sets()


def _prepared_sets() -> None:
    """The data sets that were prepared before, each with a button that deletes it."""
    sets = own.sources()
    if not sets:
        return
    with st.popover("Prepared sets", icon=":material/folder:", width="content"):
        st.caption("Runs that were trained on a set keep their pictures and weights, but cannot be resumed without it.")
        for name, source in sets.items():
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{messages.plain(source.title)}, {source.size} × {source.size}", width="stretch")
                mine = visitor.may_change(own.metadata_path(name))
                if mine and st.button("Delete", icon=":material/delete:", key=f"delete-{name}"):
                    own.remove(name)
                    form_state.replace_edits({f: v for f, v in form_state.edits().items() if v != name})
                    st.rerun()


def show_notice(dataset: str) -> None:
    """What was skipped when this data set was prepared, for the visitor who has just prepared it."""
    name, text = session.get("prepared", ("", ""))
    if name == dataset:
        st.info(text)


def _prepare(source: Any, title: str, size: int, channels: int, file_name: str) -> None:
    bar = st.progress(0.0, text="Reading the list of files …")
    st.button("Stop", icon=":material/stop:", key=f"stop-preparing-{form_state.form_version()}")
    try:
        # A click on Stop ends this script where it next draws; closing the work then ends its process.
        with _on_disk(source) as path, closing(own_process.prepare(path, title, size, channels, file_name)) as work:
            made, skipped = _finish(work, bar)
        visitor.record_owner(own.metadata_path(made.name))
    except WorkshopError as error:
        st.error(messages.error_text(error))
        return
    session.put("prepared", (made.name, _report(made, skipped)))
    edits = {field: value for field, value in form_state.edits().items() if field != "data.classes"}
    form_state.replace_edits(edits | {"data.dataset": made.name})
    st.rerun()


def _finish(work: Any, bar: Any) -> tuple[own.PreparedSet, int]:
    while True:
        try:
            done, total = next(work)
        except StopIteration as end:
            return end.value
        bar.progress(done / max(total, 1), text=f"{done:,} of {total:,} files")


@contextmanager
def _on_disk(source: Any) -> Iterator[Path]:
    """The path of what was chosen; an upload is written to a file for the duration of the block."""
    if isinstance(source, Path):
        yield source
        return
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        shutil.copyfileobj(source, file)
        file.flush()
        yield Path(file.name)


def _report(made: own.PreparedSet, skipped: int) -> str:
    pictures = "1 picture is" if made.kept == 1 else f"{made.kept:,} pictures are"
    if not skipped:
        return f"{pictures} ready."
    files = "1 file was" if skipped == 1 else f"{skipped:,} files were"
    lines = [f"- `{name.replace('`', '')}` {reason}" for name, reason in made.skipped]
    more = [f"- and {skipped - len(lines):,} more"] if skipped > len(lines) else []
    return "\n".join([f"{pictures} ready; {files} skipped:", "", *lines, *more])
