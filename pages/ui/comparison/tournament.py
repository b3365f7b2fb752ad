"""The tournament on the Compare page: played on demand, its result kept by content, shown as a heat map."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from gan_core import runs
from gan_core.system.errors import WorkshopError
from pages.ui.comparison.selection import ComparedItem, items_with_weights
from pages.ui.live import live_plot
from pages.ui.shell import messages

COUNT = 1000
READING = (
    "A row is a discriminator. The first column is the share of real test pictures that it takes for real, the others "
    "the share of each generator's pictures that it recognises as generated. Low numbers down a column: a generator "
    "that fools the others too, not only its own D. 50% in both kinds of column is guessing."
)
CRITICS = (
    "A critic's score has no zero, so its threshold is half-way between its mean scores of real pictures and of its "
    "own generator's, as during training."
)


def show(items: Sequence[ComparedItem], which: str) -> None:
    """Heading, then the button or the heat map; a sentence on each item that cannot play."""
    from gan_core.evaluation import tournament
    from gan_core.models import checkpoint

    st.markdown("#### Tournament")
    players: list[ComparedItem] = []
    entries: list[tournament.Player] = []
    for item, path in items_with_weights(items, which, "it cannot play"):
        try:
            if "discriminator" in checkpoint.networks_in(path):
                players.append(item)
                entries.append(tournament.Player(item.name, path))
            else:
                st.caption(f"{messages.plain(item.name)} has no discriminator in its file, so it cannot play.")
        except WorkshopError as error:
            st.caption(messages.error_text(error))
    if len(entries) < 2:
        st.caption("A tournament needs two or more runs or models with a discriminator.")
        return
    folder = runs.home() / "tournaments"
    try:
        tournament.check_players(entries)
        name = tournament.result_key(entries, count=COUNT)
        result = tournament.load_result(folder, name)
        if result is None and (result := _play(entries)):
            tournament.save_result(folder, name, result)
            st.rerun()
    except WorkshopError as error:
        st.info(messages.error_text(error))
        return
    if result:
        _show_result(players, result)


def _play(entries: Sequence[Any]) -> Any:
    """The result once the button is pressed and all is played; any other click on the page stops it."""
    from gan_core.evaluation import tournament

    st.caption(f"Every D judges {COUNT:,} pictures of every G, drawn from the same noise, and real test pictures.")
    place = st.empty()
    if not place.button("Play the tournament", icon=":material/trophy:", key="play"):
        return None
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, text="Drawing pictures …")
        st.button("Stop", icon=":material/stop:", key="stop-tournament")
    game = tournament.play(entries, count=COUNT)
    while True:
        try:
            done, total = next(game)
        except StopIteration as end:
            place.empty()
            return end.value
        bar.progress(done / total, text=f"{done:,} of {total:,} pictures")


def _show_result(players: Sequence[ComparedItem], result: Any) -> None:
    from gan_core.evaluation.metrics import intervals

    titles = [player.title for player in players]
    shares: list[list[float]] = []
    hover: list[list[str]] = []
    for i, title in enumerate(titles):
        right = [result.real[i], *result.fake[i]]
        counts = [result.real_count, *[result.count] * len(titles)]
        cells = list(zip(right, counts, strict=True))
        shares.append([r / n for r, n in cells])
        ends = [intervals.wilson(r / n, n) for r, n in cells]
        hover.append([f"D of {title}: {r:,} of {n:,} right, 95% interval {low:.0%} to {high:.0%}"
                      for (r, n), (low, high) in zip(cells, ends, strict=True)])  # fmt: skip
    live_plot.live_plot(_figure(titles, shares, hover), key="tournament", height=150 + 54 * len(titles))
    steps = ", ".join(f"{one.number} at step {step:,}" for one, step in zip(players, result.steps, strict=True))
    counted = f"{result.count:,} pictures of each generator and {result.real_count:,} real test pictures; {steps}."
    st.caption(" ".join([READING, *([CRITICS] if any(result.critics) else []), counted]))


def _figure(titles: Sequence[str], shares: Sequence[Sequence[float]], hover: Sequence[Sequence[str]]) -> dict[str, Any]:
    heat = {
        "type": "heatmap",
        "uid": "tournament",
        "x": ["Real test pictures", *(f"G of {title}" for title in titles)],
        "y": [f"D of {title}" for title in titles][::-1],  # Plotly begins at the bottom
        "z": [list(row) for row in shares][::-1],
        "customdata": [list(row) for row in hover][::-1],
        "hovertemplate": "%{customdata}<extra></extra>",
        "texttemplate": "%{z:.0%}",
        "textfont": {"size": 16},
        "colorscale": [[0, "#eef4f9"], [0.5, "#8dbbdd"], [1, "#12507f"]],
        "colorbar": {"title": {"text": "judged right"}, "tickformat": ".0%", "thickness": 12},
        **{"zmin": 0, "zmax": 1, "xgap": 3, "ygap": 3},
    }
    layout = {
        "title": {"text": "Which discriminator recognises which generator"},
        "uirevision": "constant",
        "margin": {"l": 12, "r": 12, "t": 8, "b": 12},
        "xaxis": {"type": "category", "automargin": True, "showspikes": False, "showgrid": False},
        "yaxis": {"type": "category", "automargin": True, "showgrid": False},
    }
    return {"data": [heat], "layout": layout}
