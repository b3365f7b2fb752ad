"""Your own pictures on the Train page: a zip from the browser or a folder on this machine becomes a data set."""

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
from pages.ui.shell import messages, session, visitor

UPLOAD, FOLDER = "Upload a zip", "A folder on this machine"
COLOUR, GREY = "colour", "grey"
SIZES = (32, 64, 128)


def show() -> None:
    """Draw the expander; when pictures have been prepared, they are the data set of the form."""
    key = f"own/{session.generation()}"
    with st.expander("Your own pictures", icon=":material/add_photo_alternate:"), st.container(key="own"):
        st.caption(
            f"PNG, JPEG, GIF, BMP or WebP, at most {MAX_FILES:,}. A folder for each class, or none. "
            "Each picture is cut to its middle square."
        )
        kind = UPLOAD
        if not visitor.public():  # whose visitors know nothing of its folders, and shall not
            kind = st.segmented_control("From", [UPLOAD, FOLDER], default=UPLOAD, required=True, key=f"{key}/from")
        if kind == UPLOAD:
            upload = st.file_uploader("Zip of pictures", type="zip", key=f"{key}/zip")
            source, called = upload, upload.name if upload else ""
        else:
            path = st.text_input("Folder or zip on this machine", placeholder="/home/me/pictures", key=f"{key}/path")
            given = os.path.expanduser(path.strip())  # Path.expanduser raises for a user that is not there
            source, called = (Path(given), Path(given).name) if given else (None, "")
        title = st.text_input("Name", placeholder=Path(called).stem or "as the zip or folder", key=f"{key}/title")
        with st.container(horizontal=True):
            size = st.segmented_control("Size (pixels)", SIZES, default=64, required=True, key=f"{key}/size")
            colour = st.segmented_control("As", [COLOUR, GREY], default=COLOUR, required=True, key=f"{key}/colour")
        if st.button("Prepare", disabled=source is None, icon=":material/auto_fix_high:", key="prepare"):
            _prepare(source, title, size, 1 if colour == GREY else 3, called)
        _kept()


def _kept() -> None:
    """What has been prepared so far, each with a way to delete it."""
    sets = own.sources()
    if not sets:
        return
    with st.popover("Prepared sets", icon=":material/folder:", width="content"):
        st.caption("Runs that learned from a set keep their pictures and weights, but cannot be resumed without it.")
        for name, source in sets.items():
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{messages.plain(source.title)}, {source.size} × {source.size}", width="stretch")
                mine = visitor.may_change(own.metadata_path(name))
                if mine and st.button("Delete", icon=":material/delete:", key=f"delete-{name}"):
                    own.remove(name)
                    session.replace_edits({f: v for f, v in session.edits().items() if v != name})
                    st.rerun()


def notice(dataset: str) -> None:
    """What was skipped when this data set was prepared, for who prepared it just now."""
    name, text = session.prepared()
    if name == dataset:
        st.info(text)


def _prepare(source: Any, title: str, size: int, channels: int, called: str) -> None:
    bar = st.progress(0.0, text="Reading the list of files …")
    st.button("Stop", icon=":material/stop:", key=f"stop-preparing-{session.generation()}")
    try:
        # A click on Stop ends this script where it next draws; closing the work then ends its process.
        with _on_disk(source) as path, closing(own_process.prepare(path, title, size, channels, called)) as work:
            made, skipped = _watched(work, bar)
        visitor.mark(own.metadata_path(made.name))
    except WorkshopError as error:
        st.error(messages.said(error))
        return
    session.set_prepared(made.name, _told(made, skipped))
    edits = {field: value for field, value in session.edits().items() if field != "data.classes"}
    session.replace_edits(edits | {"data.dataset": made.name})
    st.rerun()


def _watched(work: Any, bar: Any) -> tuple[own.PreparedSet, int]:
    while True:
        try:
            done, total = next(work)
        except StopIteration as end:
            return end.value
        bar.progress(done / max(total, 1), text=f"{done:,} of {total:,} files")


@contextmanager
def _on_disk(source: Any) -> Iterator[Path]:
    """The path of what was chosen; an upload is a file for as long as it takes."""
    if isinstance(source, Path):
        yield source
        return
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        shutil.copyfileobj(source, file)
        file.flush()
        yield Path(file.name)


def _told(made: own.PreparedSet, skipped: int) -> str:
    pictures = "1 picture is" if made.kept == 1 else f"{made.kept:,} pictures are"
    if not skipped:
        return f"{pictures} ready."
    files = "1 file was" if skipped == 1 else f"{skipped:,} files were"
    lines = [f"- `{name.replace('`', '')}` {reason}" for name, reason in made.skipped]
    more = [f"- and {skipped - len(lines):,} more"] if skipped > len(lines) else []
    return "\n".join([f"{pictures} ready; {files} skipped:", "", *lines, *more])
