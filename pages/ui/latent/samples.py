"""Samples: a grid by seed, what is pinned, and the same points under another model beside it."""

import streamlit as st

from gan_core.data import sample_grid
from gan_core.explore.latent_sampler import LatentSampler
from gan_core.models import library
from gan_core.system.errors import WorkshopError
from pages.ui.latent import pointer, selection
from pages.ui.latent.selection import Chosen
from pages.ui.shell import messages, session
from pages.ui.shell import resources as shared

NONE = "none"


def show(chosen: Chosen) -> None:
    """The grid; a click pins a sample."""
    known = {NONE: "nothing"} | library.titles()
    beside = session.select("Beside it", "beside", known, key="beside", width=420)
    grids = [(chosen.title, chosen.sampler)]
    if beside != NONE:
        try:
            path, title = selection.named(beside)
            other = shared.model(str(path), path.stat().st_mtime_ns, raw=False)
            grids.append((title, LatentSampler(other, chosen.sampler.truncation)))
        except WorkshopError as error:
            st.warning(messages.said(error))
    for number, (place, (title, sampler)) in enumerate(zip(st.columns(len(grids)), grids, strict=True)):
        with place:
            _grid(chosen, title, sampler, f"samples-{number}")
    what = "Click a sample to pin it; pins are what the other views start from."
    st.caption(f"{what} The same seed is the same z for every model, on every machine of the same kind.")
    _quality(chosen)


def _grid(chosen: Chosen, title: str, sampler: LatentSampler, key: str) -> None:
    """The samples of `sampler`: the chosen model, or another, which draws the classes of the same names."""
    points = [chosen.point(place) for place in range(sample_grid.COUNT)]
    names = chosen.sampler.classes
    shared = [sampler.classes.index(name) if name in sampler.classes else 0 for name in names]
    drawn = [point.with_class(shared[point.label] if point.label is not None else None) for point in points]
    pins = {
        place: selection.LETTERS[chosen.pins.index(point)] for place, point in enumerate(points) if point in chosen.pins
    }
    in_turn = chosen.label is None and len(names) == sample_grid.COLUMNS and sampler.classes == names
    st.markdown(f"**{messages.plain(title)}**")
    pointer.tiles(
        sampler.pictures(drawn),
        key,
        f"Samples of {title}",
        labels=names if in_turn else (),
        pins=pins,
        on_press=lambda place: selection.pin(chosen, points[place]),
    )


def _quality(chosen: Chosen) -> None:
    """How often the model draws the class asked for, where that is known."""
    if not chosen.shares:
        return
    rows = [
        {"Class": share.name, "drawn as asked": f"{share.right:.1%}", "real pictures": f"{share.real_right:.1%}"}
        for share in chosen.shares
        if chosen.label is None or share.name == chosen.class_name(chosen.label)
    ]
    with st.expander("Does it draw the class that is asked for?"):
        st.table(rows, hide_index=True)
        st.caption(
            "The share of 1,000 samples of each class that the classifier takes for that class, beside the share of "
            "real test pictures of it that the same classifier gets right."
        )


def tray(chosen: Chosen) -> None:
    """The pinned points; a click takes one away."""
    if not chosen.pins:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="tray"):
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
