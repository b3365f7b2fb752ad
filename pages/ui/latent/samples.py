"""Samples: a grid by seed, the pins, the same points under another model, and their nearest training pictures."""

import streamlit as st

from gan_core.data import sample_grid
from gan_core.explore.latent_sampler import LatentSampler
from gan_core.models import library
from gan_core.system.errors import WorkshopError
from pages.ui.comparison import sample
from pages.ui.latent import pointer, selection
from pages.ui.latent.selection import LatentSelection
from pages.ui.shell import messages, resources, session

NONE = "none"
UNPINNED = 4
"""Samples whose neighbours are searched for where none is pinned."""


def show(chosen: LatentSelection) -> None:
    """The grid; a click pins a sample."""
    titles = {NONE: "nothing"} | library.titles()
    beside = session.selectbox("Beside it", "beside", titles, key="beside", width=420)
    grids = [(chosen.title, chosen.sampler)]
    if beside != NONE:
        try:
            path, title = selection.model_file(beside)
            other = resources.model(str(path), path.stat().st_mtime_ns, raw=False)
            grids.append((title, LatentSampler(other, chosen.sampler.truncation)))
        except WorkshopError as error:
            st.warning(messages.error_text(error))
    for number, (place, (title, sampler)) in enumerate(zip(st.columns(len(grids)), grids, strict=True)):
        with place:
            _grid(chosen, title, sampler, f"samples-{number}")
    st.caption(
        "Click a sample to pin it; pins are what the other views start from. The same seed is the same z for every "
        "model, on every machine of the same kind."
    )
    _class_accuracy(chosen)


def _grid(chosen: LatentSelection, title: str, sampler: LatentSampler, key: str) -> None:
    """The samples of `sampler`: the chosen model, or another, which draws the classes of the same names."""
    points = [chosen.point(place) for place in range(sample_grid.COUNT)]
    names = chosen.sampler.classes
    labels = [sampler.classes.index(name) if name in sampler.classes else 0 for name in names]
    drawn = [point.with_class(labels[point.label] if point.label is not None else None) for point in points]
    letters = dict(zip(chosen.pins, selection.LETTERS, strict=False))
    in_turn = chosen.label is None and len(names) == sample_grid.COLUMNS and sampler.classes == names
    st.markdown(f"**{messages.plain(title)}**")
    pointer.tiles(
        sampler.pictures(drawn),
        key,
        f"Samples of {title}",
        labels=names if in_turn else (),
        pins={place: letters[point] for place, point in enumerate(points) if point in letters},
        on_press=lambda place: selection.pin(chosen, points[place]),
    )


def _class_accuracy(chosen: LatentSelection) -> None:
    """The share of samples that are of the requested class, where it is known."""
    if not chosen.shares:
        return
    rows = [
        {"Class": share.name, "samples": f"{share.right:.1%}", "real pictures": f"{share.real_right:.1%}"}
        for share in chosen.shares
        if chosen.label is None or share.name == chosen.class_name(chosen.label)
    ]
    with st.expander("Does it draw the requested class?"):
        st.table(rows, hide_index=True)
        st.caption(
            "The share of 1,000 samples of each class that the classifier assigns to that class, beside the share of "
            "real test pictures of it that the same classifier recognises."
        )


def show_neighbours(chosen: LatentSelection) -> None:
    """The pins, or the first samples, each with its nearest training pictures, so that a class can look for copies."""
    points = chosen.pins or tuple(chosen.start_points(UNPINNED))
    if not chosen.pins:
        st.caption("These are the first samples of the seed; pin some to search for those instead.")
    config = chosen.sampler.model.config
    drawn = zip(points, chosen.sampler.pictures(points), strict=True)
    sample.show_nearest([sample.ShownSample(chosen.describe(point), "", image, config) for point, image in drawn])


def show_pins(chosen: LatentSelection) -> None:
    """The pinned points; a click removes one."""
    if not chosen.pins:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="pins-row"):
        pointer.tiles(
            chosen.sampler.pictures(chosen.pins),
            "pins",
            "Pinned samples",
            columns=len(chosen.pins),
            labels=[chosen.class_name(point.label) for point in chosen.pins] if chosen.sampler.classes else (),
            pins=dict(enumerate(selection.LETTERS[: len(chosen.pins)])),
            width=72 * len(chosen.pins),
            on_press=lambda place: selection.pin(chosen, chosen.pins[place]),
        )
        st.button("Clear", icon=":material/close:", on_click=session.put_in_url, kwargs={"pins": ""})
