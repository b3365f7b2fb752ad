"""A race, live: the progress of each lane, their curves in the same charts, and their pictures side by side."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from gan_core.runs import Run, Status, lanes, series
from gan_core.runs.race import Race
from pages.ui.live import curves, film
from pages.ui.live.plots import PALETTE
from pages.ui.live.run import action_button
from pages.ui.shell import form_state, frame, messages, resources, session, visitor

INTERVAL = 1.0
"""Seconds from tick to tick while one of the runs is training."""

UNITS = {"step": "Step", "images": "Images seen:", "seconds": "Second"}
"""What the slider of the pictures counts."""


def show(contest: Race) -> None:
    """The live view; ticks while a worker has one of the runs, and is drawn once more when the last ends."""
    runs = contest.runs()
    configs = [run.config() for run in runs]
    names = lanes.labels(configs)
    st.markdown(f"**Race {int(contest.name)}**: " + " against ".join(f"**{name}**" for name in names))
    with st.expander("What is the same in all lanes", icon=":material/balance:"):
        st.markdown(" ".join(lanes.describe_common(configs)))
        st.markdown(
            "They take turns, a second of training each; one that was away trains until it has caught up. "
            "Waiting does not count as training time."
        )
    over = session.segmented_control("Over", "over", series.AXES)
    alive = any(run.status().alive for run in runs)

    @st.fragment(run_every=INTERVAL if alive else None)
    def view() -> None:
        if not all(run.path.is_dir() for run in runs):  # deleted in another tab
            st.rerun()
        statuses = [run.status() for run in runs]
        if any(status.alive for status in statuses) != alive:
            st.rerun()
        _progress(runs, statuses, names)
        _controls(contest, runs, statuses)
        _pictures(runs, names, over)
        _curves(runs, names, over)

    view()


def _progress(runs: Sequence[Run], statuses: Sequence[Status], names: Sequence[str]) -> None:
    for i, (place, run, status) in enumerate(zip(st.columns(len(runs), gap="medium"), runs, statuses, strict=True)):
        with place, st.container(border=True, key=f"runner-{i + 1}"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.html(f'<span style="color:{PALETTE[i % len(PALETTE)]}">&#9632;</span>', width="content")
                st.page_link("pages/train.py", label=f"**{names[i]}**", query_params={"run": run.name})
                st.markdown(messages.state_badge(status), width="content")
            st.progress(status.progress(run.config().schedule.seconds), text=messages.progress_text(status))
            st.caption(
                f"{status.seconds:,.1f} s of training · {status.images:,} images seen · {status.speed:,.0f} images/s"
            )
            if status.state in ("failed", "interrupted"):
                st.error(messages.error_text(status.message))


def _controls(contest: Race, runs: Sequence[Run], statuses: Sequence[Status]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="controls"):
        alive = [run for run, status in zip(runs, statuses, strict=True) if status.alive]
        requests = {run.request().action for run in alive}
        if not all(visitor.may_change(run) for run in runs):
            visitor.show_locked("this race")
        else:
            if requests - {"pause"}:
                action_button("Pause all", "pause", lambda: contest.send_request("pause"))
            if "pause" in requests or any(map(_can_be_resumed, statuses)):
                action_button("Resume all", "play_arrow", lambda: _resume(contest))
            if alive:
                action_button("Stop all", "stop", lambda: contest.send_request("stop"))
        frame.link("compare", "Open in Compare", query={"runs": ",".join(run.name for run in runs)})
        if st.button("Race again", icon=":material/replay:", help="The form with the same lanes, to change one."):
            chosen, common = lanes.from_configs([run.config() for run in runs])
            form_state.replace_race_form([lanes.to_text(lane) for lane in chosen], common)
            st.query_params.clear()
            st.rerun(scope="app")


def _can_be_resumed(status: Status) -> bool:
    return not status.alive and status.state != "finished"


def _resume(contest: Race) -> None:
    idle = [run.config() for run in contest.runs() if _can_be_resumed(run.status())]
    with visitor.admit(idle, resumed=True):
        contest.send_request("run")
        contest.start()


def _pictures(runs: Sequence[Run], names: Sequence[str], over: str) -> None:
    """The sample grids side by side; at each place of the slider the last one of each lane until then."""
    pictures = {run.name: run.samples() for run in runs}
    places = {run.name: _places(run, list(pictures[run.name]), over) for run in runs}
    strips: list[film.FilmStrip] = [
        {"id": f"{run.name}/{over}", "title": name} for run, name in zip(runs, names, strict=True)
    ]

    def load(strip: str, place: int) -> bytes | None:
        name = strip.partition("/")[0]
        latest = film.latest_step(list(places[name]), place)
        return None if latest is None else pictures[name][places[name][latest]].read_bytes()

    film.live_film(
        strips,
        sorted({place for own in places.values() for place in own}),
        load,
        key=f"race-film-{over}-" + "-".join(pictures),
        empty=film.NO_PICTURE_YET,
        unit=UNITS[over],
    )
    st.caption("Every grid is drawn from the same noise, and with the same labels where a run is conditional.")


def _places(run: Run, steps: Sequence[int], over: str) -> dict[int, int]:
    """Whole places on the axis `over` to the step of the last picture there, ascending."""
    if over == "step":
        return {step: step for step in steps}
    columns = resources.columns(run)
    if over not in columns:
        return dict.fromkeys(steps[:1], 0)
    logged = [step for step in steps if step <= columns["step"][-1]]
    values = np.interp(logged, np.r_[0, columns["step"]], np.r_[0, columns[over]])
    return {int(np.ceil(value)): step for value, step in zip(values, logged, strict=True)}


def _curves(runs: Sequence[Run], names: Sequence[str], over: str) -> None:
    """All lanes in the same charts: one colour a lane, one dash a series."""
    histories = [resources.columns(run) for run in runs]
    charts = curves.logged_charts(histories)
    if not charts:
        st.caption("The curves begin with the first steps.")
        return
    more = st.toggle("More curves", key="more-race", help=curves.MORE_HELP)
    places = st.columns(2, gap="medium")
    for i, chart in enumerate(chart for chart in charts if more or chart in curves.MAIN):
        named = {f"{name}: ": columns for name, columns in zip(names, histories, strict=True)}
        with places[i % 2]:
            curves.show_chart(chart, curves.lines_of_runs(named, chart, over), over, key=f"race-{chart}-{over}")
    st.caption(curves.LOSSES_DIFFER)
